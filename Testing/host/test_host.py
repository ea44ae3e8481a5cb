"""The host itself: Slicer's manners, where the module could miss them."""

import sys
import time
from types import SimpleNamespace
from typing import Annotated

import numpy as np
import pytest
import qt
import slicer
import vtk
from PIL import Image


@pytest.fixture
def volume(clean_host):
    node = slicer.util.addVolumeFromArray(np.arange(60.0).reshape(3, 4, 5))
    node.SetName("spine")
    return node


@pytest.fixture
def selector(clean_host):
    """One that shows scalar volumes and no subclass of them, as the panel's does."""
    box = slicer.qMRMLNodeComboBox()
    box.nodeTypes, box.showChildNodeTypes = ["vtkMRMLScalarVolumeNode"], False
    box.setMRMLScene(slicer.mrmlScene)
    yield box
    box.setMRMLScene(None)


@pytest.fixture
def parameters(selector):
    """A parameter node whose volume is tied to the selector, and whose flag to a box."""
    from slicer.parameterNodeWrapper import Choice, parameterNodeWrapper

    class Parameters:
        volume: slicer.vtkMRMLScalarVolumeNode
        isFast: bool  # noqa: N815
        device: Annotated[str, Choice(["auto", "cpu"])] = "auto"

    parameters = parameterNodeWrapper(Parameters)(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    parameters.box = qt.QCheckBox("Fast")
    for widget, name in ((selector, "volume"), (parameters.box, "isFast")):
        widget.setProperty("SlicerParameterName", name)
    parameters.connectGui(SimpleNamespace(selector=selector, box=parameters.box))
    return parameters


@pytest.fixture
def ask(clean_host):
    """Show a message box with these buttons, given as standard buttons or as texts and roles."""

    def show(answer, *buttons, escape=None):
        box = qt.QMessageBox()
        made = {str(button): box.addButton(*button if isinstance(button, tuple) else (button,)) for button in buttons}
        if escape is not None:
            box.setEscapeButton(made[str(escape)])
        clean_host.dialogs.answer(answer)
        box.exec_()
        return box.clickedButton().text

    return show


def test_properties_are_attributes_and_are_refused_when_called(clean_host):
    label, button = qt.QLabel("one"), qt.QPushButton("press")
    label.setText(label.text + " two")
    assert label.text == "one two"
    assert button.enabled and button.isEnabled()
    for call in (lambda: label.text(), lambda: button.enabled()):
        with pytest.raises(TypeError, match="not callable"):
            call()


def test_attributes_that_a_widget_has_not_are_refused(clean_host):
    with pytest.raises(AttributeError, match="no attribute enabeld"):
        qt.QPushButton("press").enabeld = False


def test_signals_are_connected_by_signature(clean_host):
    got, button = [], qt.QPushButton("press")
    for signal in ("clicked()", "clicked(bool)"):
        button.connect(signal, lambda *arguments: got.append(arguments))
    button.click()
    assert sorted(got) == [(), (False,)]
    with pytest.raises(ValueError, match="no signal clicked\\(int\\)"):
        button.connect("clicked(int)", print)
    with pytest.raises(TypeError, match="named by a string"):
        button.connect(button.clicked, print)


def test_slots_are_given_no_more_than_they_take_until_they_are_disconnected(clean_host):
    got, box = [], qt.QCheckBox("box")
    box.connect("toggled(bool)", lambda: got.append("none"))
    box.connect("toggled(bool)", got.append)
    box.checked = True
    assert box.disconnect("toggled(bool)", got.append)
    assert not box.disconnect("toggled(bool)", got.append)
    box.checked = False
    assert got == ["none", True, "none"]


def test_paths_are_text(clean_host, tmp_path):
    with pytest.raises(ValueError, match="takes a string"):
        qt.QIcon(tmp_path / "icon.png")


def test_a_timer_is_a_single_shot_by_attribute_and_by_call(clean_host):
    got, timer = [], qt.QTimer()
    timer.singleShot = True
    timer.connect("timeout()", lambda: got.append("timer"))
    timer.start(1)
    qt.QTimer.singleShot(0, lambda: got.append("shot"))
    clean_host.wait_until(lambda: len(got) == 2, 5)
    assert not timer.active


def test_what_slots_and_observers_raise_is_noted(clean_host, volume):
    def fail(*_arguments):
        raise KeyError("failed")

    button = qt.QPushButton("press")
    button.connect("clicked()", fail)
    button.click()
    volume.AddObserver(vtk.vtkCommand.ModifiedEvent, fail)
    volume.Modified()
    assert [type(error) for error in clean_host.slot_errors] == [KeyError, KeyError]
    clean_host.slot_errors.clear()


def test_a_hidden_or_greyed_button_is_not_clicked(clean_host):
    button = qt.QPushButton("press")
    with pytest.raises(AssertionError, match="is hidden"):
        clean_host.click(button)
    button.visible, button.enabled = True, False
    with pytest.raises(AssertionError, match="is greyed"):
        clean_host.click(button)


def test_what_is_made_visible_in_a_closed_section_shows_when_it_is_opened(clean_host):
    import ctk

    section, label = ctk.ctkCollapsibleButton(), qt.QLabel("text")
    section.setLayout(qt.QVBoxLayout())
    section.layout().addWidget(label)
    label.visible = False
    section.collapsed = True
    label.visible = True
    assert not label.isVisibleTo(section)
    section.collapsed = False
    assert label.isVisibleTo(section)


def test_settings_are_the_hosts_own_and_forgotten(clean_host):
    qt.QSettings().setValue("key", 3)
    assert qt.QSettings().fileName().startswith(slicer.app.temporaryPath)
    assert slicer.util.settingsValue("key", 0, int) == 3
    clean_host.clear()
    assert slicer.util.settingsValue("key", 0, int) == 0


def test_selector_chooses_the_first_node_and_the_neighbour_of_one_that_goes(selector):
    first, second = (slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("a", "b"))
    assert selector.currentNode() is first
    slicer.mrmlScene.RemoveNode(first)
    assert selector.currentNode() is second


def test_selector_is_told_of_a_new_name(selector, volume):
    got = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", got.append)
    volume.SetName("renamed")
    assert got == [volume]


def test_parameters_and_widgets_keep_in_step(parameters, selector, volume):
    assert parameters.volume is volume
    parameters.box.checked = True
    assert parameters.isFast
    parameters.isFast = False
    assert not parameters.box.checked
    slicer.mrmlScene.RemoveNode(volume)
    assert parameters.volume is None and selector.currentNode() is None


def test_a_label_map_stays_the_parameter_though_the_selector_shows_none(parameters, selector, volume):
    label_map = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    parameters.volume = label_map
    assert selector.currentNode() is None
    assert parameters.volume is label_map
    selector.setCurrentNode(volume)
    assert parameters.volume is volume


def test_a_layout_of_the_modules_own_maps_its_views_and_outlives_the_scene(clean_host):
    manager, got = slicer.app.layoutManager(), []
    view = '<view class="vtkMRMLSliceNode" singletontag="{}"/>'
    description = (
        f'<layout type="horizontal"><item>{view.format("Yellow")}</item><item>{view.format("Own")}</item></layout>'
    )
    manager.layoutLogic().GetLayoutNode().AddLayoutDescription(4711, description)
    manager.connect("layoutChanged(int)", got.append)
    manager.setLayout(4711)
    assert got == [4711]
    slicer.mrmlScene.Clear(0)
    assert manager.layout == 4711
    names = [n for n in manager.sliceViewNames() if manager.sliceWidget(n).mrmlSliceNode().IsMappedInLayout()]
    assert sorted(names) == ["Own", "Yellow"]
    manager.disconnect("layoutChanged(int)", got.append)


def test_dialogs_are_answered_and_written_down(clean_host):
    clean_host.dialogs.answer(True, "No")
    assert slicer.util.confirmOkCancelDisplay("Go on?", "Title")
    assert not slicer.util.confirmYesNoDisplay("Sure?")
    slicer.util.errorDisplay("It failed.", detailedText="why")
    shown = [(dialog.kind, dialog.text, dialog.answer) for dialog in clean_host.dialogs.shown]
    assert shown == [("question", "Go on?", "OK"), ("question", "Sure?", "No"), ("error", "It failed.", "OK")]
    assert (clean_host.dialogs.shown[0].title, clean_host.dialogs.shown[2].detailed_text) == ("Title", "why")


@pytest.mark.parametrize("confirm", ["confirmOkCancelDisplay", "confirmYesNoDisplay", "confirmRetryCloseDisplay"])
def test_escape_declines(clean_host, confirm):
    clean_host.dialogs.answer(clean_host.ESCAPE)
    assert not getattr(slicer.util, confirm)("Sure?")


def test_escape_stands_for_the_rejecting_button_or_the_one_that_was_set(ask, clean_host):
    keep, stop = ("Keep", qt.QMessageBox.AcceptRole), ("Stop", qt.QMessageBox.RejectRole)
    assert ask("Keep", keep, stop) == "Keep"
    assert ask(clean_host.ESCAPE, keep, stop) == "Stop"
    assert ask(clean_host.ESCAPE, keep, stop, escape=keep) == "Keep"


def test_escape_that_stands_for_nothing_is_an_error(ask, clean_host):
    with pytest.raises(RuntimeError, match="no button that Escape stands for"):
        ask(clean_host.ESCAPE, ("Keep", qt.QMessageBox.AcceptRole), ("Replace", qt.QMessageBox.DestructiveRole))


def test_a_module_that_is_selected_again_is_not_entered_again(clean_host, tmp_path):
    (tmp_path / "Small.py").write_text(
        "from slicer.ScriptedLoadableModule import *\n\nentered = []\n\n\n"
        "class Small(ScriptedLoadableModule):\n    pass\n\n\n"
        "class SmallWidget(ScriptedLoadableModuleWidget):\n    def enter(self):\n        entered.append(self)\n"
    )
    panel = clean_host.load_module(tmp_path / "Small.py")
    slicer.util.selectModule("Small")
    assert sys.modules["Small"].entered == [panel]


def test_block_meter_sees_a_pause(clean_host):
    with clean_host.GuiBlockMeter() as meter:
        time.sleep(0.1)
    assert meter.longest_ms >= 100


def test_screenshot_shows_panel_and_slice_and_leaves_the_view_as_it_was(clean_host, volume, tmp_path):
    volume.CreateDefaultDisplayNodes()
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    view = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceNode()
    before = slicer.util.arrayFromVTKMatrix(view.GetSliceToRAS()).tolist(), view.GetFieldOfView(), view.GetDimensions()
    picture = Image.open(clean_host.screenshot(qt.QCheckBox("Fast"), tmp_path / "panel.png", width=200))
    pixels = np.asarray(picture)
    assert pixels[:, :200].std() > 5 and pixels[:, 200:].std() > 5
    after = slicer.util.arrayFromVTKMatrix(view.GetSliceToRAS()).tolist(), view.GetFieldOfView(), view.GetDimensions()
    assert after == before


def test_new_style_connections_are_found_in_sources(clean_host, tmp_path):
    file = tmp_path / "code.py"
    file.write_text("import PySide6\nb.clicked.connect(f)\nb.connect('clicked()', f)\nb.connect('clicked', f)\n")
    assert clean_host.connections_without_signature(file) == ["2: b.clicked.connect(f)", "4: b.connect('clicked', f)"]
    assert clean_host.pyside_imports(file) == ["1: import PySide6"]
