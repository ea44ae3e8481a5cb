# Names are those of Qt and Slicer.
# ruff: noqa: N802, N803
"""``slicer.parameterNodeWrapper``: typed attributes kept in a script module node, and tied to widgets.

Covers nodes, bool and str, the latter with ``Choice``; what is read is what was in the node when it was last
modified, as in Slicer. Speaks PythonQt.
"""

import typing
from collections.abc import Callable, Sequence

import slicer
import vtk

from .mrml_widgets import Observations, qMRMLNodeComboBox
from .pythonqt import class_of

PROPERTY_NAME = "SlicerParameterName"


class Choice:
    """Annotation: the values that the parameter may have."""

    def __init__(self, choices: Sequence[str]):
        self.choices = list(choices)


class _Parameter:
    """One declared field: how its values are checked, written into the node, and read back."""

    def __init__(self, name: str, hint, default):
        self.name = name
        self.type, *annotations = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else [hint]
        self.choices = next((each.choices for each in annotations if isinstance(each, Choice)), None)
        self.is_node = isinstance(self.type, type) and issubclass(self.type, slicer.vtkMRMLNode)
        if not self.is_node and self.type not in (bool, str):
            raise TypeError(f"the host keeps no parameter of the type {hint} (in {name})")
        self.default = default if self.is_node or default is not None else self.type()

    def write(self, node: slicer.vtkMRMLScriptedModuleNode, value) -> None:
        # Subclasses are accepted, such as a label map for a scalar volume.
        if not isinstance(value, self.type) and not (self.is_node and value is None):
            raise TypeError(f"{self.name} takes {self.type}, not {value!r}")
        if self.choices is not None and value not in self.choices:
            raise ValueError(f"{self.name} is one of {self.choices}, not {value!r}")
        if self.is_node:
            node.SetParameter(self.name, "")
            node.SetNodeReferenceID(self.name, value.GetID() if value else None)
        else:
            node.SetParameter(self.name, str(value))

    def read(self, node: slicer.vtkMRMLScriptedModuleNode):
        if not node.HasParameter(self.name):
            # So it is at first, and after the scene was closed.
            self.write(node, self.default)
        if self.is_node:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        return text == "True" if self.type is bool else text


_observations = Observations()


def untie_all() -> None:
    """Untie all parameter nodes from their wrappers and widgets, between two tests."""
    _observations.clear()


class _Wrapper:
    """Given to the decorated class as its base."""

    def __init__(self, parameterNode: slicer.vtkMRMLScriptedModuleNode):
        self.parameterNode = parameterNode
        self._ties: list[_Tie] = []
        self._is_updating_gui = False
        self._read_all()
        _observations.add(parameterNode, vtk.vtkCommand.ModifiedEvent, lambda *_: self._read_all())

    def _read_all(self) -> None:
        self._values = {name: each.read(self.parameterNode) for name, each in self.allParameters.items()}

    def getValue(self, name: str):
        return self._values[name]

    def setValue(self, name: str, value) -> None:
        parameter = self.allParameters[name]
        with slicer.util.NodeModify(self.parameterNode):
            parameter.write(self.parameterNode, value)
            self._values[name] = parameter.read(self.parameterNode)

    def AddObserver(self, event, callback: Callable, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def connectGui(self, gui) -> None:
        """Tie each widget with the property ``SlicerParameterName`` to its parameter, for good.

        Returns nothing, as in Slicer (its pull request 8667 would change that): there is no tag to untie it by.
        """
        for widget in vars(gui).values():
            name = widget.property(PROPERTY_NAME)
            if name:
                tie = _tie(widget, self.allParameters[name])
                self._ties.append(tie)
                tie.write(self.getValue(name))
                widget.connect(tie.signal, lambda *_, tie=tie: self._read_gui(tie))
        _observations.add(self.parameterNode, vtk.vtkCommand.ModifiedEvent, lambda *_: self._update_gui())

    def _read_gui(self, tie: "_Tie") -> None:
        if not self._is_updating_gui:
            self.setValue(tie.name, tie.read())

    def _update_gui(self) -> None:
        if self._is_updating_gui:
            return
        self._is_updating_gui = True
        try:
            with slicer.util.NodeModify(self.parameterNode):
                for tie in self._ties:
                    tie.write(self.getValue(tie.name))
        finally:
            self._is_updating_gui = False


class _Tie(typing.NamedTuple):
    """What ties a parameter to a widget: the widget's signal, getter and setter."""

    name: str
    signal: str
    read: Callable
    write: Callable


def _tie(widget, parameter: _Parameter) -> _Tie:
    if parameter.is_node and type(widget) is qMRMLNodeComboBox:
        # As in Slicer, what the .ui file says of the types, and of the choices below, is lost.
        widget.nodeTypes = [parameter.type.__name__]
        signal = "currentNodeChanged(vtkMRMLNode*)"
        return _Tie(parameter.name, signal, widget.currentNode, widget.setCurrentNode)
    if parameter.type is bool and type(widget) is class_of("QCheckBox"):
        return _Tie(parameter.name, "toggled(bool)", widget.isChecked, widget.setChecked)
    if parameter.choices is not None and type(widget) is class_of("QComboBox"):
        widget.clear()
        widget.addItems(parameter.choices)
        choices = parameter.choices
        return _Tie(
            parameter.name,
            "currentIndexChanged(int)",
            lambda: choices[widget.currentIndex],
            lambda value: widget.setCurrentIndex(choices.index(value)),
        )
    raise RuntimeError(f"the host cannot tie {parameter.type} ({parameter.name}) to a {widget.className()}")


def parameterNodeWrapper(cls: type) -> type:
    """Class decorator; see the module."""
    hints = typing.get_type_hints(cls, include_extras=True)
    parameters = {name: _Parameter(name, hint, vars(cls).get(name)) for name, hint in hints.items()}
    properties = {name: _property(name) for name in parameters}
    members = {"__init__": _Wrapper.__init__, "__module__": cls.__module__, "allParameters": parameters}
    return type(cls.__name__, (cls, _Wrapper), properties | members)


def _property(name: str) -> property:
    return property(lambda self: self.getValue(name), lambda self, value: self.setValue(name, value))
