"""The host itself, tried on a small module that is written as one for Slicer."""

import time

import numpy as np
import pytest
import slicer
import vtk
from PIL import Image

from host import sample_module


@pytest.fixture
def module_file(tmp_path):
    panel = tmp_path / "Sample" / "Resources" / "UI" / "Sample.ui"
    panel.parent.mkdir(parents=True)
    panel.write_text(sample_module.PANEL)
    file = tmp_path / "Sample" / "Sample.py"
    file.write_text(sample_module.CODE)
    return file


@pytest.fixture
def panel(clean_host, module_file):
    return clean_host.load_module(module_file)


@pytest.fixture
def volume():
    node = slicer.util.addVolumeFromArray(np.arange(60.0).reshape(3, 4, 5))
    node.SetName("spine")
    node.CreateDefaultDisplayNodes()
    return node


def test_module_is_loaded_as_slicer_does(panel, clean_host):
    assert slicer.modules.sample.title == "Sample"
    assert slicer.modules.SampleWidget is panel
    assert slicer.util.getModuleWidget("Sample") is panel
    assert slicer.util.getModuleLogic("Sample") is panel.logic
    assert slicer.util.modulePath("Sample").endswith("Sample.py")
    assert panel.calls == ["enter"]
    # The host's application has started up with modules of other tests too.
    assert clean_host.sample_data_sources[-1]["sampleName"] == "One"
    assert "Sample" in clean_host.translated


def test_module_is_left_and_unloaded(panel, clean_host):
    clean_host.close()
    assert panel.calls == ["enter", "exit", "cleanup"]
    assert not hasattr(slicer.modules, "sample")


def test_code_is_imported_once(clean_host, module_file):
    import sys

    clean_host.load_module(module_file)
    code = sys.modules["Sample"]
    clean_host.close()
    panel = clean_host.load_module(module_file)
    assert sys.modules["Sample"] is code and panel.calls == ["enter"]


def test_a_module_that_imports_qt_speaks_pythonqt(clean_host, tmp_path, monkeypatch):
    (tmp_path / "speaker.py").write_text("import qt\n\n\ndef text_of(label):\n    return label.text\n")
    monkeypatch.syspath_prepend(tmp_path)
    import qt
    import speaker

    assert speaker.text_of(qt.QLabel("a")) == "a"


def test_selftest_runs(panel):
    slicer.selfTests["Sample"]()
    assert slicer.modules.SampleInstance.tested


def test_button_does_what_it_says(panel, clean_host, volume):
    panel.ui.inputSelector.setCurrentNode(volume)
    clean_host.click(panel.ui.applyButton)
    assert panel.ui.statusLabel.text == "Read spine"


def test_a_greyed_button_is_not_clicked(panel, clean_host):
    panel.ui.applyButton.enabled = False
    with pytest.raises(AssertionError, match="applyButton is greyed"):
        clean_host.click(panel.ui.applyButton)


def test_an_exception_in_a_slot_is_shown_and_noted(panel, clean_host):
    clean_host.click(panel.ui.applyButton)
    assert clean_host.dialogs.texts("error") == ["It failed.\n\nno volume"]
    assert "RuntimeError" in clean_host.dialogs.shown[0].detailed_text
    assert [str(error) for error in clean_host.slot_errors] == ["no volume"]
    clean_host.slot_errors.clear()


def test_an_exception_in_an_observer_is_noted(clean_host, volume):
    def fail(caller, event):
        raise KeyError("observer")

    volume.AddObserver(vtk.vtkCommand.ModifiedEvent, fail)
    volume.Modified()
    assert [type(error) for error in clean_host.slot_errors] == [KeyError]
    clean_host.slot_errors.clear()


def test_properties_are_attributes_and_are_refused_when_called(panel):
    label, button = panel.ui.statusLabel, panel.ui.applyButton
    label.text = "one"
    label.setText(label.text + " two")
    assert label.text == "one two"
    assert button.enabled and button.isEnabled() and not button.isHidden()
    assert panel.ui.progressBar.value == -1 and panel.ui.deviceBox.currentText == "auto"
    for call in (lambda: label.text(), lambda: button.enabled(), lambda: panel.ui.deviceBox.currentIndex()):
        with pytest.raises(TypeError, match="not callable"):
            call()


def test_attributes_that_a_widget_has_not_are_refused(panel):
    with pytest.raises(AttributeError, match="no attribute enabeld"):
        panel.ui.applyButton.enabeld = False


def test_signals_are_connected_by_signature(panel):
    got = []
    button = panel.ui.applyButton
    button.disconnect("clicked(bool)", panel.onApply)
    for signal in ("clicked()", "clicked(bool)"):
        button.connect(signal, lambda *arguments: got.append(arguments))
    button.click()
    assert sorted(got) == [(), (False,)]
    with pytest.raises(ValueError, match="no signal clicked\\(int\\)"):
        button.connect("clicked(int)", print)
    with pytest.raises(TypeError, match="named by a string"):
        button.connect(button.clicked, print)


