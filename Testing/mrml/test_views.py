"""What Slicer's own views draw of a study, off screen: every point in its reading's colour, wherever the slice lies."""

import colorsys
from dataclasses import replace

import numpy as np
import pytest
import slicer
from CCFNetSlicerLib.scene import COLOURS, add_volume, structure_positions_ras_mm
from CCFNetSlicerLib.study import add_study, show_only
from CCFNetSlicerLib.views import fit_names, look_at, show_points, shown_volumes
from slicer_views import Views

SIZE = (520, 400)


@pytest.fixture(scope="module")
def views(volume):
    views = Views(volume, dict.fromkeys(("Red", "Yellow", "Green", "1"), SIZE))
    yield views
    views.close()


@pytest.fixture(scope="module")
def study(views, result):
    """With points of all three readings: L3 was not read."""
    structures = [replace(s, label=None, abnormal_probability=None) if s.name == "L3" else s for s in result.structures]
    return add_study(views.volume_node, replace(result, structures=tuple(structures)))


def reading_at(picture, pixel):
    """The reading whose colour a point there has; "" for no colour. A name's shadow may lie over the very middle."""
    row, column = pixel
    around = picture[row - 2 : row + 3, column - 2 : column + 3].reshape(-1, 3)
    hue, saturation, value = max((colorsys.rgb_to_hsv(*colour) for colour in around), key=lambda hsv: hsv[1])
    if saturation < 0.15:
        return None if value > 0.5 else ""
    return min(("normal", "abnormal"), key=lambda reading: abs(hue - colorsys.rgb_to_hsv(*COLOURS[reading])[0]))


def expected(study):
    places = structure_positions_ras_mm(study.result)
    return {s.name: (s.label, places[s.name]) for s in study.result.structures if s.name in places}


@pytest.mark.parametrize("beside_mm", [0.0, 3.0, 9.0, 40.0])
@pytest.mark.parametrize("view", ["Yellow", "Green"])
def test_points_have_their_readings_colour_at_beside_and_away_from_the_slice(views, study, view, beside_mm):
    middle = expected(study)["L3-L4"][1]
    views.node(view).JumpSliceByOffsetting(*np.add(middle, (beside_mm, beside_mm, 0.0)))
    picture = views.picture(view)
    shown = {name: reading_at(picture, views.pixel(view, place)) for name, (_, place) in expected(study).items()}
    assert shown == {name: label for name, (label, _) in expected(study).items()}


@pytest.mark.parametrize("name", ["L2-L3", "L3", "L4"])
def test_an_axial_slice_shows_the_point_in_it_and_no_other(views, study, name):
    label, place = expected(study)[name]
    views.node("Red").JumpSliceByOffsetting(*place)
    picture = views.picture("Red")
    row, column = views.pixel("Red", place)
    assert reading_at(picture, (row, column)) == label
    is_drawn = np.abs(picture - without_points(views, study, "Red")).max(axis=-1) > 0.05
    drawn_rows, drawn_columns = np.nonzero(is_drawn)
    assert row - 30 < drawn_rows.min() < drawn_rows.max() < row + 15
    assert column - 15 < drawn_columns.min() < drawn_columns.max() < column + 80


def without_points(views, study, view):
    for node in study.point_lists:
        node.SetDisplayVisibility(False)
    picture = views.picture(view)
    for node in study.point_lists:
        node.SetDisplayVisibility(True)
    return picture


def test_points_have_their_readings_colour_in_3d(views, study):
    look_at(study)
    # Slicer's own background is blue.
    views.node("1").SetBackgroundColor(0, 0, 0)
    views.node("1").SetBackgroundColor2(0, 0, 0)
    picture = views.picture("1")
    assert {n: reading_at(picture, views.pixel("1", place)) for n, (_, place) in expected(study).items()} == {
        name: label for name, (label, _) in expected(study).items()
    }


def test_3d_view_looks_at_the_spine_from_the_left(views, study):
    look_at(study)
    views.picture("1")
    pixels = np.array([views.pixel("1", place) for _, place in expected(study).values()])
    assert np.all(np.diff(pixels[:, 0]) > 0)
    assert np.all(np.abs(pixels - np.array(SIZE[::-1]) / 2) < np.array(SIZE[::-1]) / 2)
    front, back = (views.pixel("1", np.add(expected(study)["L3"][1], (0, away, 0)))[1] for away in (20, -20))
    assert front < back


def test_slices_go_through_a_point_in_the_middle(views, study):
    look_at(study)
    for name, axis in (("Red", 2), ("Yellow", 0), ("Green", 1)):
        offsets = np.array([place[axis] for _, place in expected(study).values()])
        assert np.abs(offsets - views.node(name).GetSliceToRAS().GetElement(axis, 3)).min() < 0.01


@pytest.mark.parametrize("size", [(1000, 900), SIZE, (320, 240)])
def test_no_name_lies_on_another_where_all_points_are_shown(views, study, size):
    for name in ("Yellow", "Green"):
        views.resize(name, size)
    fit_names(study.point_lists)
    display = study.nodes.normal.GetDisplayNode()
    font_pixels = display.GetTextScale() * display.GetTextProperty().GetFontSize()
    for name in ("Yellow", "Green"):
        node = views.node(name)
        rows = [place[2] * node.GetDimensions()[1] / node.GetFieldOfView()[1] for _, place in expected(study).values()]
        assert font_pixels < np.min(-np.diff(rows))
        views.resize(name, SIZE)


def test_selecting_points_repaints_nothing(views, study):
    look_at(study)
    before = views.picture("Yellow")
    for node in study.point_lists:
        for index in range(node.GetNumberOfControlPoints()):
            node.SetNthControlPointSelected(index, not node.GetNthControlPointSelected(index))
    assert np.array_equal(views.picture("Yellow"), before)


def test_a_new_view_shows_the_points_after_a_look_at_the_views(views, study):
    view = views.scene.AddNode(slicer.vtkMRMLViewNode())
    show_points(study.point_lists)
    assert study.nodes.normal.GetDisplayNode().IsViewNodeIDPresent(view.GetID())
    views.scene.RemoveNode(view)


def test_the_volumes_in_the_views_are_told(views):
    assert shown_volumes(views.scene) == [views.volume_node]


def test_only_one_studys_points_are_shown(views, study, volume, result):
    other = add_study(add_volume(views.scene, volume), result)
    show_only(other)
    assert all(node.GetDisplayVisibility() for node in other.point_lists)
    assert not any(node.GetDisplayVisibility() for node in study.point_lists)
    show_only(study)
    assert all(node.GetDisplayVisibility() for node in study.point_lists)
    for node in (*other.point_lists, other.table, other.nodes.segmentation, other.volume_node):
        views.scene.RemoveNode(node)


def test_markers_are_hidden_at_first(study):
    assert not study.nodes.segmentation.GetDisplayVisibility()
