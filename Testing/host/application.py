# Names are those of Qt and Slicer.
# ruff: noqa: N801, N802, N815
"""``slicer.app``, ``slicer.modules``, the main window and the module manager, around the real MRML scene."""

import logging
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import slicer
import slicer.util
import vtk
from PySide6 import QtCore, QtWidgets
from trame_slicer.core import SlicerApp

from . import (
    ctk_widgets,
    dicom_database,
    i18n,
    installing,
    message_boxes,
    mrml_widgets,
    parameter_node,
    pythonqt,
    sample_data,
    scripted_module,
    table_widgets,
    ui_loader,
    views,
)
from .pythonqt import class_of, make_class

VERSION = (5, 12)
"""The Slicer whose manners the host has."""


class _ModuleManager(class_of("QObject")):
    """Stands for qSlicerModuleManager."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)
    moduleLoaded = QtCore.Signal(str)

    def module(self, name: str):
        return getattr(slicer.modules, name.lower(), None)

    def isModuleLoaded(self, name: str) -> bool:
        return self.module(name) is not None

    def modulesNames(self) -> tuple[str, ...]:
        return tuple(module.name for module in vars(slicer.modules).values() if isinstance(module, Module))

    def factoryManager(self):
        return SimpleNamespace(loadedModuleNames=self.modulesNames)


class Module:
    """Stands for a loadable module of the application that has a logic and no panel here."""

    def __init__(self, name: str, logic):
        self.name = self.title = name
        self._logic = logic

    def logic(self):
        return self._logic

    def widgetRepresentation(self):
        return None


class _ModuleSelector(class_of("QWidget")):
    """Stands for qSlicerModuleSelectorToolBar: leaves one module and enters another."""

    def __init__(self, parent: QtWidgets.QWidget):
        super().__init__(parent)
        self._selected = ""

    def selectModule(self, name: str) -> None:
        left, entered = (slicer.app.moduleManager().module(each) for each in (self._selected, name))
        if entered is None or left is entered:
            return
        for module, what in ((left, "exit"), (entered, "enter")):
            panel = module.widgetRepresentation() if module else None
            if panel is not None:
                getattr(panel, what)()
        self._selected = name

    def _read_selected(self) -> str:
        return self._selected

    selectedModule = QtCore.Property(str, _read_selected)


class qSlicerMainWindow(class_of("QMainWindow")):
    def __init__(self):
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self._selector = _ModuleSelector(self)
        self._console = class_of("QPlainTextEdit")(self)
        self._console.hide()
        self._selector.hide()
        self.statusBar()

    def moduleSelector(self):
        return self._selector

    def pythonConsole(self):
        return self._console


class qSlicerApplication(make_class(QtWidgets.QApplication)):
    """Stands for the class of ``slicer.app``."""

    startupCompleted = QtCore.Signal()

    def __init__(self):
        super().__init__(["Slicer"])
        self.setApplicationName("Slicer")
        self.setApplicationVersion("{}.{}.0".format(*VERSION))
        self.is_testing = False
        """What ``testingEnabled()`` answers: False, for in testing mode Slicer shows no dialogs at all."""
        self.exit_codes: list[int] = []
        self.restart_count = 0
        self._temporary = tempfile.TemporaryDirectory(prefix="host-slicer-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self._keep_settings_here()
        self._user_settings = self._settings("Slicer.ini")
        self._revision_settings = self._settings("Slicer-revision.ini")
        self._render_pauses = 0
        self.mrml = SlicerApp()
        self._layout_manager = views.LayoutManager(self.mrml)
        self._subject_hierarchy = _SubjectHierarchy(self.mrml.scene)
        self._module_manager = _ModuleManager()

    def _keep_settings_here(self) -> None:
        """``qt.QSettings()`` must not touch those of whoever runs the tests."""
        ini = QtCore.QSettings.Format.IniFormat
        QtCore.QSettings.setDefaultFormat(ini)
        for scope in (QtCore.QSettings.Scope.UserScope, QtCore.QSettings.Scope.SystemScope):
            QtCore.QSettings.setPath(ini, scope, os.fspath(self._folder))
        self.setOrganizationName("host")

    def _settings(self, name: str) -> QtCore.QSettings:
        return class_of("QSettings")(os.fspath(self._folder / name), QtCore.QSettings.Format.IniFormat)

    def _read_temporary_path(self) -> str:
        return os.fspath(self._folder)

    def _read_home(self) -> str:
        return os.fspath(self._folder)

    def _read_major(self) -> int:
        return VERSION[0]

    def _read_minor(self) -> int:
        return VERSION[1]

    def _read_revision(self) -> str:
        return "host"

    temporaryPath = QtCore.Property(str, _read_temporary_path)
    slicerHome = QtCore.Property(str, _read_home)
    slicerUserSettingsFilePath = QtCore.Property(str, _read_home)
    majorVersion = QtCore.Property(int, _read_major)
    minorVersion = QtCore.Property(int, _read_minor)
    revision = QtCore.Property(str, _read_revision)

    def testingEnabled(self) -> bool:
        return self.is_testing

    def commandOptions(self):
        return SimpleNamespace(testingEnabled=self.is_testing, noMainWindow=False, runPythonAndExit=False)

    def applicationLogic(self):
        return self.mrml.app_logic

    def mrmlScene(self):
        return self.mrml.scene

    def layoutManager(self):
        return self._layout_manager

    def moduleManager(self):
        return self._module_manager

    def userSettings(self):
        return self._user_settings

    settings = userSettings

    def revisionUserSettings(self):
        return self._revision_settings

    def translate(self, _context: str, text: str) -> str:
        return text

    def pauseRender(self) -> None:
        self._render_pauses += 1

    def resumeRender(self) -> None:
        self._render_pauses -= 1

    def restart(self) -> None:
        self.restart_count += 1

    def exit(self, code: int = 0) -> None:
        self.exit_codes.append(code)

    quit = exit


class _SubjectHierarchy:
    """Gives each data node its item, which in Slicer the Qt part of the subject hierarchy does."""

    NODE_CLASSES = (
        "vtkMRMLDisplayableNode",
        "vtkMRMLTableNode",
        "vtkMRMLTextNode",
        "vtkMRMLPlotChartNode",
        "vtkMRMLSequenceNode",
    )

    def __init__(self, scene: slicer.vtkMRMLScene):
        self._scene = scene
        scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, self._receive(self._add))
        scene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._receive(self._remove))
        scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, lambda *_: self._node())
        self._node()

    @staticmethod
    def _receive(method):
        @vtk.calldata_type(vtk.VTK_OBJECT)
        def receive(_scene, _event, node):
            method(node)

        return receive

    def _node(self) -> slicer.vtkMRMLSubjectHierarchyNode:
        return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)

    def _add(self, node: slicer.vtkMRMLNode) -> None:
        if node.GetHideFromEditors() or self._scene.IsClosing():
            return
        tree = self._node()
        if any(node.IsA(name) for name in self.NODE_CLASSES) and not tree.GetItemByDataNode(node):
            tree.CreateItem(tree.GetSceneItemID(), node)

    def _remove(self, node: slicer.vtkMRMLNode) -> None:
        if self._scene.IsClosing() or node.IsA("vtkMRMLSubjectHierarchyNode"):
            return
        item = self._node().GetItemByDataNode(node)
        if item:
            self._node().RemoveItem(item, False, False)


def module_logics(mrml: SlicerApp) -> dict[str, vtk.vtkObject]:
    """The real logics of the application's own modules, by the modules' names."""
    return {
        "Markups": mrml.markups_logic._logic,
        "Segmentations": mrml.segmentations_logic,
        "Terminologies": mrml.terminologies_logic,
        "Volumes": mrml.volumes_logic,
        "SubjectHierarchy": mrml.subject_hierarchy_logic,
        "Data": mrml.data_logic,
        "Colors": mrml.color_logic,
        "Tables": mrml.register_module_logic(slicer.vtkSlicerTablesLogic()),
        "Transforms": mrml.register_module_logic(slicer.vtkSlicerTransformLogic()),
    }


def install() -> qSlicerApplication:
    """Start the application and complete the module ``slicer``; does nothing the second time."""
    if hasattr(slicer, "app"):
        return slicer.app
    QtCore.qInstallMessageHandler(_log_message)
    pythonqt.note_printed_errors()
    slicer.app = qSlicerApplication()
    slicer.app.setStyle("Fusion")
    slicer.mrmlScene = slicer.app.mrmlScene()
    slicer.modules = SimpleNamespace()
    slicer.dicomDatabase = dicom_database.DicomDatabase()
    slicer.selfTests = {}
    for name, logic in module_logics(slicer.app.mrml).items():
        setattr(slicer.modules, name.lower(), Module(name, logic))
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
        "slicer.i18n": i18n.make_module(),
        "SampleData": sample_data.make_module(),
    }
    sys.modules.update(stand_ins)
    for name, module in stand_ins.items():
        if name.startswith("slicer."):
            setattr(slicer, name.removeprefix("slicer."), module)
    slicer.util.pip_install = installing.pip_install


def _install_classes() -> None:
    qt = sys.modules["qt"]
    qt.QUiLoader = ui_loader.QUiLoader
    for widget_class in (message_boxes.QMessageBox, message_boxes.QInputDialog, message_boxes.QFileDialog):
        setattr(qt, widget_class.__name__, widget_class)
    mrml = (mrml_widgets.qMRMLWidget, mrml_widgets.qMRMLNodeComboBox)
    tables = (table_widgets.qMRMLTableView, table_widgets.qMRMLSegmentsTableView)
    modules = (scripted_module.qSlicerScriptedLoadableModule, scripted_module.qSlicerScriptedLoadableModuleWidget)
    for each in (*mrml, *tables, *modules):
        setattr(slicer, each.__name__, each)
    # A module's panel is in Slicer's own templates of the class qMRMLWidget or qSlicerWidget.
    slicer.qSlicerWidget = mrml_widgets.qMRMLWidget
    ui_loader.register(*mrml, *tables, ctk_widgets.ctkCollapsibleButton, ctk_widgets.ctkPathLineEdit)
    ui_loader.register_as("qSlicerWidget", mrml_widgets.qMRMLWidget)