def test_slots_are_given_no_more_than_they_take(clean_host):
    import qt

    got = []
    box = qt.QCheckBox("box")
    box.connect("toggled(bool)", lambda: got.append("none"))
    box.connect("toggled(bool)", lambda checked: got.append(checked))
    box.checked = True
    assert got == ["none", True]


def test_disconnected_slots_are_not_called(clean_host):
    import qt

    got = []
    box = qt.QCheckBox("box")
    box.connect("toggled(bool)", got.append)
    assert box.disconnect("toggled(bool)", got.append)
    assert not box.disconnect("toggled(bool)", got.append)
    box.checked = True
    assert got == []


def test_paths_are_text(clean_host, tmp_path):
    import qt

    with pytest.raises(ValueError, match="takes a string"):
        qt.QIcon(tmp_path / "icon.png")
    assert qt.QFile(str(tmp_path)).exists()


def test_is_instance_asks_qt(panel):
    import qt

    assert isinstance(panel.ui.applyButton, qt.QWidget)
    assert type(panel.ui.applyButton) is qt.QPushButton
    assert not isinstance(panel.ui.applyButton, qt.QLabel)
    assert panel.ui.tableView.className() == "qMRMLTableView"


def test_timers(clean_host):
    import qt

    got = []
    timer = qt.QTimer()
    timer.interval, timer.singleShot = 1, True
    timer.connect("timeout()", lambda: got.append("timer"))
    timer.start()
    assert timer.active and timer.singleShot
    qt.QTimer.singleShot(0, lambda: got.append("shot"))
    clean_host.wait_until(lambda: len(got) == 2, 5)
    assert not timer.active


def test_collapsible_button_hides_its_contents(panel):
    button = panel.ui.inputs
    heights, got = [button.height], []
    button.connect("contentsCollapsed(bool)", got.append)
    button.collapsed = True
    slicer.app.processEvents()
    heights.append(button.height)
    assert button.collapsed and not button.checked and not panel.ui.fastBox.visible and heights[1] < heights[0]
    button.collapsed = False
    assert panel.ui.fastBox.visible and got == [True, False]


def test_what_is_made_visible_in_a_closed_section_shows_when_it_is_opened(panel):
    button, box = panel.ui.inputs, panel.ui.fastBox
    box.visible = False
    button.collapsed = True
    box.visible = True
    assert not box.visible
    button.collapsed = False
    assert box.visible


def test_settings_are_the_hosts_own(clean_host):
    import qt

    settings = qt.QSettings()
    settings.setValue("key", 3)
    assert settings.fileName().startswith(slicer.app.temporaryPath)
    assert slicer.util.settingsValue("key", 0, int) == 3


def test_node_box_follows_the_scene(panel, volume):
    box, got = panel.ui.inputSelector, []
    box.connect("currentNodeChanged(vtkMRMLNode*)", got.append)
    assert box.nodeTypes == ["vtkMRMLScalarVolumeNode"] and not box.addEnabled
    assert box.nodeCount() == 1 and box.currentNode() is None
    box.setCurrentNode(volume)
    assert box.currentNodeID == volume.GetID()
    volume.SetName("renamed")
    shown = box.findChild("QComboBox")
    assert shown.currentText == "renamed"
    slicer.mrmlScene.RemoveNode(volume)
    assert box.currentNode() is None and box.nodeCount() == 0 and got == [volume, None]


def test_node_box_chooses_by_itself_where_none_is_not_allowed(clean_host, volume):
    box = slicer.qMRMLNodeComboBox()
    box.nodeTypes = ["vtkMRMLVolumeNode"]
    box.setMRMLScene(slicer.mrmlScene)
    assert box.currentNode() is volume
    box.showChildNodeTypes = False
    assert box.nodeCount() == 0


def test_parameter_node_and_widgets_keep_in_step(panel, volume):
    parameters = panel.parameterNode
    assert (parameters.device, parameters.count, parameters.isFast, parameters.volume) == ("auto", 3, False, None)
    panel.ui.fastBox.checked = True
    panel.ui.deviceBox.currentIndex = 1
    panel.ui.countBox.value = 5
    panel.ui.inputSelector.setCurrentNode(volume)
    assert (parameters.device, parameters.count, parameters.isFast) == ("cpu", 5, True)
    assert parameters.volume is volume and parameters.parameterNode.GetNodeReferenceID("volume") == volume.GetID()
    parameters.isFast, parameters.count, parameters.volume = False, 7, None
    assert not panel.ui.fastBox.checked and panel.ui.countBox.value == 7
    assert panel.ui.inputSelector.currentNode() is None


