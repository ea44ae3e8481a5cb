# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``qMRMLWidget`` and ``qMRMLNodeComboBox``: Slicer's widgets that show the nodes of a scene."""

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from .message_boxes import Shown, dialogs
from .pythonqt import class_of


class Observations:
    """Observers of VTK objects, all taken off together."""

    def __init__(self):
        self._tags: list[tuple[vtk.vtkObject, int]] = []

    def add(self, observed: vtk.vtkObject, event: int | str, callback) -> None:
        self._tags.append((observed, observed.AddObserver(event, callback)))

    def clear(self) -> None:
        for observed, tag in self._tags:
            observed.RemoveObserver(tag)
        self._tags = []


class qMRMLWidget(class_of("QWidget")):
    """A widget that hands its scene on to the MRML widgets inside, by the connections of the ``.ui`` file."""

    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self):
        return self._scene

    @QtCore.Slot(object)
    def setMRMLScene(self, scene) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)


def _flag(attribute: str, on_change: bool = True) -> QtCore.Property:
    """A Qt property that is stored in an attribute of the widget."""

    def read(widget) -> bool:
        return getattr(widget, attribute)

    def write(widget, value: bool) -> None:
        setattr(widget, attribute, value)
        if on_change:
            widget.refresh()

    return QtCore.Property(bool, read, write)


