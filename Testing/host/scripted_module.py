# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N803, N815
"""``slicer.ScriptedLoadableModule`` and the way in which Slicer loads a scripted module."""

import importlib
import logging
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
        self.moduleName = type(self).__name__
        parent.title, parent.helpText, parent.acknowledgementText = "", "", ""
        parent.categories, parent.dependencies, parent.contributors = [], [], []
        for ending in (".svg", ".png"):
            icon = self.resourcePath(f"Icons/{self.moduleName}{ending}")
            if os.path.isfile(icon):
                parent.icon = class_of("QIcon")(icon)
                break
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename: str) -> str:
        return os.path.join(os.path.dirname(self.parent.path), "Resources", filename)

    def getDefaultModuleDocumentationLink(self, docPage: str | None = None) -> str:
        return f"<p>For more information see the documentation of {docPage or self.moduleName}.</p>"

    def runTest(self, msec: int = 100, **options) -> None:
        tests = getattr(importlib.import_module(type(self).__module__), f"{self.moduleName}Test")()
        tests.messageDelay = msec
        tests.runTest(**options)


class ScriptedLoadableModuleWidget:
    """The module's panel."""

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.parent = parent or _new_panel(qMRMLWidget)
        self.layout = self.parent.layout()
        if parent is None:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def resourcePath(self, filename: str) -> str:
        return os.path.join(os.path.dirname(slicer.util.modulePath(self.moduleName)), "Resources", filename)

    def setup(self) -> None:
        """Nothing more: the host is never in developer mode."""

    def cleanup(self) -> None:
        pass

    def _onModuleAboutToBeUnloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)


class ScriptedLoadableModuleLogic:
    """What the module does, with or without its panel."""

    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self):
        if self.isSingletonParameterNode:
            node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
            if node is not None:
                # Closing the scene resets the node, its attributes too.
                node.SetAttribute("ModuleName", self.moduleName)
                return node
        else:
            nodes = self.getAllParameterNodes()
            if nodes:
                return nodes[0]
        return slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self) -> list:
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self):
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """The module's self-test."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.enableScreenshots, self.screenshotScaleFactor = False, 1.0

    def delayDisplay(self, message: str, requestedDelay=None, msec=None) -> None:
        # Without the pause: nobody watches.
        slicer.util.delayDisplay(message, 0)

    def takeScreenshot(self, name: str, description: str, type: int = -1) -> None:
        self.delayDisplay(description)

    def runTest(self) -> None:
        logging.warning("No test is defined in %s", type(self).__name__)


class qSlicerScriptedLoadableModule:
    """What Slicer knows of a loaded module; in Slicer a QObject."""

    def __init__(self, file: Path):
        self.path = os.fspath(file)
        self.name = file.stem
        self.icon, self.hidden, self.associatedNodeTypes = None, False, []
        self._panel = None
        self.python_module = None

    def widgetRepresentation(self):
        """The panel; made and set up when it is first asked for."""
        if self._panel is None:
            self._panel = _new_panel(qSlicerScriptedLoadableModuleWidget)
            python_class = getattr(self.python_module, f"{self.name}Widget")
            self._panel.set_up(python_class(self._panel))
            setattr(slicer.modules, f"{self.name}Widget", self._panel.self())
        return self._panel

    def close(self) -> None:
        slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(self.name)
        if self._panel is not None:
            self._panel.retire()
            self._panel = None


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The widget that a module's Python class fills."""

    retired: ClassVar[list["qSlicerScriptedLoadableModuleWidget"]] = []
    """Panels of modules that were unloaded, kept: PySide6 crashes where code reads a property of a destroyed one."""

    def __init__(self, parent: QtWidgets.QWidget | None = None):
        super().__init__(parent)
        self._python = None
        self._is_entered = False

    def set_up(self, python) -> None:
        self._python = python
        python.setup()

    def self(self):
        return self._python

    def _read_entered(self) -> bool:
        return self._is_entered

    isEntered = QtCore.Property(bool, _read_entered)

    def retire(self) -> None:
        """Close for ever; nothing inside follows the scene any more."""
        self.hide()
        for child in [self, *self.findChildren(QtWidgets.QWidget)]:
            child.blockSignals(True)
            for what in ("setMRMLScene", "setMRMLTableNode", "setSegmentationNode"):
                getattr(child, what, lambda _: None)(None)
        self.retired.append(self)

    def enter(self) -> None:
        self._call("enter", True)

    def exit(self) -> None:
        self._call("exit", False)

    def _call(self, method: str, is_entered: bool) -> None:
        if self._is_entered != is_entered:
            self._is_entered = is_entered
            getattr(self._python, method, lambda: None)()


def _new_panel(panel_class: type) -> QtWidgets.QWidget:
    panel = panel_class()
    panel.setLayout(class_of("QVBoxLayout")())
    panel.setMRMLScene(slicer.mrmlScene)
    return panel


def load_module(file: Path) -> qSlicerScriptedLoadableModule:
    """Load a scripted module as Slicer does, and tell it that the application is ready.

    Code of the file and of everything below its folder sees PythonQt from the first line on.
    """
    file = Path(file).resolve()
    folder = file.parent
    _forget_namesake(file)
    speak_pythonqt(*_module_names(folder))
    if os.fspath(folder) not in sys.path:
        sys.path.insert(0, os.fspath(folder))
    description = qSlicerScriptedLoadableModule(file)
    setattr(slicer.modules, file.stem.lower(), description)
    description.python_module = importlib.import_module(file.stem)
    instance = getattr(description.python_module, file.stem)(description)
    setattr(slicer.modules, f"{file.stem}Instance", instance)
    slicer.app.moduleManager().moduleLoaded.emit(file.stem)
    slicer.app.startupCompleted.emit()
    return description


def unload_module(description: qSlicerScriptedLoadableModule) -> None:
    """Clean the module up, as Slicer does when it ends. Its code stays imported, as in Slicer."""
    description.close()
    slicer.selfTests.pop(description.name, None)
    for name in (description.name.lower(), f"{description.name}Instance", f"{description.name}Widget"):
        vars(slicer.modules).pop(name, None)
    QtCore.QCoreApplication.processEvents()


def _forget_namesake(file: Path) -> None:
    """Forget the code of a module of the same name that was loaded from another place."""
    imported = getattr(sys.modules.get(file.stem), "__file__", None)
    if imported in (None, os.fspath(file)):
        return
    folder = Path(imported).parent
    for name in _module_names(folder):
        sys.modules.pop(name, None)
    sys.path[:] = [path for path in sys.path if path != os.fspath(folder)]
    importlib.invalidate_caches()


def _module_names(folder: Path) -> list[str]:
    names = [".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*.py")]
    return [name.removesuffix(".__init__") for name in names]
