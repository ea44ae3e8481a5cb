# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``qMRMLTableView``: a table node, live."""

import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from .mrml_widgets import Observations
from .pythonqt import class_of


class qMRMLTableModel(class_of("QStandardItemModel")):
    """Texts of a table node, as VTK writes its values; text that is edited goes into the node."""

    def __init__(self, parent: QtCore.QObject | None = None):
        super().__init__(parent)
        self._node = None
        self._is_updating = False
        self._observations = Observations()
        self.itemChanged.connect(self._on_item_changed)
        self.destroyed.connect(self._observations.clear)

    def mrmlTableNode(self):
        return self._node

    def setMRMLTableNode(self, node) -> None:
        self._observations.clear()
        self._node = node
        if node is not None:
            self._observations.add(node, vtk.vtkCommand.ModifiedEvent, lambda *_: self.updateModelFromMRML())
        self.updateModelFromMRML()

    def updateModelFromMRML(self) -> None:
        """Write over the items that are there, so that what is selected stays selected."""
        table = self._node.GetTable() if self._node else None
        self._is_updating = True
        first_row, first_column = self._first_row(), self._first_column()
        self.setRowCount(table.GetNumberOfRows() - first_row if table and table.GetNumberOfColumns() else 0)
        self.setColumnCount(max(table.GetNumberOfColumns() - first_column, 0) if table else 0)
        for column in range(self.columnCount()):
            self._write_heading(column, table.GetColumnName(column + first_column))
            for row in range(self.rowCount()):
                self._write_item(row, column, table)
        for row in range(self.rowCount()):
            label = table.GetValue(row + first_row, 0).ToString() if first_column else str(row + 1)
            self.setHeaderData(row, QtCore.Qt.Orientation.Vertical, label)
        self._is_updating = False

    def _first_row(self) -> int:
        """Row of the node that is the model's first; -1 where the columns' titles are a row of their own."""
        return 0 if self._node is None or self._node.GetUseColumnTitleAsColumnHeader() else -1

    def _first_column(self) -> int:
        return int(bool(self._node and self._node.GetUseFirstColumnAsRowHeader()))

    def _write_heading(self, column: int, name: str) -> None:
        letter = chr(ord("A") + column % 26)
        heading = (self._node.GetColumnTitle(name) or name) if self._first_row() == 0 else letter
        self.setHeaderData(column, QtCore.Qt.Orientation.Horizontal, heading)

    def _write_item(self, row: int, column: int, table: vtk.vtkTable) -> None:
        item = self.item(row, column)
        if item is None:
            item = QtGui.QStandardItem()
            self.setItem(row, column, item)
        table_row, table_column = row + self._first_row(), column + self._first_column()
        name = table.GetColumnName(table_column)
        item.setText(
            (self._node.GetColumnTitle(name) or name)
            if table_row < 0
            else table.GetValue(table_row, table_column).ToString()
        )
        item.setEditable(not self._node.GetLocked())
        item.setToolTip(self._node.GetColumnDescription(name))

    def _on_item_changed(self, item: QtGui.QStandardItem) -> None:
        row, column = item.row() + self._first_row(), item.column() + self._first_column()
        if not self._is_updating and row >= 0:
            self._node.GetTable().SetValue(row, column, vtk.vtkVariant(item.text()))
            self._node.GetTable().Modified()


class qMRMLTableView(class_of("QTableView")):
    """Shows a table node; sorted by no column unless asked."""

    selectionChanged_ = QtCore.Signal(name="selectionChanged")
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._scene = None
        self._model = qMRMLTableModel(self)
        self._proxy = class_of("QSortFilterProxyModel")(self)
        self._proxy.setSourceModel(self._model)
        self.setModel(self._proxy)
        self.horizontalHeader().setStretchLastSection(False)
        expanding = QtWidgets.QSizePolicy.Policy.Expanding
        self.setSizePolicy(expanding, expanding)

    # These two are the node's, not the view's: without a node, as while a .ui file is read, they do nothing.

    def _read_row_locked(self) -> bool:
        return bool(self.mrmlTableNode() and self.mrmlTableNode().GetUseColumnTitleAsColumnHeader())

    def setFirstRowLocked(self, locked: bool) -> None:
        if self.mrmlTableNode() is not None:
            self.mrmlTableNode().SetUseColumnTitleAsColumnHeader(locked)

    def _read_column_locked(self) -> bool:
        return bool(self.mrmlTableNode() and self.mrmlTableNode().GetUseFirstColumnAsRowHeader())

    def setFirstColumnLocked(self, locked: bool) -> None:
        if self.mrmlTableNode() is not None:
            self.mrmlTableNode().SetUseFirstColumnAsRowHeader(locked)

    firstRowLocked = QtCore.Property(bool, _read_row_locked, setFirstRowLocked)
    firstColumnLocked = QtCore.Property(bool, _read_column_locked, setFirstColumnLocked)

    def mrmlScene(self):
        return self._scene

    @QtCore.Slot(object)
    def setMRMLScene(self, scene) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)

    def mrmlTableNode(self):
        return self._model.mrmlTableNode()

    @QtCore.Slot(object)
    def setMRMLTableNode(self, node) -> None:
        is_new = node is not self.mrmlTableNode()
        self._model.setMRMLTableNode(node)
        self._proxy.invalidate()
        self.horizontalHeader().setMinimumSectionSize(60)
        self.resizeColumnsToContents()
        if is_new:
            self.selectionChanged_.emit()

    def tableModel(self):
        return self._model

    def sortFilterProxyModel(self):
        return self._proxy

    def selectionChanged(self, selected, deselected) -> None:
        super().selectionChanged(selected, deselected)
        self.selectionChanged_.emit()
