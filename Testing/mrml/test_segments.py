"""The markers of a result as segments."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
import vtk
from CCFNetSlicerLib.corrections import removed
from CCFNetSlicerLib.scene import ABNORMAL_COLOUR, COLOURS, NORMAL_COLOUR, structure_positions_ras_mm
from CCFNetSlicerLib.segments import DISC_PLATE_MM, VERTEBRA_BALL_MM, add_segmentation, fill_segmentation


@pytest.fixture
def node(scene, result):
    return add_segmentation(scene, result)


def segment_points(node, name):
    surface = vtk.vtkPolyData()
    node.GetClosedSurfaceRepresentation(name, surface)
    return vtk.util.numpy_support.vtk_to_numpy(surface.GetPoints().GetData())


def names(node):
    return [node.GetSegmentation().GetNthSegmentID(n) for n in range(node.GetSegmentation().GetNumberOfSegments())]


def test_one_segment_a_structure_that_is_in_the_picture(node, result):
    assert names(node) == [s.name for s in result.structures if s.state != "outside"]


def test_colour_says_the_reading(node):
    segmentation = node.GetSegmentation()
    assert segmentation.GetSegment("L5").GetColor() == pytest.approx(ABNORMAL_COLOUR)
    assert segmentation.GetSegment("L4").GetColor() == pytest.approx(NORMAL_COLOUR)


def test_what_has_no_reading_is_grey(scene, result):
    unread = [replace(s, label=None, abnormal_probability=None) for s in result.structures]
    segmentation = add_segmentation(scene, replace(result, structures=tuple(unread))).GetSegmentation()
    assert segmentation.GetSegment("L4").GetColor() == pytest.approx(COLOURS[None])


def test_ball_has_the_stated_size_and_place(node, result):
    away = segment_points(node, "L4") - structure_positions_ras_mm(result)["L4"]
    assert np.allclose(np.linalg.norm(away, axis=1), VERTEBRA_BALL_MM / 2, atol=0.01)


def test_plate_has_the_stated_size_and_lies_square_to_the_spine(node, result):
    places = structure_positions_ras_mm(result)
    along = places["L3"] - places["L4"]
    along /= np.linalg.norm(along)
    away = segment_points(node, "L3-L4") - places["L3-L4"]
    height = away @ along
    assert np.allclose(np.abs(height), DISC_PLATE_MM[1] / 2, atol=0.01)
    across = np.linalg.norm(away - np.outer(height, along), axis=1)
    assert across.max() == pytest.approx(DISC_PLATE_MM[0] / 2, abs=0.05)


def test_name_and_terminology_say_what_it_is(node):
    segment, entry = node.GetSegmentation().GetSegment("L3-L4"), vtk.reference("")
    segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), entry)
    assert segment.GetName() == "L3-L4 (marker, 24 mm plate)"
    assert "SCT^62551000^L3/L4 disc" in str(entry)


def test_another_result_moves_and_removes_segments_and_leaves_foreign_ones(node, result):
    foreign = slicer.vtkSegment()
    foreign.AddRepresentation("Closed surface", vtk.vtkPolyData())
    node.GetSegmentation().AddSegment(foreign, "mine")
    moved = [
        replace(s, position_lps_mm=(1.0, 2.0, 3.0)) if s.name == "L4" else s for s in removed(result, ["L2"]).structures
    ]
    fill_segmentation(node, replace(result, structures=tuple(moved)))
    assert "L2" not in names(node)
    assert "mine" in names(node)
    assert np.allclose(segment_points(node, "L4").mean(axis=0), (-1.0, -2.0, 3.0), atol=0.6)
