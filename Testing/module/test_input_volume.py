"""Which volume the panel takes, and what it offers to whoever has none."""

import re
from pathlib import Path

import pytest
import slicer

from CCFNetCore.phantom import phantom_volume

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def volume_node(clean_host):
    """A volume that no slice view shows."""
    from CCFNetSlicerLib.scene import add_volume

    return lambda seed=7: add_volume(slicer.mrmlScene, phantom_volume(seed))


@pytest.fixture
def panel_of_scene(clean_host, request):
    """Open the panel on what the scene holds by then."""
    return lambda: request.getfixturevalue("panel")


def add_other_kinds():
    for class_name in ("vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode"):
        slicer.mrmlScene.AddNewNodeByClass(class_name)


def show_in(layer, node):
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    getattr(composite, f"Set{layer}VolumeID")(node.GetID())


def test_label_map_and_colours_are_no_input(panel_of_scene):
    add_other_kinds()
    panel = panel_of_scene()
    assert panel._parameterNode.inputVolume is None
    assert panel.ui.fitLabel.text == "Choose a lumbar spine MR volume."


def test_volume_behind_a_label_map_is_chosen(panel_of_scene, volume_node):
    add_other_kinds()
    node = volume_node()
    panel = panel_of_scene()
    assert panel.ui.inputVolumeSelector.currentNode() is panel._parameterNode.inputVolume is node


def test_hidden_volume_is_not_chosen(panel_of_scene, volume_node):
    volume_node().SetHideFromEditors(True)
    shown = volume_node()
    assert panel_of_scene()._parameterNode.inputVolume is shown


@pytest.mark.parametrize("layer", ["Background", "Foreground"])
def test_volume_in_the_views_is_chosen_before_the_first_one(panel_of_scene, volume_node, layer):
    volume_node()
    show_in(layer, shown := volume_node())
    assert panel_of_scene()._parameterNode.inputVolume is shown


def test_label_map_in_the_views_is_passed_over(panel_of_scene, volume_node):
    node = volume_node()
    show_in("Background", slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode"))
    assert panel_of_scene()._parameterNode.inputVolume is node


def test_label_map_set_from_elsewhere_is_no_input(panel):
    panel._parameterNode.inputVolume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    assert panel.ui.fitLabel.text == "Choose a lumbar spine MR volume."


def test_another_volume_in_the_views_does_not_change_the_choice(panel_of_scene, volume_node, clean_host):
    first = volume_node()
    panel = panel_of_scene()
    show_in("Background", volume_node())
    panel.enter()
    assert panel._parameterNode.inputVolume is first


def test_volume_that_comes_to_the_open_panel_is_chosen(panel, volume_node, clean_host):
    node = volume_node()
    clean_host.wait_until(lambda: panel._parameterNode.inputVolume is node, 5)


def test_none_stays_chosen_when_the_panel_is_entered_again(panel_of_scene, volume_node):
    volume_node()
    panel = panel_of_scene()
    panel.ui.inputVolumeSelector.setCurrentNode(None)
    panel.enter()
    assert panel._parameterNode.inputVolume is None


def test_after_the_scene_was_closed_a_volume_is_chosen_anew(panel_of_scene, volume_node, clean_host):
    volume_node()
    panel = panel_of_scene()
    panel.ui.inputVolumeSelector.setCurrentNode(None)
    slicer.mrmlScene.Clear(0)
    node = volume_node()
    clean_host.wait_until(lambda: panel._parameterNode.inputVolume is node, 5)


def test_example_is_one_click_for_whoever_has_no_volume(panel, clean_host):
    clean_host.click(panel.ui.exampleButton)
    assert panel._parameterNode.inputVolume.GetName() == "CCFNetPhantom T2"
    assert panel.ui.applyButton.enabled


def test_example_is_offered_only_where_no_volume_can_be_chosen(panel, volume_node, clean_host):
    add_other_kinds()
    button = panel.ui.exampleButton
    assert button.isVisibleTo(button.window())
    node = volume_node()
    clean_host.wait_until(lambda: not button.isVisibleTo(button.window()), 5)
    slicer.mrmlScene.RemoveNode(node)
    clean_host.wait_until(lambda: button.isVisibleTo(button.window()), 5)


def test_help_leads_to_the_page_of_the_project(panel):
    homepage = re.search(r'EXTENSION_HOMEPAGE "(.+?)"', (ROOT / "CMakeLists.txt").read_text())[1]
    assert f'href="{homepage}"' in slicer.modules.ccfnetslicer.helpText


def test_modules_whose_logic_is_used_are_named_as_dependencies(panel):
    sources = "".join(file.read_text() for file in (ROOT / "CCFNetSlicer").rglob("*.py"))
    used = set(re.findall(r"slicer\.modules\.(\w+)\.logic", sources))
    assert used
    assert used <= {name.lower() for name in slicer.modules.ccfnetslicer.dependencies}