class qMRMLNodeComboBox(class_of("QWidget")):
    """The nodes of some classes in the scene, to choose one from; follows what is added, removed and renamed."""

    currentNodeChanged = QtCore.Signal((object,), (bool,))
    currentNodeIDChanged = QtCore.Signal(str)
    nodeActivated = QtCore.Signal(object)
    nodeAdded = QtCore.Signal(object)
    nodeAddedByUser = QtCore.Signal(object)
    nodeAddedByUserAction = QtCore.Signal(object)
    nodeAboutToBeRemoved = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._scene, self._node_types, self._hidden_types = None, [], []
        self._none_enabled, self._show_hidden, self._show_child_types = False, False, True
        self._add_enabled, self._remove_enabled, self._rename_enabled, self._edit_enabled = True, True, False, False
        self._select_upon_creation, self._none_display, self._base_name = True, "None", ""
        self._attributes: dict[tuple[str, str], str | None] = {}
        self._current = None
        self._entries: list = []
        self._scene_observations, self._node_observations = Observations(), Observations()
        self._combo = QtWidgets.QComboBox(self)
        self._combo.setEnabled(False)
        self._combo.activated.connect(self._on_activated)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self.destroyed.connect(self._scene_observations.clear)
        self.destroyed.connect(self._node_observations.clear)

    # Properties, by the names of the .ui file.

    noneEnabled = _flag("_none_enabled")
    addEnabled = _flag("_add_enabled")
    removeEnabled = _flag("_remove_enabled")
    renameEnabled = _flag("_rename_enabled")
    editEnabled = _flag("_edit_enabled")
    showHidden = _flag("_show_hidden")
    showChildNodeTypes = _flag("_show_child_types")
    selectNodeUponCreation = _flag("_select_upon_creation", on_change=False)

    def _read_node_types(self) -> list[str]:
        return self._node_types

    def setNodeTypes(self, node_types: list[str]) -> None:
        self._node_types = list(node_types)
        self.refresh()

    def _read_hidden_types(self) -> list[str]:
        return self._hidden_types

    def setHideChildNodeTypes(self, node_types: list[str]) -> None:
        self._hidden_types = list(node_types)
        self.refresh()

    def _read_none_display(self) -> str:
        return self._none_display

    def setNoneDisplay(self, text: str) -> None:
        self._none_display = text
        self.refresh()

    def _read_base_name(self) -> str:
        return self._base_name

    def setBaseName(self, name: str, _node_type: str = "") -> None:
        self._base_name = name

    def _current_id(self) -> str:
        return self._current.GetID() or "" if self._current else ""

    def setCurrentNodeID(self, node_id: str) -> None:
        self.setCurrentNode(self._scene.GetNodeByID(node_id) if self._scene and node_id else None)

    nodeTypes = QtCore.Property("QStringList", _read_node_types, setNodeTypes)
    hideChildNodeTypes = QtCore.Property("QStringList", _read_hidden_types, setHideChildNodeTypes)
    noneDisplay = QtCore.Property(str, _read_none_display, setNoneDisplay)
    baseName = QtCore.Property(str, _read_base_name, setBaseName)
    currentNodeID = QtCore.Property(str, _current_id, setCurrentNodeID, notify=currentNodeIDChanged)
    currentNodeId = QtCore.Property(str, _current_id, setCurrentNodeID)

    # Methods.

    def mrmlScene(self):
        return self._scene

    @QtCore.Slot(object)
    def setMRMLScene(self, scene) -> None:
        if scene is self._scene:
            return
        self._scene_observations.clear()
        self._scene = scene
        self._combo.setEnabled(scene is not None)
        if scene is not None:
            add = self._scene_observations.add
            add(scene, slicer.vtkMRMLScene.NodeAddedEvent, self._node_added())
            add(scene, slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._node_about_to_be_removed())
            for event in ("NodeRemovedEvent", "EndCloseEvent", "EndImportEvent", "EndBatchProcessEvent"):
                add(scene, getattr(slicer.vtkMRMLScene, event), lambda *_: self.refresh())
        self.refresh()

    def currentNode(self):
        return self._current

    @QtCore.Slot(object)
    def setCurrentNode(self, node) -> None:
        if isinstance(node, str):
            node = self._scene.GetNodeByID(node) if self._scene else None
        if node is not None and node not in self._nodes():
            node = None
        if node is None and not self._none_enabled and self._current in self._nodes():
            node = self._current
        self._select(node)

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self.nodeFromIndex(index))

    def nodeCount(self) -> int:
        return len(self._nodes())

    def nodeFromIndex(self, index: int):
        nodes = self._nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def addAttribute(self, node_type: str, name: str, value: str | None = None) -> None:
        self._attributes[node_type, name] = value
        self.refresh()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._attributes.pop((node_type, name), None)
        self.refresh()

    def addNode(self, node_type: str | None = None):
        """As if the user had chosen "Create new"."""
        node_type = node_type or self._node_types[0]
        node = self._scene.AddNewNodeByClass(
            node_type, self._scene.GenerateUniqueName(self._base_name or node_type[7:-4])
        )
        for (for_type, name), value in self._attributes.items():
            if node.IsA(for_type) and value is not None:
                node.SetAttribute(name, value)
        if self._select_upon_creation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        self.nodeAddedByUserAction.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        if self._current is not None:
            self._scene.RemoveNode(self._current)

    def renameCurrentNode(self) -> None:
        answer = dialogs.next_answer(None)
        dialogs.shown.append(Shown("text", "New name:", f"Rename {self._current.GetName()}", answer=answer))
        if answer:
            self._current.SetName(answer)

    # Keeping in step with the scene.

    def _node_added(self):
        @vtk.calldata_type(vtk.VTK_OBJECT)
        def receive(_scene, _event, node):
            self.refresh()
            if self._is_listed(node):
                self.nodeAdded.emit(node)

        return receive

    def _node_about_to_be_removed(self):
        @vtk.calldata_type(vtk.VTK_OBJECT)
        def receive(_scene, _event, node):
            if self._is_listed(node):
                self.nodeAboutToBeRemoved.emit(node)

        return receive

    def _nodes(self) -> list:
        if self._scene is None:
            return []
        nodes = (self._scene.GetNthNode(index) for index in range(self._scene.GetNumberOfNodes()))
        return [node for node in nodes if self._is_listed(node)]

    def _is_listed(self, node) -> bool:
        if node is None or (node.GetHideFromEditors() and not self._show_hidden):
            return False
        is_wanted = any(
            node.IsA(name) if self._show_child_types else node.GetClassName() == name for name in self._node_types
        )
        if not is_wanted or any(node.IsA(name) for name in self._hidden_types):
            return False
        return all(
            node.GetAttribute(name) is not None and value in (None, node.GetAttribute(name))
            for (for_type, name), value in self._attributes.items()
            if node.IsA(for_type)
        )

    def refresh(self) -> None:
        """Read the scene again; keep the current node if it is still there."""
        if self._scene is not None and self._scene.IsBatchProcessing():
            return
        nodes = self._nodes()
        self._node_observations.clear()
        for node in nodes:
            self._node_observations.add(node, vtk.vtkCommand.ModifiedEvent, lambda *_: self._fill())
        keep = self._current if self._current in nodes else None
        if keep is None and nodes and not self._none_enabled:
            keep = nodes[0]
        self._select(keep)

    def _select(self, node) -> None:
        is_new = node is not self._current
        self._current = node
        self._fill()
        if is_new:
            self.currentNodeChanged[object].emit(node)
            self.currentNodeChanged[bool].emit(node is not None)
            self.currentNodeIDChanged.emit(self._current_id())

    def _fill(self) -> None:
        entries = [(self._none_display, None)] if self._none_enabled else []
        entries += [(node.GetName() or "", node) for node in self._nodes()]
        if self._scene is not None:
            entries += self._action_entries()
        if [text for text, _ in entries] != [self._combo.itemText(row) for row in range(self._combo.count())]:
            self._combo.clear()
            self._combo.addItems([text for text, _ in entries])
        self._entries = [entry for _, entry in entries]
        self._combo.setCurrentIndex(
            next((row for row, entry in enumerate(self._entries) if entry is self._current), -1)
        )

    def _action_entries(self) -> list[tuple[str, object]]:
        actions = []
        if self._add_enabled:
            actions += [
                (f"Create new {name[7:-4]}", lambda name=name: self.addNode(name))
                for name in self._node_types
                if name.startswith("vtkMRML")
            ]
        name = self._current.GetName() if self._current else ""
        if self._rename_enabled and self._current:
            actions.append((f"Rename current {name}", self.renameCurrentNode))
        if self._remove_enabled and self._current:
            actions.append((f"Delete current {name}", self.removeCurrentNode))
        return actions

    def _on_activated(self, row: int) -> None:
        entry = self._entries[row]
        if callable(entry):
            self._fill()
            entry()
            return
        self._select(entry)
        self.nodeActivated.emit(entry)
