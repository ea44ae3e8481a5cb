"""The nodes that a result becomes, and their files."""

from operator import itemgetter

import numpy as np
import pytest
import slicer
import vtk
from CCFNetSlicerLib.scene import add_table, add_volume, fill_table, save_scene, structure_positions_ras_mm
from CCFNetSlicerLib.slice_views import add_slice_views
from CCFNetSlicerLib.study import add_study, find_study
from phantom_result import with_names

LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


def rows(table):
    columns = [table.GetTable().GetColumn(index) for index in range(table.GetNumberOfColumns())]
    return [[column.GetValue(row) for column in columns] for row in range(table.GetNumberOfRows())]


def column(table, name):
    array = table.GetTable().GetColumnByName(name)
    return [array.GetValue(row) for row in range(table.GetNumberOfRows())]


def value_at(node, position_ras_mm):
    ras_to_ijk = vtk.vtkMatrix4x4()
    node.GetRASToIJKMatrix(ras_to_ijk)
    i, j, k = np.rint(ras_to_ijk.MultiplyPoint((*position_ras_mm, 1.0))[:3]).astype(int)
    return slicer.util.arrayFromVolume(node)[k, j, i]


@pytest.fixture
def saved(scene, volume, result, tmp_path, read_bundle):
    """The scene with volume and study, and the scene that its bundle is read into."""
    volume_node = add_volume(scene, volume)
    add_slice_views(scene, volume_node, list(structure_positions_ras_mm(result).values()))
    add_study(volume_node, result)
    save_scene(scene, tmp_path / "study.mrb")
    return scene, read_bundle(tmp_path / "study.mrb")


def both(saved, class_name):
    return [scene.GetFirstNodeByClass(class_name) for scene in saved]


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
    level, reading, probability, _, of_name, state, *position, _, _, numbering = rows(add_table(scene, result))[0]
    assert (level, state, reading) == ("T12-L1", "outside", "")
    assert np.isnan([probability, of_name, *position, numbering]).all()


def test_table_tells_how_sure_names_are(scene, result):
    table = add_table(scene, with_names(result))
    assert column(table, "Name confidence") == pytest.approx([np.nan, *[0.98] * 6, 0.86, *[0.98] * 3], nan_ok=True)
    assert column(table, "Numbering confidence") == [0.97] * 11


def test_table_of_a_scene_that_an_earlier_version_saved_gets_its_new_columns(scene, result):
    table = add_table(scene, result)
    for name in ("Name confidence", "Numbering confidence"):
        table.RemoveColumn(table.GetColumnIndex(name))
    fill_table(table, with_names(result))
    assert column(table, "Name confidence")[7] == 0.86
    assert column(table, "Numbering confidence") == [0.97] * 11
    assert column(table, "Level") == [s.name for s in result.structures]


def test_table_names_the_unit_of_positions(scene, result):
    assert add_table(scene, result).GetColumnUnitLabel("R [mm]") == "mm"


def test_bundle_keeps_the_study(saved, result):
    before, after = (find_study(scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")) for scene in saved)
    assert after.result == result
    ours, theirs = before.point_lists.places_ras_mm(), after.point_lists.places_ras_mm()
    assert [name for name, _ in theirs] == [name for name, _ in ours]
    np.testing.assert_allclose([place for _, place in theirs], [place for _, place in ours], atol=1e-3)


def test_bundle_keeps_rows(saved):
    before, after = (rows(table) for table in both(saved, "vtkMRMLTableNode"))
    text, numbers = itemgetter(0, 1, 5, 9, 10), itemgetter(2, 3, 4, 6, 7, 8, 11)
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


def test_bundle_shows_the_sagittal_plane_through_the_points(saved, result):
    _, after = saved
    view = after.GetSingletonNode("Yellow", "vtkMRMLSliceNode")
    middle = np.mean(list(structure_positions_ras_mm(result).values()), axis=0)
    assert view.GetOrientation() == "Sagittal"
    np.testing.assert_allclose(view.GetSliceToRAS().GetElement(0, 3), middle[0], atol=0.1)


def test_bundle_that_cannot_be_written_is_an_error(scene, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="cannot be written"):
        save_scene(scene, tmp_path / "file" / "study.mrb")
