# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N803, N815
"""``slicer.ScriptedLoadableModule`` and the way in which Slicer loads a scripted module."""

import importlib
import os
import sys
import unittest
from pathlib import Path
from typing import ClassVar

import slicer
from PySide6 import QtCore, QtWidgets

from .mrml_widgets import qMRMLWidget
from .pythonqt import class_of, speak_pythonqt


class ScriptedLoadableModule:
    """The module's own description; its parent is a :class:`qSlicerScriptedLoadableModule`."""

    def __init__(self, parent):
        super().__init__()
        self.parent = parent


class ScriptedLoadableModuleWidget:
    """The module's panel."""

    def __init__(self, parent: "qSlicerScriptedLoadableModuleWidget"):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.parent = parent
        self.layout = parent.layout()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def resourcePath(self, filename: str) -> str:
        return os.path.join(os.path.dirname(slicer.util.modulePath(self.moduleName)), "Resources", filename)

    def setup(self) -> None:
        """Nothing more: the host is never in developer mode."""

    def onReload(self) -> None:
        slicer.util.reloadScriptedModule(self.moduleName)

    def cleanup(self) -> None:
        pass

    def _onModuleAboutToBeUnloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)


class ScriptedLoadableModuleLogic:
    """What the module does, with or without its panel."""

    def __init__(self):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self) -> slicer.vtkMRMLScriptedModuleNode:
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(self.moduleName)
            node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
            node = slicer.mrmlScene.AddNode(node)
        # Closing the scene resets the node, its attributes too.
        node.SetAttribute("ModuleName", self.moduleName)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """The module's self-test."""

    def delayDisplay(self, message: str, requestedDelay=None, msec=None) -> None:
        # Without the pause: nobody watches.
        slicer.util.delayDisplay(message, 0)


class qSlicerScriptedLoadableModule:
    """What Slicer knows of a loaded module; in Slicer a QObject."""

    def __init__(self, file: Path):
        self.path = os.fspath(file)
        self.name = file.stem
        self._panel = None

    def widgetRepresentation(self) -> "qSlicerScriptedLoadableModuleWidget":
        """The panel; made and set up when it is first asked for."""
        if self._panel is None:
            self._panel = qSlicerScriptedLoadableModuleWidget(self.name)
            self._panel.reload()
        return self._panel

    def close(self) -> None:
        slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(self.name)
        self.widgetRepresentation().retire()


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The widget that a module's Python class fills."""

    retired: ClassVar[list["qSlicerScriptedLoadableModuleWidget"]] = []
    """Panels of modules that were unloaded, kept: PySide6 crashes where code reads a property of a destroyed one."""

    def __init__(self, name: str):
        super().__init__()
        self._name, self._python, self._is_entered = name, None, False
        self.setLayout(class_of("QVBoxLayout")())
        self.setMRMLScene(slicer.mrmlScene)

    def reload(self) -> None:
        """Fill the panel by the class as it is now; not entered anew, as in Slicer."""
        self._python = getattr(sys.modules[self._name], f"{self._name}Widget")(self)
        setattr(slicer.modules, f"{self._name}Widget", self._python)
        self._python.setup()

    def self(self) -> ScriptedLoadableModuleWidget:
        return self._python

    def _read_entered(self) -> bool:
        return self._is_entered

    isEntered = QtCore.Property(bool, _read_entered)

    def enter(self) -> None:
        self._is_entered = True
        getattr(self._python, "enter", lambda: None)()

    def exit(self) -> None:
        self._is_entered = False
        getattr(self._python, "exit", lambda: None)()

    def retire(self) -> None:
        """Close for ever; nothing inside follows the scene any more."""
        self.hide()
        for child in [self, *self.findChildren(QtWidgets.QWidget)]:
            child.blockSignals(True)
            for what in ("setMRMLScene", "setMRMLTableNode", "setSegmentationNode"):
                getattr(child, what, lambda _: None)(None)
        self.retired.append(self)


def load_module(file: Path) -> qSlicerScriptedLoadableModule:
    """Load a scripted module as Slicer does, and tell it that the application is ready.

    Code of the file and of everything below its folder sees PythonQt from the first line on.
    """
    file = Path(file).resolve()
    folder = file.parent
    speak_pythonqt(*_module_names(folder))
    if os.fspath(folder) not in sys.path:
        sys.path.insert(0, os.fspath(folder))
    description = qSlicerScriptedLoadableModule(file)
    setattr(slicer.modules, file.stem.lower(), description)
    instance = getattr(importlib.import_module(file.stem), file.stem)(description)
    setattr(slicer.modules, f"{file.stem}Instance", instance)
    slicer.app.startupCompleted.emit()
    return description


def unload_module(description: qSlicerScriptedLoadableModule) -> None:
    """Clean the module up, as Slicer does when it ends. Its code stays imported, as in Slicer."""
    description.close()
    for name in (description.name.lower(), f"{description.name}Instance", f"{description.name}Widget"):
        vars(slicer.modules).pop(name, None)
    QtCore.QCoreApplication.processEvents()


def _module_names(folder: Path) -> list[str]:
    names = [".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*.py")]
    return [name.removesuffix(".__init__") for name in names]
