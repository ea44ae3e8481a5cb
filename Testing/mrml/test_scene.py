"""The nodes that a result becomes, and their files."""

from dataclasses import replace
from operator import itemgetter

import numpy as np
import pytest
import slicer
import vtk
from CCFNetSlicerLib.scene import UNCERTAIN_MARK, add_points, add_table, add_volume, save_points, save_scene
from CCFNetSlicerLib.slice_views import add_slice_views

LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


def labels(points):
    return [points.GetNthControlPointLabel(index) for index in range(points.GetNumberOfControlPoints())]


def rows(table):
    columns = [table.GetTable().GetColumn(index) for index in range(table.GetNumberOfColumns())]
    return [[column.GetValue(row) for column in columns] for row in range(table.GetNumberOfRows())]


def value_at(node, position_ras_mm):
    ras_to_ijk = vtk.vtkMatrix4x4()
    node.GetRASToIJKMatrix(ras_to_ijk)
    i, j, k = np.rint(ras_to_ijk.MultiplyPoint((*position_ras_mm, 1.0))[:3]).astype(int)
    return slicer.util.arrayFromVolume(node)[k, j, i]


@pytest.fixture
def saved(scene, volume, result, tmp_path, read_bundle):
    """The scene with all three nodes, and the scene that its bundle is read into."""
    volume_node = add_volume(scene, volume)
    add_slice_views(scene, volume_node, add_points(scene, result, volume_node))
    add_table(scene, result)
    save_scene(scene, tmp_path / "study.mrb")
    return scene, read_bundle(tmp_path / "study.mrb")


def both(saved, class_name):
    return [scene.GetFirstNodeByClass(class_name) for scene in saved]


def test_points_are_in_ras(scene, result):
    points = slicer.util.arrayFromMarkupsControlPoints(add_points(scene, result))
    expected = [LPS_TO_RAS * s.position_lps_mm for s in result.structures if s.position_lps_mm]
    np.testing.assert_allclose(points, expected, atol=1e-9)


def test_structure_outside_the_picture_has_no_point(scene, result):
    assert "T12-L1" not in labels(add_points(scene, result))


def test_uncertain_point_is_marked_in_its_label(scene, result):
    marked = [label for label in labels(add_points(scene, result)) if label.endswith(UNCERTAIN_MARK)]
    assert marked == ["L1" + UNCERTAIN_MARK]


def test_vertebrae_without_a_reading_are_marked_and_have_none_in_the_table(scene, result):
    """As in T1 pictures."""
    unread = [
        replace(s, label=None, abnormal_probability=None) if s.kind == "vertebra" else s for s in result.structures
    ]
    result = replace(result, structures=tuple(unread))
    points = add_points(scene, result)
    assert labels(points)[:3] == ["L1" + UNCERTAIN_MARK, "L1-L2", "L2" + UNCERTAIN_MARK]
    assert points.GetNthControlPointDescription(2) == "no reading, confidence 0.91, found"
    level, reading, probability = rows(add_table(scene, result))[3][:3]
    assert (level, reading) == ("L2", "")
    assert np.isnan(probability)


def test_abnormal_points_are_the_selected_ones(scene, result):
    points = add_points(scene, result)
    selected = [label for index, label in enumerate(labels(points)) if points.GetNthControlPointSelected(index)]
    assert selected == ["L2-L3", "L5"]


def test_description_says_the_reading(scene, result):
    points = add_points(scene, result)
    index = points.GetControlPointIndexByLabel("L5")
    assert points.GetNthControlPointDescription(index) == "abnormal, probability 0.83, confidence 0.91, found"


def test_points_can_be_dragged(scene, result):
    points = add_points(scene, result)
    assert not points.GetLocked()
    assert not any(points.GetNthControlPointLocked(index) for index in range(points.GetNumberOfControlPoints()))


def test_points_without_millimetres_take_their_place_from_the_volume(scene, volume, result):
    bare = replace(result, structures=tuple(replace(s, position_lps_mm=None) for s in result.structures))
    placed = add_points(scene, bare, add_volume(scene, volume))
    np.testing.assert_allclose(
        slicer.util.arrayFromMarkupsControlPoints(placed),
        slicer.util.arrayFromMarkupsControlPoints(add_points(scene, result)),
        atol=1e-6,
    )


def test_oblique_geometry_is_exact(scene, oblique):
    volume, _ = oblique
    ijk_to_ras = vtk.vtkMatrix4x4()
    add_volume(scene, volume).GetIJKToRASMatrix(ijk_to_ras)
    index = (3.0, 50.0, 7.0)
    expected = LPS_TO_RAS * volume.index_to_lps_mm(index)
    np.testing.assert_allclose(ijk_to_ras.MultiplyPoint((*index, 1.0))[:3], expected, atol=1e-9)


