# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``qMRMLTableView`` and ``qMRMLSegmentsTableView``: a table node and the segments of a segmentation, live."""

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from .mrml_widgets import Observations, qMRMLWidget
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


_SEGMENT_COLUMNS = {
    "visibility": "",
    "color": "",
    "opacity": "Opacity",
    "name": "Name",
    "status": "Status",
    "layer": "Layer",
}
_SHOWN_AT_FIRST = {"visibility", "color", "opacity", "name"}


def _column_shown(column: str) -> QtCore.Property:
    def read(view) -> bool:
        return column in view._shown_columns

    def write(view, visible: bool) -> None:
        (view._shown_columns.add if visible else view._shown_columns.discard)(column)
        view._show_columns()

    return QtCore.Property(bool, read, write)


class qMRMLSegmentsTableView(qMRMLWidget):
    """One row for each segment: whether it is shown, its colour, opacity and name."""

    selectionChanged = QtCore.Signal(QtCore.QItemSelection, QtCore.QItemSelection)
    segmentAboutToBeModified = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._node, self._read_only, self._is_filling = None, False, False
        self._shown_columns, self._header_visible, self._filter_visible = set(_SHOWN_AT_FIRST), True, False
        self._observations = Observations()
        self._table = class_of("QTableWidget")(0, len(_SEGMENT_COLUMNS), self)
        self._table.setHorizontalHeaderLabels(list(_SEGMENT_COLUMNS.values()))
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.verticalHeader().hide()
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.itemChanged.connect(self._on_item_changed)
        self._table.cellClicked.connect(self._on_cell_clicked)
        self._table.selectionModel().selectionChanged.connect(self.selectionChanged)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        self.destroyed.connect(self._observations.clear)
        self._show_columns()

    def segmentationNode(self):
        return self._node

    @QtCore.Slot(object)
    def setSegmentationNode(self, node) -> None:
        self._observations.clear()
        self._node = node
        if node is not None:
            for event in ("SegmentAdded", "SegmentRemoved", "SegmentModified", "SegmentsOrderModified"):
                self._observations.add(node, getattr(slicer.vtkSegmentation, event), lambda *_: self._fill())
            for event in (vtk.vtkCommand.ModifiedEvent, slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent):
                self._observations.add(node, event, lambda *_: self._fill())
        self._fill()

    @QtCore.Slot(object)
    def setMRMLScene(self, scene) -> None:
        super().setMRMLScene(scene)
        if self._node is not None and self._node.GetScene() is not scene:
            self.setSegmentationNode(None)

    def tableWidget(self):
        return self._table

    def segmentIDForRow(self, row: int) -> str:
        return self._segment_ids()[row]

    def rowForSegmentID(self, segment_id: str) -> int:
        ids = self._segment_ids()
        return ids.index(segment_id) if segment_id in ids else -1

    def displayedSegmentIDs(self) -> tuple[str, ...]:
        return tuple(self._segment_ids())

    def selectedSegmentIDs(self) -> tuple[str, ...]:
        rows = sorted({index.row() for index in self._table.selectionModel().selectedRows()})
        return tuple(self._segment_ids()[row] for row in rows)

    def setSelectedSegmentIDs(self, segment_ids: list[str]) -> None:
        self._table.clearSelection()
        for segment_id in segment_ids:
            self._table.selectRow(self.rowForSegmentID(segment_id))

    def clearSelection(self) -> None:
        self._table.clearSelection()

    def _segment_ids(self) -> list[str]:
        if self._node is None or self._node.GetSegmentation() is None:
            return []
        return list(self._node.GetSegmentation().GetSegmentIDs())

    def _fill(self) -> None:
        selected = self.selectedSegmentIDs() if self._table.rowCount() == len(self._segment_ids()) else ()
        self._is_filling = True
        self._table.setRowCount(len(self._segment_ids()))
        for row, segment_id in enumerate(self._segment_ids()):
            for column, item in enumerate(self._row_items(segment_id)):
                self._table.setItem(row, column, item)
        self._is_filling = False
        if selected:
            self.setSelectedSegmentIDs(selected)

    def _row_items(self, segment_id: str) -> list[QtWidgets.QTableWidgetItem]:
        segment = self._node.GetSegmentation().GetSegment(segment_id)
        display = self._node.GetDisplayNode()
        is_visible = bool(display and display.GetSegmentVisibility(segment_id))
        opacity = display.GetSegmentOpacity3D(segment_id) if display else 1.0
        item = QtWidgets.QTableWidgetItem
        items = [
            item("◉" if is_visible else "○"),
            item(),
            item(f"{opacity:.2f}"),
            item(segment.GetName()),
            item(),
            item(),
        ]
        items[1].setBackground(QtGui.QColor.fromRgbF(*segment.GetColor()))
        for column, entry in enumerate(items):
            flags = entry.flags()
            is_editable = list(_SEGMENT_COLUMNS)[column] == "name" and not self._read_only
            editable = QtCore.Qt.ItemFlag.ItemIsEditable
            entry.setFlags(flags | editable if is_editable else flags & ~editable)
        return items

    def _on_item_changed(self, item: QtWidgets.QTableWidgetItem) -> None:
        if not self._is_filling and item.column() == list(_SEGMENT_COLUMNS).index("name"):
            segment_id = self.segmentIDForRow(item.row())
            self.segmentAboutToBeModified.emit(segment_id)
            self._node.GetSegmentation().GetSegment(segment_id).SetName(item.text())

    def _on_cell_clicked(self, row: int, column: int) -> None:
        display = self._node.GetDisplayNode()
        if column == 0 and display and not self._read_only:
            segment_id = self.segmentIDForRow(row)
            display.SetSegmentVisibility(segment_id, not display.GetSegmentVisibility(segment_id))

    def _show_columns(self) -> None:
        for column, name in enumerate(_SEGMENT_COLUMNS):
            self._table.setColumnHidden(column, name not in self._shown_columns)
        self._table.horizontalHeader().setVisible(self._header_visible)

    # Properties, by the names of the .ui file.

    def _read_read_only(self) -> bool:
        return self._read_only

    def setReadOnly(self, read_only: bool) -> None:
        self._read_only = read_only
        self._fill()

    def _read_header_visible(self) -> bool:
        return self._header_visible

    def setHeaderVisible(self, visible: bool) -> None:
        self._header_visible = visible
        self._show_columns()

    def _read_filter_visible(self) -> bool:
        return self._filter_visible

    def setFilterBarVisible(self, visible: bool) -> None:
        self._filter_visible = visible

    def _read_selection_mode(self) -> int:
        return self._table.selectionMode().value

    def setSelectionMode(self, mode: int) -> None:
        self._table.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode(mode))

    def _segment_count(self) -> int:
        return len(self._segment_ids())

    readOnly = QtCore.Property(bool, _read_read_only, setReadOnly)
    headerVisible = QtCore.Property(bool, _read_header_visible, setHeaderVisible)
    filterBarVisible = QtCore.Property(bool, _read_filter_visible, setFilterBarVisible)
    selectionMode = QtCore.Property(int, _read_selection_mode, setSelectionMode)
    segmentCount = QtCore.Property(int, _segment_count)
    visibilityColumnVisible = _column_shown("visibility")
    colorColumnVisible = _column_shown("color")
    opacityColumnVisible = _column_shown("opacity")
    statusColumnVisible = _column_shown("status")
    layerColumnVisible = _column_shown("layer")
