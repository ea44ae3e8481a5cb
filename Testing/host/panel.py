"""Loading a module, clicking in its panel, taking its picture, and leaving all as it was."""

import os
import sys
from pathlib import Path

import slicer
from PIL import Image
from PySide6 import QtCore, QtWidgets

from . import application, installing, message_boxes, parameter_node, pythonqt, scripted_module, side_modules, views

_loaded: list[scripted_module.qSlicerScriptedLoadableModule] = []


def load_module(file: Path):
    """Load a scripted module, make its panel, and enter it, as when the user chooses it in Slicer.

    Code of the file and of everything below its folder sees PythonQt from the first line on.

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
    folder = file.resolve().parent
    names = [".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*.py")]
    pythonqt.speak_pythonqt(*(name.removesuffix(".__init__") for name in names))
    if os.fspath(folder) not in sys.path:
        sys.path.insert(0, os.fspath(folder))
    module = scripted_module.qSlicerScriptedLoadableModule(file.resolve())
    _loaded.append(module)
    slicer.app.startupCompleted.emit()
    slicer.util.selectModule(module.name)
    panel = module.widgetRepresentation()
    # As Slicer's module panel does.
    panel.layout().setContentsMargins(0, 0, 0, 0)
    panel.show()
    return panel.self()


def close() -> None:
    """Leave and unload the modules that were loaded; the application stays."""
    slicer.app.main_window.moduleSelector().leave()
    while _loaded:
        _loaded.pop().unload()
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
    side_modules.sample_data_sources.clear()
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
    panel = views.widget_picture(_loaded[-1].widgetRepresentation() if widget is None else widget, width)
    view = slicer.app.layoutManager().sliceWidget("Yellow").picture(panel.height, panel.height)
    both = Image.new("RGB", (panel.width + view.width, panel.height))
    both.paste(panel, (0, 0))
    both.paste(view, (panel.width, 0))
    both.save(file)
    return Path(file)
