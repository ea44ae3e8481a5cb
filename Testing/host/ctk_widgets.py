# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``import ctk``: the few widgets of CTK that the panel uses."""

from PySide6 import QtCore, QtGui, QtWidgets

from .message_boxes import ctkMessageBox
from .pythonqt import class_of

__all__ = ["ctkCollapsibleButton", "ctkMessageBox", "ctkPathLineEdit"]


class ctkCollapsibleButton(class_of("QAbstractButton")):
    """A heading that shows and hides what is laid out below it; checked means open."""

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._hidden_by_collapse: list[QtWidgets.QWidget] = []
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, self._heading_height(), 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Minimum, QtWidgets.QSizePolicy.Policy.Preferred)
        self.toggled.connect(self._on_toggled)

    @QtCore.Property(bool)
    def collapsed(self) -> bool:
        return not self.isChecked()

    @collapsed.setter
    def collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    def _on_toggled(self, is_open: bool) -> None:
        if is_open:
            for child in self._hidden_by_collapse:
                child.show()
            self._hidden_by_collapse = []
        else:
            children = [child for child in self.children() if isinstance(child, QtWidgets.QWidget)]
            for child in children:
                if not child.isHidden():
                    self._keep_hidden(child)
        self.updateGeometry()

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        if event.added() and event.child().isWidgetType():
            event.child().installEventFilter(self)
            if not self.isChecked():
                self._keep_hidden(event.child())

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        # What is made visible while this is closed shows when it is opened.
        if event.type() == QtCore.QEvent.Type.ShowToParent and not self.isChecked():
            self._keep_hidden(child)
        return False

    def _keep_hidden(self, child: QtWidgets.QWidget) -> None:
        if child not in self._hidden_by_collapse:
            self._hidden_by_collapse.append(child)
        child.hide()

    def _heading_height(self) -> int:
        return self.fontMetrics().height() + 8

    def sizeHint(self) -> QtCore.QSize:
        size = self.layout().totalSizeHint()
        return size if self.isChecked() else QtCore.QSize(size.width(), self._heading_height())

    def minimumSizeHint(self) -> QtCore.QSize:
        return self.layout().totalMinimumSize() if self.isChecked() else QtCore.QSize(32, self._heading_height())

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() < self._heading_height()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        heading = QtCore.QRect(0, 0, self.width(), self._heading_height())
        painter.fillRect(heading, self.palette().button().color().darker(107))
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, (heading.height() - 10) // 2, 10, 10)
        element = QtWidgets.QStyle.PrimitiveElement
        direction = element.PE_IndicatorArrowDown if self.isChecked() else element.PE_IndicatorArrowRight
        painter.drawPrimitive(direction, arrow)
        alignment = QtCore.Qt.AlignmentFlag.AlignVCenter | QtCore.Qt.AlignmentFlag.AlignLeft
        painter.drawText(heading.adjusted(24, 0, -4, 0), alignment, self.text())


class ctkPathLineEdit(class_of("QWidget")):
    """A line for a path; without the original's history, completion and button that opens a dialog."""

    Dirs = 0x001

    currentPathChanged = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self.filters = 0
        self._line = QtWidgets.QLineEdit(self)
        self._line.textChanged.connect(self.currentPathChanged)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line)

    @QtCore.Property(str)
    def currentPath(self) -> str:
        return self._line.text()

    @currentPath.setter
    def currentPath(self, path: str) -> None:
        self._line.setText(path)
