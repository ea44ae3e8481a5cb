"""The point list, read by Slicer's own reader, beside the one that the extension makes of the same result."""

import json
from dataclasses import replace

import numpy as np
import pytest
import slicer
from CCFNetSlicerLib.point_lists import PointLists
from CCFNetSlicerLib.scene import add_table

from CCFNetCore.errors import InputError
from CCFNetCore.export.slicer_markups import write_markups


@pytest.fixture
def file(result, tmp_path):
    write_markups(result, tmp_path / "points.mrk.json")
    return tmp_path / "points.mrk.json"


@pytest.fixture
def scene():
    return slicer.vtkMRMLScene()


@pytest.fixture
def loaded(file, scene):
    """Read as the application does when a file is dropped on it."""
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    scene.AddNode(storage)
    return storage.AddNewMarkupsNodeFromFile(str(file))


@pytest.fixture
def made(result, scene):
    """The points that the extension puts into the scene, by name."""
    lists = PointLists(add_table(scene, result))
    lists.fill(result)
    return {point[0]: point for node in lists for point in points_of(node)}


def points_of(node):
    places = slicer.util.arrayFromMarkupsControlPoints(node)
    return [
        (node.GetNthControlPointLabel(index), node.GetNthControlPointDescription(index), places[index])
        for index in range(len(places))
    ]


def test_points_are_those_of_the_scene_head_to_foot(loaded, made, result):
    points = points_of(loaded)
    assert [label.split()[0] for label, *_ in points] == [s.name for s in result.structures if s.state != "outside"]
    for label, description, place in points:
        assert description == made[label][1]
        np.testing.assert_allclose(place, made[label][2], atol=1e-6)


def test_all_points_have_one_colour_in_every_view(loaded):
    display = loaded.GetDisplayNode()
    assert display.GetColor() == display.GetSelectedColor()
    assert display.GetSliceProjection()
    assert display.GetSliceProjectionUseFiducialColor()


def test_the_file_says_schema_system_and_unit(file):
    values = json.loads(file.read_text())
    assert values["@schema"].endswith("markups-schema-v1.0.3.json#")
    (point_list,) = values["markups"]
    assert (point_list["coordinateSystem"], point_list["coordinateUnits"]) == ("LPS", "mm")


def test_a_picture_has_no_millimetres_to_write(result, tmp_path):
    picture = replace(result, input=replace(result.input, spacing_mm=None))
    with pytest.raises(InputError, match="single picture"):
        write_markups(picture, tmp_path / "points.mrk.json")