def test_parameter_node_refuses_wrong_values(panel, volume):
    parameters = panel.parameterNode
    for name, value, error in (
        ("device", "gpu", ValueError),
        ("count", 10, ValueError),
        ("isFast", 1, TypeError),
        ("volume", slicer.vtkMRMLTableNode(), TypeError),
    ):
        with pytest.raises(error):
            setattr(parameters, name, value)


def test_only_mappings_are_disconnected_by_tag(panel):
    parameters = panel.parameterNode
    assert parameters.connectGui(panel.ui) is None
    other = type(parameters)(slicer.mrmlScene.AddNode(slicer.vtkMRMLScriptedModuleNode()))
    tag = other.connectParametersToGui({"isFast": panel.ui.fastBox})
    panel.ui.fastBox.checked = True
    other.disconnectGui(tag)
    panel.ui.fastBox.checked = False
    assert other.isFast and not parameters.isFast


def test_closing_the_scene_starts_anew(panel, volume):
    panel.ui.fastBox.checked = True
    panel.ui.inputSelector.setCurrentNode(volume)
    slicer.mrmlScene.Clear(0)
    assert panel.calls == ["enter", "start close", "end close"]
    assert panel.ui.inputSelector.currentNode() is None
    assert not panel.ui.fastBox.checked and panel.parameterNode.count == 3
    assert slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def test_table_view_is_live(panel):
    import qt

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(node, [np.array([1.5, 2.0])], ["score"])
    node.SetColumnTitle("score", "Score [1]")
    view, got = panel.ui.tableView, []
    view.connect("selectionChanged()", lambda: got.append(1))
    view.setMRMLTableNode(node)
    # The first row is that of the titles until it is locked, as the .ui file cannot do before there is a node.
    assert not view.firstRowLocked and _texts(view.model()) == ["Score [1]", "1.5", "2"]
    view.firstRowLocked = True
    assert node.GetUseColumnTitleAsColumnHeader() and _texts(view.model()) == ["1.5", "2"]
    assert view.model().headerData(0, qt.Qt.Horizontal) == "Score [1]"
    slicer.util.arrayFromTableColumn(node, "score")[0] = 9
    slicer.util.arrayFromTableColumnModified(node, "score")
    assert _texts(view.model()) == ["9", "2"]
    count = len(got)
    view.selectRow(1)
    assert len(got) == count + 1 and view.currentIndex().row() == 1
    node.Modified()
    assert len(got) == count + 1 and [index.row() for index in view.selectionModel().selectedRows()] == [1]
    view.setMRMLTableNode(None)
    assert _texts(view.model()) == []


def _texts(model):
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_segments_view(panel):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.CreateDefaultDisplayNodes()
    ids = [node.GetSegmentation().AddEmptySegment(name, name, [1, 0, 0]) for name in ("L1", "L2")]
    view = panel.ui.segmentsView
    view.setSegmentationNode(node)
    table = view.tableWidget()
    assert [table.item(row, 3).text() for row in range(table.rowCount)] == ["L1", "L2"]
    assert view.readOnly and not view.opacityColumnVisible and table.isColumnHidden(2)
    assert table.item(0, 1).background().color().name() == "#ff0000"
    view.setSelectedSegmentIDs([ids[1]])
    assert view.selectedSegmentIDs() == (ids[1],)
    node.GetDisplayNode().SetSegmentVisibility(ids[0], False)
    node.GetSegmentation().GetSegment(ids[0]).SetName("T12")
    assert (table.item(0, 0).text(), table.item(0, 3).text()) == ("○", "T12")
    node.GetSegmentation().RemoveSegment(ids[0])
    assert view.displayedSegmentIDs() == (ids[1],)


def test_subject_hierarchy_has_an_item_for_each_data_node(clean_host, volume):
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = tree.GetItemByDataNode(volume)
    assert tree.GetItemName(item) == "spine" and tree.GetNumberOfItems() == 1
    slicer.mrmlScene.RemoveNode(volume)
    assert tree.GetNumberOfItems() == 0


def test_slices_jump_to_a_point(clean_host):
    points = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    points.AddControlPoint(10, 20, 30)
    slicer.modules.markups.logic().JumpSlicesToNthPointInMarkup(points.GetID(), 0, True)
    node = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceNode()
    assert node.GetOrientation() == "Sagittal"
    assert slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())[:3, 3].tolist() == [10, 20, 30]


def test_slice_views_show_a_volume(clean_host, volume):
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    widget = slicer.app.layoutManager().sliceWidget("Red")
    assert widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
    assert widget.sliceLogic().GetBackgroundLayer().GetVolumeNode() is volume
    slicer.util.resetSliceViews()


