# Names are those of Qt and Slicer.
# ruff: noqa: N802, N803
"""``slicer.parameterNodeWrapper``: typed attributes kept in a script module node, and tied to widgets.

Covers bool, int, float, str, pathlib paths, enumerations and nodes, with ``Default``, ``Choice``, ``WithinRange``,
``Minimum`` and ``Maximum``. Speaks PythonQt.
"""

import enum
import pathlib
import types
import typing
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import slicer
import vtk

from .mrml_widgets import qMRMLNodeComboBox
from .pythonqt import class_of

PROPERTY_NAME = "SlicerParameterName"


@dataclass(frozen=True)
class Default:
    value: object


@dataclass(frozen=True, init=False)
class Choice:
    choices: tuple

    def __init__(self, choices):
        object.__setattr__(self, "choices", tuple(choices))

    def validate(self, value) -> None:
        if value not in self.choices:
            raise ValueError(f"{value!r} is none of {self.choices}")


@dataclass(frozen=True)
class WithinRange:
    minimum: float
    maximum: float

    def validate(self, value) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value!r} is not within {self.minimum} to {self.maximum}")


@dataclass(frozen=True)
class Minimum:
    minimum: float

    def validate(self, value) -> None:
        if value < self.minimum:
            raise ValueError(f"{value!r} is below {self.minimum}")


@dataclass(frozen=True)
class Maximum:
    maximum: float

    def validate(self, value) -> None:
        if value > self.maximum:
            raise ValueError(f"{value!r} is above {self.maximum}")


class _Parameter:
    """One declared field: how its values are checked, written into the node as text, and read back."""

    def __init__(self, name: str, hint, given_default):
        self.name, self.hint = name, hint
        annotated = typing.get_origin(hint) is typing.Annotated
        self.annotations = hint.__metadata__ if annotated else ()
        declared = typing.get_args(hint)[0] if annotated else hint
        is_union = typing.get_origin(declared) in (typing.Union, types.UnionType)
        self.types = tuple(each for each in (typing.get_args(declared) if is_union else (declared,)) if each)
        self.types = tuple(each for each in self.types if each is not type(None))
        self.is_node = all(isinstance(each, type) and issubclass(each, slicer.vtkMRMLNode) for each in self.types)
        self.is_optional = self.is_node or type(None) in typing.get_args(declared)
        known = (bool, int, float, str, pathlib.PurePath, enum.Enum)
        if not self.is_node and not (len(self.types) == 1 and issubclass(self.types[0], known)):
            raise TypeError(f"the host keeps no parameter of the type {hint} (in {name})")
        self.default = self._find_default(given_default)

    def _find_default(self, given):
        annotated = self.annotation(Default)
        if given is not None:
            return given
        if annotated is not None:
            return annotated.value
        if self.is_node or self.is_optional:
            return None
        if issubclass(self.types[0], enum.Enum):
            return next(iter(self.types[0]))
        return self.types[0]()

    def annotation(self, kind: type):
        return next((each for each in self.annotations if isinstance(each, kind)), None)

    def write(self, node, value) -> None:
        self._check(value)
        if self.is_node:
            node.SetParameter(self.name, "")
            node.SetNodeReferenceID(self.name, value.GetID() if value else None)
        elif isinstance(value, enum.Enum):
            node.SetParameter(self.name, value.name)
        else:
            node.SetParameter(self.name, str(value))

    def read(self, node):
        if not node.HasParameter(self.name):
            # So it is after the scene was closed.
            self.write(node, self.default)
        if self.is_node:
            return node.GetNodeReference(self.name)
        text, kind = node.GetParameter(self.name), self.types[0]
        if kind is bool:
            return text == "True"
        if issubclass(kind, enum.Enum):
            return kind[text]
        return None if self.is_optional and text == "None" else kind(text)

    def _check(self, value) -> None:
        if value is None and self.is_optional:
            return
        allowed = (*self.types, int) if float in self.types else self.types
        if not isinstance(value, allowed):
            raise TypeError(f"{self.name} takes {self.hint}, not {value!r}")
        for annotation in self.annotations:
            if hasattr(annotation, "validate"):
                annotation.validate(value)


_wrappers: "weakref.WeakSet[_Wrapper]" = weakref.WeakSet()


