"""Loading a module, clicking in its panel, taking its picture, and leaving all as it was."""

from pathlib import Path

import slicer
from PySide6 import QtCore, QtWidgets

from . import application, installing, message_boxes, parameter_node, pythonqt, sample_data, scripted_module, views

_loaded: list[scripted_module.qSlicerScriptedLoadableModule] = []


def load_module(file: Path):
    """Load a scripted module, make its panel, and enter it, as when the user chooses it in Slicer.

    Parameters
    ----------
    file : Path
        Such as ``CCFNetSlicer/CCFNetSlicer.py``.

    Returns
    -------
    ScriptedLoadableModuleWidget
        The module's own object of the panel, as ``slicer.modules.<Name>Widget`` has it.
    """
    application.install()
    module = scripted_module.load_module(file)
    _loaded.append(module)
    panel = module.widgetRepresentation()
    panel.show()
    slicer.util.selectModule(module.name)
    return panel.self()


def close() -> None:
    """Leave and unload the modules that were loaded; the application stays."""
    slicer.app.main_window.moduleSelector().leave()
    while _loaded:
        scripted_module.unload_module(_loaded.pop())
    parameter_node.untie_all()


def clear() -> None:
    """Empty the scene and forget what was shown, answered, installed and registered."""
    slicer.mrmlScene.Clear(0)
    slicer.dicomDatabase.clear()
    slicer.app.layoutManager().reset()
    slicer.app.is_testing = False
    slicer.app.restart_count = 0
    QtCore.QSettings().clear()
    message_boxes.dialogs.clear()
    installing.packages.clear()
    sample_data.sources.clear()
    pythonqt.slot_errors.clear()


def click(widget: QtWidgets.QAbstractButton) -> None:
    """Press a button as the user would: nothing happens where it is hidden or greyed.

    Raises
    ------
    AssertionError
        If the user could not click it.
    """
    assert widget.isVisibleTo(widget.window()), f"{widget.objectName()} is hidden"
    assert widget.isEnabled(), f"{widget.objectName()} is greyed: {widget.toolTip()}"
    widget.click()
    views.process_events()


def screenshot(widget: QtWidgets.QWidget | None, file: Path, width: int = 420) -> Path:
    """Save a picture of the panel, and beside it what Slicer's sagittal view shows.

    Parameters
    ----------
    widget : QWidget, optional
        The whole panel of the module loaded last if None.
    file : Path
        A PNG file.
    width : int
        Of the panel, pixels; its height is what its contents want.
    """
    views.process_events()
    picture = views.widget_picture(_loaded[-1].widgetRepresentation() if widget is None else widget, width)
    view = slicer.app.layoutManager().sliceWidget("Yellow")
    views.side_by_side(picture, view.picture(picture.height, picture.height)).save(file)
    return Path(file)
