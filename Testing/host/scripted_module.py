# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N803
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
from .pythonqt import class_of


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
    """What Slicer knows of a module that it loaded from a file; in Slicer a QObject."""

    def __init__(self, file: Path):
        self.path, self.name, self._panel = os.fspath(file), file.stem, None
        setattr(slicer.modules, self.name.lower(), self)
        getattr(importlib.import_module(self.name), self.name)(self)

    def widgetRepresentation(self) -> "qSlicerScriptedLoadableModuleWidget":
        """The panel; made and set up when it is first asked for."""
        if self._panel is None:
            self._panel = qSlicerScriptedLoadableModuleWidget(self.name)
            self._panel.reload()
        return self._panel

    def unload(self) -> None:
        """Clean the module up, as Slicer does when it ends. Its code stays imported, as in Slicer."""
        slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(self.name)
        self._panel.retire()
        delattr(slicer.modules, self.name.lower())
        delattr(slicer.modules, f"{self.name}Widget")
        QtCore.QCoreApplication.processEvents()


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

    @QtCore.Property(bool)
    def isEntered(self) -> bool:
        return self._is_entered

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
            for what in ("setMRMLScene", "setSegmentationNode"):
                getattr(child, what, lambda _: None)(None)
        self.retired.append(self)
