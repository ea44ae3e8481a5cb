"""A small scripted module with a ``.ui`` file, to try the host on; written as one for Slicer."""

CODE = """
import sys
from typing import Annotated

import ctk
import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import *
from slicer.util import VTKObservationMixin


class Sample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Sample")
        self.parent.categories = ["Examples"]
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData():
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Sample", sampleName="One", uris=["u"])


@parameterNodeWrapper
class SampleParameterNode:
    volume: slicer.vtkMRMLScalarVolumeNode
    other: slicer.vtkMRMLScalarVolumeNode | None
    isFast: bool
    device: Annotated[str, Choice(["auto", "cpu"])] = "auto"
    count: Annotated[int, WithinRange(0, 9), Default(3)]


class SampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.calls = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        widget = slicer.util.loadUI(self.resourcePath("UI/Sample.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = SampleLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.initialize()

    def initialize(self):
        self.parameterNode = SampleParameterNode(self.logic.getParameterNode())
        self.parameterNode.connectGui(self.ui)

    def enter(self):
        self.calls.append("enter")

    def exit(self):
        self.calls.append("exit")

    def cleanup(self):
        self.calls.append("cleanup")
        self.removeObservers()

    def onSceneStartClose(self, caller, event):
        self.calls.append("start close")
        self.parameterNode = None

    def onSceneEndClose(self, caller, event):
        self.calls.append("end close")
        self.initialize()

    def onApply(self):
        with slicer.util.tryWithErrorDisplay(_("It failed.")):
            node = self.ui.inputSelector.currentNode()
            if node is None:
                raise RuntimeError("no volume")
            self.ui.statusLabel.text = _("Read {name}").format(name=node.GetName())
            self.ui.statusLabel.toolTip = "done"


class SampleLogic(ScriptedLoadableModuleLogic):
    def run(self, text, finished):
        self.output = b""
        self.process = qt.QProcess()
        self.process.connect("readyReadStandardOutput()", self.onOutput)
        self.process.connect("finished(int,QProcess::ExitStatus)", finished)
        self.process.start(sys.executable, ["-c", "print(input().upper())"])
        self.process.write(text.encode() + b"\\n")

    def onOutput(self):
        self.output += self.process.readAllStandardOutput().data()


class SampleTest(ScriptedLoadableModuleTest):
    def runTest(self):
        self.delayDisplay("tested", 1000)
        slicer.modules.SampleInstance.tested = True
"""

PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0">
 <class>Sample</class>
 <widget class="qMRMLWidget" name="Sample">
  <layout class="QVBoxLayout" name="verticalLayout">
   <item>
    <widget class="ctkCollapsibleButton" name="inputs">
     <property name="text"><string>Inputs</string></property>
     <layout class="QFormLayout" name="form">
      <item row="0" column="0"><widget class="QLabel" name="inputLabel">
       <property name="text"><string>Volume:</string></property></widget></item>
      <item row="0" column="1"><widget class="qMRMLNodeComboBox" name="inputSelector">
       <property name="nodeTypes"><stringlist>
        <string>vtkMRMLScalarVolumeNode</string></stringlist></property>
       <property name="noneEnabled"><bool>true</bool></property>
       <property name="addEnabled"><bool>false</bool></property>
       <property name="SlicerParameterName" stdset="0"><string notr="true">volume</string></property></widget></item>
      <item row="1" column="1"><widget class="QCheckBox" name="fastBox">
       <property name="text"><string>Fast</string></property>
       <property name="SlicerParameterName" stdset="0"><string notr="true">isFast</string></property></widget></item>
      <item row="2" column="1"><widget class="QComboBox" name="deviceBox">
       <property name="SlicerParameterName" stdset="0"><string notr="true">device</string></property></widget></item>
      <item row="3" column="1"><widget class="QSpinBox" name="countBox">
       <property name="SlicerParameterName" stdset="0"><string notr="true">count</string></property></widget></item>
     </layout>
    </widget>
   </item>
   <item><widget class="QPushButton" name="applyButton">
    <property name="text"><string>Apply</string></property></widget></item>
   <item><widget class="QProgressBar" name="progressBar"/></item>
   <item><widget class="QLabel" name="statusLabel"/></item>
   <item><widget class="qMRMLTableView" name="tableView">
    <property name="firstRowLocked"><bool>true</bool></property></widget></item>
   <item><widget class="qMRMLSegmentsTableView" name="segmentsView">
    <property name="readOnly"><bool>true</bool></property>
    <property name="opacityColumnVisible"><bool>false</bool></property></widget></item>
  </layout>
 </widget>
 <customwidgets>
  <customwidget><class>ctkCollapsibleButton</class><extends>QWidget</extends>
   <header>ctkCollapsibleButton.h</header><container>1</container></customwidget>
  <customwidget><class>qMRMLNodeComboBox</class><extends>QWidget</extends>
   <header>qMRMLNodeComboBox.h</header></customwidget>
  <customwidget><class>qMRMLTableView</class><extends>QTableView</extends>
   <header>qMRMLTableView.h</header></customwidget>
  <customwidget><class>qMRMLSegmentsTableView</class><extends>qMRMLWidget</extends>
   <header>qMRMLSegmentsTableView.h</header></customwidget>
  <customwidget><class>qMRMLWidget</class><extends>QWidget</extends>
   <header>qMRMLWidget.h</header><container>1</container></customwidget>
 </customwidgets>
 <connections>
  <connection><sender>Sample</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>inputSelector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
  <connection><sender>Sample</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>tableView</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
  <connection><sender>Sample</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>segmentsView</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
 </connections>
</ui>
"""