def test_voxels_keep_type_and_values(scene, volume):
    array = slicer.util.arrayFromVolume(add_volume(scene, volume))
    assert array.dtype == volume.array.dtype
    np.testing.assert_array_equal(array, volume.array)


def test_window_shows_vertebrae_neither_black_nor_white(scene, volume, result):
    node = add_volume(scene, volume)
    low, high = node.GetDisplayNode().GetWindowLevelMin(), node.GetDisplayNode().GetWindowLevelMax()
    vertebrae = [s for s in result.structures if s.kind == "vertebra"]
    values = [value_at(node, LPS_TO_RAS * s.position_lps_mm) for s in vertebrae]
    greys = (np.array(values) - low) / (high - low)
    assert greys.min() > 0.1
    assert greys.max() < 0.9


def test_table_has_all_structures_head_to_foot(scene, result):
    assert [row[0] for row in rows(add_table(scene, result))] == [s.name for s in result.structures]


def test_table_says_nan_for_what_is_missing(scene, result):
    level, reading, probability, _, state, *position, _, _ = rows(add_table(scene, result))[0]
    assert (level, state, reading) == ("T12-L1", "outside", "")
    assert np.isnan([probability, *position]).all()


def test_table_names_the_unit_of_positions(scene, result):
    assert add_table(scene, result).GetColumnUnitLabel("R [mm]") == "mm"


def test_bundle_keeps_points(saved):
    before, after = both(saved, "vtkMRMLMarkupsFiducialNode")
    assert labels(after) == labels(before)
    np.testing.assert_allclose(
        slicer.util.arrayFromMarkupsControlPoints(after),
        slicer.util.arrayFromMarkupsControlPoints(before),
        atol=1e-3,
    )


def test_bundle_keeps_rows(saved):
    before, after = (rows(table) for table in both(saved, "vtkMRMLTableNode"))
    text, numbers = itemgetter(0, 1, 4, 8, 9), itemgetter(2, 3, 5, 6, 7)
    assert [text(row) for row in after] == [text(row) for row in before]
    np.testing.assert_allclose([numbers(row) for row in after], [numbers(row) for row in before], atol=1e-3)


def test_bundle_keeps_column_types(saved):
    before, after = both(saved, "vtkMRMLTableNode")
    columns = range(before.GetNumberOfColumns())
    assert [after.GetTable().GetColumn(c).GetDataType() for c in columns] == [
        before.GetTable().GetColumn(c).GetDataType() for c in columns
    ]


def test_bundle_keeps_voxels_in_place(saved, result):
    before, after = both(saved, "vtkMRMLScalarVolumeNode")
    places = [LPS_TO_RAS * s.position_lps_mm for s in result.structures if s.position_lps_mm]
    assert [value_at(after, place) for place in places] == [value_at(before, place) for place in places]


def test_bundle_shows_the_volume_in_the_three_slice_views(saved):
    _, after = saved
    volume_node = after.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    for name in ("Red", "Yellow", "Green"):
        composite = after.GetSingletonNode(name, "vtkMRMLSliceCompositeNode")
        assert composite.GetBackgroundVolumeID() == volume_node.GetID()


def test_bundle_shows_the_sagittal_plane_through_the_points(saved):
    _, after = saved
    view = after.GetSingletonNode("Yellow", "vtkMRMLSliceNode")
    points = slicer.util.arrayFromMarkupsControlPoints(after.GetFirstNodeByClass("vtkMRMLMarkupsFiducialNode"))
    assert view.GetOrientation() == "Sagittal"
    np.testing.assert_allclose(view.GetSliceToRAS().GetElement(0, 3), points[:, 0].mean(), atol=0.1)


def test_bundle_that_cannot_be_written_is_an_error(scene, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="cannot be written"):
        save_scene(scene, tmp_path / "file" / "study.mrb")


def test_point_file_keeps_points(scene, result, tmp_path):
    before = add_points(scene, result)
    save_points(before, tmp_path / "points.mrk.json")
    after = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    storage.SetFileName(str(tmp_path / "points.mrk.json"))
    assert storage.ReadData(after)
    assert labels(after) == labels(before)
    np.testing.assert_allclose(
        slicer.util.arrayFromMarkupsControlPoints(after),
        slicer.util.arrayFromMarkupsControlPoints(before),
        atol=1e-3,
    )
