"""The points of a result: which list each stands in, and what is changed when the result changes."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
from CCFNetSlicerLib.corrections import removed
from CCFNetSlicerLib.point_lists import PointLists
from CCFNetSlicerLib.scene import COLOURS, UNCERTAIN_MARK, add_table, add_volume, structure_positions_ras_mm

from CCFNetCore import anatomy


@pytest.fixture
def lists(scene, result):
    point_lists = PointLists(add_table(scene, result))
    point_lists.fill(result)
    return point_lists


def labels(node):
    return [node.GetNthControlPointLabel(index) for index in range(node.GetNumberOfControlPoints())]


def read_as(result, labels_by_name):
    structures = [replace(s, label=labels_by_name.get(s.name, s.label)) for s in result.structures]
    return replace(result, structures=tuple(structures))


def test_each_point_stands_in_the_list_of_its_reading(lists):
    assert labels(lists.of("abnormal")) == ["L2-L3", "L5"]
    assert labels(lists.of("normal")) == ["L1 ?", "L1-L2", "L2", "L3", "L3-L4", "L4", "L4-L5", "L5-S1"]


def test_a_list_has_its_readings_colour_whatever_is_selected(lists):
    for reading in ("normal", "abnormal"):
        display = lists.of(reading).GetDisplayNode()
        assert display.GetColor() == display.GetSelectedColor() == pytest.approx(COLOURS[reading])


def test_points_are_in_ras(lists, result):
    places = structure_positions_ras_mm(result)
    for name, place in lists.places_ras_mm():
        np.testing.assert_allclose(place, places[name], atol=1e-9)
    for structure in result.structures:
        if structure.position_lps_mm:
            np.testing.assert_allclose(places[structure.name], structure.position_lps_mm * np.array([-1, -1, 1]))


def test_structure_outside_the_picture_has_no_point(lists):
    assert lists.find("T12-L1") is None


def test_uncertain_point_is_marked_in_its_label(lists):
    node, index = lists.find("L1")
    assert node.GetNthControlPointLabel(index) == "L1" + UNCERTAIN_MARK


def test_description_says_the_reading(lists):
    node, index = lists.find("L5")
    assert node.GetNthControlPointDescription(index) == "abnormal, probability 0.83, confidence 0.91, found"


def test_points_can_be_dragged(lists):
    for node in lists:
        assert not node.GetLocked()
        assert not any(node.GetNthControlPointLocked(index) for index in range(node.GetNumberOfControlPoints()))


def test_points_without_millimetres_take_their_place_from_the_volume(scene, volume, result, lists):
    bare = replace(result, structures=tuple(replace(s, position_lps_mm=None) for s in result.structures))
    placed = PointLists(add_table(scene, bare))
    placed.fill(bare, add_volume(scene, volume))
    for (name, ours), (other, theirs) in zip(placed.places_ras_mm(), lists.places_ras_mm(), strict=True):
        assert name == other
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_vertebrae_that_were_not_read_stand_in_a_grey_list(lists, result):
    """As in T1 pictures."""
    assert lists.of(None) is None
    unread = [
        replace(s, label=None, abnormal_probability=None) if s.kind == "vertebra" else s for s in result.structures
    ]
    lists.fill(replace(result, structures=tuple(unread)))
    assert labels(lists.of(None)) == [f"{name}{UNCERTAIN_MARK}" for name in ("L1", "L2", "L3", "L4", "L5")]
    assert lists.of(None).GetDisplayNode().GetColor() == pytest.approx(COLOURS[None])
    assert lists.of(None).GetNthControlPointDescription(1) == "no reading, confidence 0.91, found"
    assert labels(lists.of("abnormal")) == ["L2-L3"]


def test_a_point_with_another_reading_goes_to_the_other_list_in_its_place(lists, result):
    lists.fill(read_as(result, {"L2": "abnormal", "L5": "normal"}))
    assert labels(lists.of("abnormal")) == ["L2", "L2-L3"]
    assert labels(lists.of("normal"))[-3:] == ["L4-L5", "L5", "L5-S1"]


def test_a_point_that_comes_back_stands_head_to_foot(lists, result):
    lists.fill(removed(result, ["L1", "L3", "L2-L3"]))
    lists.fill(result)
    names = [label.removesuffix(UNCERTAIN_MARK) for label in labels(lists.of("normal"))]
    assert names == sorted(names, key=anatomy.NAMES.index)
    assert labels(lists.of("abnormal")) == ["L2-L3", "L5"]


def test_points_that_keep_their_reading_are_the_same_points(lists, result):
    node, index = lists.find("L4")
    before = node.GetNthControlPointID(index)
    lists.fill(read_as(result, {"L2": "abnormal"}))
    node, index = lists.find("L4")
    assert node.GetNthControlPointID(index) == before


def test_a_name_stands_once(lists, result):
    lists.of("abnormal").AddControlPoint(1, 2, 3, "L4")
    lists.of("normal").AddControlPoint(1, 2, 3, "L3")
    lists.fill(result)
    names = [name for name, _ in lists.places_ras_mm()]
    assert len(names) == len(set(names)) == 10


def test_the_users_own_points_and_selection_stay(lists, result):
    normal = lists.of("normal")
    normal.AddControlPoint(1, 2, 3, "mine")
    normal.SetNthControlPointSelected(2, False)
    lists.fill(read_as(result, {"L5": "normal"}))
    assert "mine" in labels(normal)
    assert not normal.GetNthControlPointSelected(2)


def test_lists_are_found_again_through_their_owner(lists):
    again = PointLists(lists.owner)
    assert list(again) == list(lists)
    assert all(isinstance(node, slicer.vtkMRMLMarkupsFiducialNode) for node in again)