def untie_all() -> None:
    """Untie all parameter nodes from all widgets, between two tests."""
    for wrapper in list(_wrappers):
        for tag in wrapper._gui_observers:
            wrapper.RemoveObserver(tag)
        wrapper._guis.clear()
        _wrappers.discard(wrapper)


class _Wrapper:
    """Given to the decorated class as its base."""

    def __init__(self, parameterNode, prefix: str | None = None):
        self.parameterNode = parameterNode
        self._guis: dict[int, list[_Connector]] = {}
        self._gui_observers: list[int] = []
        _wrappers.add(self)
        self._is_updating_gui = False
        for parameter in self.allParameters.values():
            if not parameterNode.HasParameter(parameter.name):
                parameter.write(parameterNode, parameter.default)

    def getValue(self, name: str):
        return self._parameter(name).read(self.parameterNode)

    def setValue(self, name: str, value) -> None:
        self._parameter(name).write(self.parameterNode, value)

    def default(self, name: str) -> Default:
        return Default(self._parameter(name).default)

    @classmethod
    def dataType(cls, name: str):
        return cls._parameter(name).hint

    @classmethod
    def _parameter(cls, name: str) -> _Parameter:
        if name not in cls.allParameters:
            raise ValueError(f"there is no parameter {name}, only {', '.join(cls.allParameters)}")
        return cls.allParameters[name]

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, was_modified) -> None:
        self.parameterNode.EndModify(was_modified)

    def AddObserver(self, event, callback: Callable, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()

    def connectGui(self, gui) -> None:
        """Tie each widget with the property ``SlicerParameterName`` to its parameter.

        Returns nothing, as in Slicer (its pull request 8667 would change that): ``disconnectGui`` undoes only
        what ``connectParametersToGui`` did.
        """
        is_widget = getattr(gui, "isWidgetType", lambda: False)()
        widgets = gui.findChildren(class_of("QWidget")) if is_widget else vars(gui).values()
        named = {widget.property(PROPERTY_NAME): widget for widget in widgets if widget.property(PROPERTY_NAME)}
        self.connectParametersToGui(named)

    def connectParametersToGui(self, widgets: dict[str, object]) -> int:
        connectors = [_connector(widget, self._parameter(name)) for name, widget in widgets.items()]
        tag = len(self._guis)
        while tag in self._guis:
            tag += 1
        self._guis[tag] = connectors
        for connector in connectors:
            connector.write(self.getValue(connector.name))
            connector.start(self._read_gui)
        # Never taken off, as in Slicer; what is disconnected is no longer among those that it updates.
        self._gui_observers.append(self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update_gui()))
        return tag

    def disconnectGui(self, tag: int) -> None:
        for connector in self._guis.pop(tag, []):
            connector.stop()

    def _read_gui(self, connector: "_Connector") -> None:
        if not self._is_updating_gui:
            with slicer.util.NodeModify(self):
                self.setValue(connector.name, connector.read())

    def _update_gui(self) -> None:
        if self._is_updating_gui:
            return
        self._is_updating_gui = True
        try:
            with slicer.util.NodeModify(self):
                for connector in [each for connectors in self._guis.values() for each in connectors]:
                    connector.write(self.getValue(connector.name))
        finally:
            self._is_updating_gui = False


class _Connector:
    """Ties one widget to one parameter."""

    signal = ""
    widget_classes: tuple[str, ...] = ()

    def __init__(self, widget, parameter: _Parameter):
        self.widget, self.name, self.parameter = widget, parameter.name, parameter
        self.prepare()

    @classmethod
    def fits(cls, widget, parameter: _Parameter) -> bool:
        return type(widget) in [class_of(name) for name in cls.widget_classes] and cls.fits_type(parameter)

    def prepare(self) -> None:
        pass

    def start(self, callback: Callable) -> None:
        self._receive = lambda: callback(self)
        self.widget.connect(self.signal, self._receive)

    def stop(self) -> None:
        self.widget.disconnect(self.signal, self._receive)


class _Check(_Connector):
    signal, widget_classes = "toggled(bool)", ("QCheckBox", "QPushButton")

    @staticmethod
    def fits_type(parameter: _Parameter) -> bool:
        return parameter.types == (bool,)

    def prepare(self) -> None:
        self.widget.checkable = True

    def read(self) -> bool:
        return self.widget.checked

    def write(self, value: bool) -> None:
        self.widget.checked = value


