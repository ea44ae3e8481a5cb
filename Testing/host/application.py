# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``slicer.app``, ``slicer.modules``, the main window and the module manager, around the real MRML scene."""

import logging
import sys
import tempfile
from types import SimpleNamespace

import slicer
import slicer.util
import vtk
from PySide6 import QtCore, QtWidgets
from trame_slicer.core import SlicerApp

from . import (
    ctk_widgets,
    dicom_database,
    installing,
    message_boxes,
    mrml_widgets,
    parameter_node,
    pythonqt,
    scripted_module,
    side_modules,
    ui_loader,
    views,
)
from .pythonqt import class_of, make_class

VERSION = "5.13.0"
"""The Slicer whose manners the host has."""


class _ModuleManager(class_of("QObject")):
    """Stands for qSlicerModuleManager."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)

    def module(self, name: str):
        return getattr(slicer.modules, name.lower(), None)


class _ModuleSelector(class_of("QWidget")):
    """Stands for qSlicerModuleSelectorToolBar: leaves one module and enters another."""

    def __init__(self, parent: QtWidgets.QWidget):
        super().__init__(parent)
        self.panel = None

    def selectModule(self, name: str) -> None:
        panel = slicer.app.moduleManager().module(name).widgetRepresentation()
        if panel is not self.panel:
            self.leave()
            self.panel = panel
            panel.enter()

    def leave(self) -> None:
        if self.panel is not None:
            self.panel.exit()
        self.panel = None


class qSlicerMainWindow(class_of("QMainWindow")):
    def __init__(self):
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self._selector = _ModuleSelector(self)
        self._selector.hide()
        self.statusBar()

    def moduleSelector(self) -> _ModuleSelector:
        return self._selector


class qSlicerApplication(make_class(QtWidgets.QApplication)):
    """Stands for the class of ``slicer.app``."""

    startupCompleted = QtCore.Signal()

    def __init__(self):
        super().__init__(["Slicer"])
        self.setApplicationName("Slicer")
        self.setApplicationVersion(VERSION)
        self.is_testing = False
        """What ``testingEnabled()`` answers: False, for in testing mode Slicer shows no dialogs at all."""
        self.restart_count = 0
        self._folder = tempfile.TemporaryDirectory(prefix="host-slicer-", ignore_cleanup_errors=True)
        self._keep_settings_here()
        self._mrml = SlicerApp()
        self._layout_manager = views.LayoutManager(self._mrml)
        self._subject_hierarchy = _SubjectHierarchy(self._mrml.scene)
        self._module_manager = _ModuleManager()

    def _keep_settings_here(self) -> None:
        """``qt.QSettings()`` must not touch those of whoever runs the tests."""
        ini = QtCore.QSettings.Format.IniFormat
        QtCore.QSettings.setDefaultFormat(ini)
        for scope in (QtCore.QSettings.Scope.UserScope, QtCore.QSettings.Scope.SystemScope):
            QtCore.QSettings.setPath(ini, scope, self._folder.name)
        self.setOrganizationName("host")

    @QtCore.Property(str)
    def temporaryPath(self) -> str:
        return self._folder.name

    def testingEnabled(self) -> bool:
        return self.is_testing

    def applicationLogic(self) -> slicer.vtkSlicerApplicationLogic:
        return self._mrml.app_logic

    def mrmlScene(self) -> slicer.vtkMRMLScene:
        return self._mrml.scene

    def layoutManager(self) -> views.LayoutManager:
        return self._layout_manager

    def moduleManager(self) -> _ModuleManager:
        return self._module_manager

    def restart(self) -> None:
        self.restart_count += 1


class _SubjectHierarchy:
    """Gives each data node its item, which in Slicer the Qt part of the subject hierarchy does."""

    NODE_CLASSES = ("vtkMRMLDisplayableNode", "vtkMRMLTableNode")

    def __init__(self, scene: slicer.vtkMRMLScene):
        self._scene = scene
        scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, self._add)
        scene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._remove)
        scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, lambda *_: self._tree())
        self._tree()

    def _tree(self) -> slicer.vtkMRMLSubjectHierarchyNode:
        return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _add(self, _scene, _event, node: slicer.vtkMRMLNode) -> None:
        if self._is_listed(node) and not self._tree().GetItemByDataNode(node):
            self._tree().CreateItem(self._tree().GetSceneItemID(), node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _remove(self, _scene, _event, node: slicer.vtkMRMLNode) -> None:
        if self._is_listed(node):
            self._tree().RemoveItem(self._tree().GetItemByDataNode(node), False, False)

    def _is_listed(self, node: slicer.vtkMRMLNode) -> bool:
        is_data = any(node.IsA(name) for name in self.NODE_CLASSES)
        return is_data and not node.GetHideFromEditors() and not self._scene.IsClosing()


def install() -> qSlicerApplication:
    """Start the application and complete the module ``slicer``; does nothing the second time."""
    if hasattr(slicer, "app"):
        return slicer.app
    QtCore.qInstallMessageHandler(_log_message)
    pythonqt.note_printed_errors()
    slicer.app = qSlicerApplication()
    slicer.app.setStyle("Fusion")
    slicer.mrmlScene = slicer.app.mrmlScene()
    markups_logic = slicer.app.applicationLogic().GetModuleLogic("Markups")
    slicer.modules = SimpleNamespace(markups=SimpleNamespace(logic=lambda: markups_logic))
    slicer.dicomDatabase = dicom_database.DicomDatabase()
    _install_modules()
    _install_classes()
    slicer.app.main_window = qSlicerMainWindow()
    return slicer.app


def _log_message(level: QtCore.QtMsgType, _context: QtCore.QMessageLogContext, text: str) -> None:
    """Pass Qt's own messages on, but for what it says at each window that is shown off screen."""
    if "propagateSizeHints" not in text:
        is_bad = level in (QtCore.QtMsgType.QtCriticalMsg, QtCore.QtMsgType.QtFatalMsg)
        logging.getLogger("qt").log(logging.ERROR if is_bad else logging.WARNING, text)


def _install_modules() -> None:
    """What a module file imports from ``slicer`` and from beside it."""
    stand_ins = {
        "slicer.ScriptedLoadableModule": scripted_module,
        "slicer.parameterNodeWrapper": parameter_node,
        **installing.make_modules(),
        **side_modules.make_modules(),
    }
    sys.modules.update(stand_ins)
    for name, module in stand_ins.items():
        if name.startswith("slicer."):
            setattr(slicer, name.removeprefix("slicer."), module)


def _install_classes() -> None:
    qt = sys.modules["qt"]
    qt.QUiLoader = ui_loader.QUiLoader
    qt.QMessageBox, qt.QFileDialog = message_boxes.QMessageBox, message_boxes.QFileDialog
    mrml = (mrml_widgets.qMRMLWidget, mrml_widgets.qMRMLNodeComboBox, mrml_widgets.qMRMLSegmentsTableView)
    modules = (scripted_module.qSlicerScriptedLoadableModule, scripted_module.qSlicerScriptedLoadableModuleWidget)
    for each in (*mrml, *modules):
        setattr(slicer, each.__name__, each)
    ui_loader.register(*mrml, ctk_widgets.ctkCollapsibleButton, ctk_widgets.ctkPathLineEdit)
