# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``qMRMLWidget``, ``qMRMLNodeComboBox`` and ``qMRMLSegmentsTableView``: widgets that show the nodes of a scene."""

from collections.abc import Callable

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from .pythonqt import class_of


class Observations:
    """Observers of VTK objects, all taken off together."""

    def __init__(self):
        self._tags: list[tuple[vtk.vtkObject, int]] = []

    def add(self, observed: vtk.vtkObject, event: int | str, callback: Callable) -> None:
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

    @QtCore.Slot(object)
    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qMRMLNodeComboBox(class_of("QWidget")):
    """The nodes of some classes in the scene, to choose one from; without entries for none and for actions.

    What is chosen when nodes come and go is up to Qt's combo box, as in Slicer: where the chosen one goes, its
    neighbour is next.
    """

    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._scene, self._node_types, self._shows_subclasses = None, [], True
        self._scene_observations, self._node_observations = Observations(), Observations()
        self._combo = QtWidgets.QComboBox(self)
        self._combo.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        # Slicer listens to this one too, so nothing is told where the next node has the same name.
        self._combo.currentTextChanged.connect(lambda _text: self.currentNodeChanged.emit(self.currentNode()))
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self.destroyed.connect(self._scene_observations.clear)
        self.destroyed.connect(self._node_observations.clear)

    @QtCore.Property("QStringList")
    def nodeTypes(self) -> list[str]:
        return self._node_types

    @nodeTypes.setter
    def nodeTypes(self, node_types: list[str]) -> None:
        self._node_types = list(node_types)
        self._update()

    @QtCore.Property(bool)
    def showChildNodeTypes(self) -> bool:
        return self._shows_subclasses

    @showChildNodeTypes.setter
    def showChildNodeTypes(self, shows: bool) -> None:
        self._shows_subclasses = shows
        self._update()

    @QtCore.Slot(object)
    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        self._scene_observations.clear()
        self._scene = scene
        if scene is not None:
            leaving = slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent
            self._scene_observations.add(scene, leaving, self._on_node_leaving)
            for event in ("NodeAdded", "EndClose", "EndImport", "EndBatchProcess"):
                event = getattr(slicer.vtkMRMLScene, f"{event}Event")
                self._scene_observations.add(scene, event, lambda *_: self._update())
        self.blockSignals(True)
        self._update()
        self.blockSignals(False)

    def currentNode(self) -> slicer.vtkMRMLNode | None:
        node_id = self._combo.currentData()
        return self._scene.GetNodeByID(node_id) if node_id and self._scene else None

    @QtCore.Slot(object)
    def setCurrentNode(self, node: slicer.vtkMRMLNode | None) -> None:
        """Choose the node; none at all if it is not in the list."""
        self._combo.setCurrentIndex(-1 if node is None else self._combo.findData(node.GetID()))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_node_leaving(self, scene, _event, node) -> None:
        if not scene.IsClosing():
            self._update(leaving=node)

    def _update(self, leaving: slicer.vtkMRMLNode | None = None) -> None:
        """Bring the entries into step with the scene."""
        if self._scene is not None and self._scene.IsBatchProcessing():
            return
        names = {node.GetID(): node.GetName() or "" for node in self._nodes() if node is not leaving}
        for row in range(self._combo.count() - 1, -1, -1):
            if self._combo.itemData(row) not in names:
                self._combo.removeItem(row)
        for row, (node_id, name) in enumerate(names.items()):
            if self._combo.itemData(row) != node_id:
                self._combo.insertItem(row, name, node_id)
            elif self._combo.itemText(row) != name:
                self._combo.setItemText(row, name)

    def _nodes(self) -> list[slicer.vtkMRMLNode]:
        scene = self._scene
        nodes = [] if scene is None else [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
        nodes = [node for node in nodes if self._is_listed(node)]
        self._node_observations.clear()
        for node in nodes:
            self._node_observations.add(node, vtk.vtkCommand.ModifiedEvent, lambda *_: self._update())
        return nodes

    def _is_listed(self, node: slicer.vtkMRMLNode) -> bool:
        is_of_type = node.IsA if self._shows_subclasses else node.GetClassName().__eq__
        return not node.GetHideFromEditors() and any(map(is_of_type, self._node_types))


class qMRMLSegmentsTableView(qMRMLWidget):
    """One row for each segment, to be looked at: whether it is shown, its colour and name."""

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._node, self._observations = None, Observations()
        self._table = QtWidgets.QTableWidget(0, 3, self)
        self._table.setHorizontalHeaderLabels(["", "", "Name"])
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.horizontalHeader().setMinimumSectionSize(24)
        self._table.horizontalHeader().resizeSections(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        self._table.verticalHeader().hide()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        self.destroyed.connect(self._observations.clear)

    @QtCore.Slot(object)
    def setSegmentationNode(self, node: slicer.vtkMRMLSegmentationNode | None) -> None:
        self._observations.clear()
        self._node = node
        if node is not None:
            segmentation = slicer.vtkSegmentation
            changes = (segmentation.SegmentAdded, segmentation.SegmentRemoved, segmentation.SegmentModified)
            for event in (*changes, slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent):
                self._observations.add(node, event, lambda *_: self._fill())
        self._fill()

    def _fill(self) -> None:
        ids = self._node.GetSegmentation().GetSegmentIDs() if self._node is not None else ()
        self._table.setRowCount(len(ids))
        for row, segment_id in enumerate(ids):
            segment = self._node.GetSegmentation().GetSegment(segment_id)
            is_shown = self._node.GetDisplayNode().GetSegmentVisibility(segment_id)
            items = [QtWidgets.QTableWidgetItem(text) for text in ("◉" if is_shown else "○", "", segment.GetName())]
            items[1].setBackground(QtGui.QColor.fromRgbF(*segment.GetColor()))
            for column, item in enumerate(items):
                self._table.setItem(row, column, item)