def test_dialogs_are_written_down_and_answered(clean_host):
    import qt

    assert not slicer.util.confirmYesNoDisplay("Unanswered?")
    clean_host.dialogs.answer(True, False, "Show files")
    assert slicer.util.confirmOkCancelDisplay("Go on?", "Title")
    assert qt.QMessageBox.question(None, "title", "Sure?", qt.QMessageBox.Yes | qt.QMessageBox.No) == qt.QMessageBox.No
    box = qt.QMessageBox()
    box.text = "Written."
    files = box.addButton("Show files", qt.QMessageBox.ActionRole)
    box.exec_()
    assert box.clickedButton() == files
    slicer.util.infoDisplay("Done.")
    kinds = [dialog.kind for dialog in clean_host.dialogs.shown]
    assert kinds == ["question", "question", "question", "message", "info"]
    assert clean_host.dialogs.shown[1].title == "Title"


def test_in_testing_mode_there_are_no_dialogs(clean_host):
    slicer.app.is_testing = True
    slicer.util.errorDisplay("bad")
    assert clean_host.dialogs.shown == []


def test_process_round_trip(panel, clean_host):
    ends = []
    with clean_host.GuiBlockMeter() as meter:
        panel.logic.run("abc", lambda code, status: ends.append((code, status)))
        clean_host.wait_until(lambda: ends, 30)
    assert panel.logic.output.strip() == b"ABC" and ends[0][0] == 0
    assert meter.longest_ms < 5000


def test_block_meter_sees_a_pause(clean_host):
    with clean_host.GuiBlockMeter() as meter:
        time.sleep(0.1)
    assert meter.longest_ms >= 100


def test_waiting_ends(clean_host):
    with pytest.raises(TimeoutError):
        clean_host.wait_until(lambda: False, 0.05)


def test_packages_are_looked_for_and_not_installed(clean_host, tmp_path):
    import subprocess

    file = tmp_path / "requirements.txt"
    file.write_text("# needed\nnumpy>=1.0\nPillow>=1.0\n-r other.txt\n")
    requirements = slicer.packaging.load_requirements(file)
    assert slicer.packaging.pip_check(requirements) and not slicer.packaging.pip_check("numpy>=999")
    clean_host.packages.pretend_missing("pillow")
    with pytest.raises(RuntimeError, match="declined"):
        slicer.packaging.pip_ensure(requirements, requester="Sample")
    clean_host.packages.outcome = clean_host.FAILED
    clean_host.dialogs.answer(True)
    with pytest.raises(subprocess.CalledProcessError):
        slicer.packaging.pip_ensure(requirements, requester="Sample")
    clean_host.packages.outcome = clean_host.INSTALLED
    clean_host.dialogs.answer(True)
    slicer.packaging.pip_ensure(requirements, requester="Sample")
    slicer.packaging.pip_ensure(requirements, requester="Sample")
    assert [call.requirements for call in clean_host.packages.calls] == [["Pillow>=1.0"]] * 2
    assert len(clean_host.dialogs.shown) == 3


def test_screenshot_shows_panel_and_slice(panel, clean_host, volume, tmp_path):
    panel.ui.inputSelector.setCurrentNode(volume)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    node = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceNode()
    before = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS()), node.GetFieldOfView(), node.GetDimensions()
    picture = Image.open(clean_host.screenshot(None, tmp_path / "panel.png", width=400))
    assert picture.width == 400 + picture.height
    pixels = np.asarray(picture)
    assert pixels[:, :400].std() > 5 and pixels[:, 400:].std() > 5
    after = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS()), node.GetFieldOfView(), node.GetDimensions()
    assert np.array_equal(before[0], after[0]) and before[1:] == after[1:]
    assert slicer.app.applicationLogic().GetSliceLogics().GetNumberOfItems() == 3


def test_new_style_connections_are_found_in_sources(clean_host, tmp_path):
    file = tmp_path / "code.py"
    file.write_text("import PySide6\nb.clicked.connect(f)\nb.connect('clicked()', f)\nb.connect('clicked', f)\n")
    assert clean_host.connections_without_signature(file) == ["2: b.clicked.connect(f)", "4: b.connect('clicked', f)"]
    assert clean_host.pyside_imports(file) == ["1: import PySide6"]


def test_observers_of_the_mixin(clean_host, volume):
    got = []
    mixin = slicer.util.VTKObservationMixin()
    mixin.addObserver(volume, vtk.vtkCommand.ModifiedEvent, lambda caller, event: got.append(caller))
    with slicer.util.NodeModify(volume):
        volume.Modified()
        volume.Modified()
    assert got == [volume]
    mixin.removeObservers()