class _Spin(_Connector):
    signal, widget_classes = "valueChanged(int)", ("QSpinBox", "QSlider")
    low, high = -(2**31), 2**31 - 1

    @staticmethod
    def fits_type(parameter: _Parameter) -> bool:
        return parameter.types == (int,)

    def prepare(self) -> None:
        # A range that the .ui file gave is overruled, as in Slicer.
        within = self.parameter.annotation(WithinRange)
        low, high = within or self.parameter.annotation(Minimum), within or self.parameter.annotation(Maximum)
        self.widget.minimum = low.minimum if low else self.low
        self.widget.maximum = high.maximum if high else self.high

    def read(self):
        return self.widget.value

    def write(self, value) -> None:
        self.widget.value = value


class _DoubleSpin(_Spin):
    signal, widget_classes = "valueChanged(double)", ("QDoubleSpinBox",)
    low, high = float("-inf"), float("inf")

    @staticmethod
    def fits_type(parameter: _Parameter) -> bool:
        return parameter.types == (float,)


class _ComboBox(_Connector):
    """Fills the box with the choices as they are written in the code; what the .ui file put there is lost."""

    signal, widget_classes = "currentIndexChanged(int)", ("QComboBox",)

    @staticmethod
    def fits_type(parameter: _Parameter) -> bool:
        return parameter.types[0] in (int, float, str, bool) or issubclass(parameter.types[0], enum.Enum)

    def prepare(self) -> None:
        kind, choice = self.parameter.types[0], self.parameter.annotation(Choice)
        if issubclass(kind, enum.Enum):
            label = getattr(kind, "label", lambda each: each.name)
            self.choices, labels = list(kind), [label(each) for each in kind]
        elif choice is None:
            raise RuntimeError(f"{self.name}: a combo box needs the annotation Choice")
        else:
            self.choices, labels = list(choice.choices), [str(each) for each in choice.choices]
        self.widget.clear()
        self.widget.addItems(labels)

    def read(self):
        return self.choices[self.widget.currentIndex]

    def write(self, value) -> None:
        self.widget.currentIndex = self.choices.index(value)


class _LineEdit(_Connector):
    signal, widget_classes = "textChanged(QString)", ("QLineEdit",)

    @staticmethod
    def fits_type(parameter: _Parameter) -> bool:
        return parameter.types == (str,)

    def read(self) -> str:
        return self.widget.text

    def write(self, value: str) -> None:
        self.widget.text = value


class _NodeComboBox(_Connector):
    """Sets the box's node types to those of the parameter, as in Slicer."""

    signal = "currentNodeChanged(vtkMRMLNode*)"

    @classmethod
    def fits(cls, widget, parameter: _Parameter) -> bool:
        return type(widget) is qMRMLNodeComboBox and parameter.is_node

    def prepare(self) -> None:
        self.widget.nodeTypes = [each.__name__ for each in self.parameter.types]

    def read(self):
        return self.widget.currentNode()

    def write(self, value) -> None:
        self.widget.setCurrentNode(value)


def _connector(widget, parameter: _Parameter) -> _Connector:
    for kind in (_Check, _Spin, _DoubleSpin, _ComboBox, _LineEdit, _NodeComboBox):
        if kind.fits(widget, parameter):
            return kind(widget, parameter)
    raise RuntimeError(f"Slicer cannot tie {parameter.hint} ({parameter.name}) to a {widget.className()}")


def parameterNodeWrapper(cls: type | None = None):
    """Class decorator; see the module."""
    return _wrap if cls is None else _wrap(cls)


def _wrap(cls: type) -> type:
    hints = typing.get_type_hints(cls, include_extras=True)
    parameters = {name: _Parameter(name, hint, vars(cls).get(name)) for name, hint in hints.items()}
    for name in parameters:
        if hasattr(_Wrapper, name) or name == "parameterNode":
            raise ValueError(f"{name} is a reserved name")
    fields = {name: _property(name) for name in parameters}
    return type(
        cls.__name__,
        (cls, _Wrapper),
        fields
        | {
            "__init__": _Wrapper.__init__,
            "__module__": cls.__module__,
            "allParameters": parameters,
        },
    )


def _property(name: str) -> property:
    return property(lambda self: self.getValue(name), lambda self, value: self.setValue(name, value))


def isParameterNodeWrapper(value) -> bool:
    return hasattr(value, "allParameters")
