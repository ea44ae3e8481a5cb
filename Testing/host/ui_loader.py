# Names are those of Qt and Slicer.
# ruff: noqa: N802
"""``qt.QUiLoader``: reads a ``.ui`` file into the classes of ``qt``, ``ctk`` and ``slicer``."""

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import plain
from .pythonqt import class_of

_custom_classes: dict[str, type] = {}


def register(*widget_classes: type) -> None:
    """Let ``.ui`` files use these classes by their names."""
    _custom_classes.update({widget_class.__name__: widget_class for widget_class in widget_classes})


class QUiLoader(QtUiTools.QUiLoader):
    """Makes each widget an object of the class that Python code gets from ``qt``, ``ctk`` or ``slicer``."""

    def load(self, device: QtCore.QIODevice, parent: QtWidgets.QWidget | None = None) -> QtWidgets.QWidget:
        # Signals of MRML widgets pass VTK objects on as PyObject; the file's connections must say the same.
        text = plain.without_vtk_types(bytes(device.readAll().data()).decode())
        buffer = QtCore.QBuffer()
        buffer.setData(text.encode())
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        return super().load(buffer, parent)

    def createWidget(self, class_name: str, parent: QtWidgets.QWidget | None = None, name: str = ""):
        widget_class = _custom_classes.get(class_name) or class_of(class_name)
        if widget_class is None:
            raise RuntimeError(f"the host has no widget class {class_name}")
        widget = widget_class(parent)
        widget.setObjectName(name)
        return widget
