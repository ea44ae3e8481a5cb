"""The point list, read by Slicer's own reader, beside the one that the extension makes of the same result."""

import json
from dataclasses import replace

import numpy as np
import pytest
import slicer
from CCFNetSlicerLib.scene import add_points

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
    return add_points(scene, result)


def points_of(node):
    return [
        (
            node.GetNthControlPointLabel(index),
            node.GetNthControlPointDescription(index),
            node.GetNthControlPointSelected(index),
        )
        for index in range(node.GetNumberOfControlPoints())
    ]


def test_points_lie_where_the_scene_has_them(loaded, made):
    ours, theirs = (slicer.util.arrayFromMarkupsControlPoints(node) for node in (loaded, made))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_labels_readings_and_selection_are_those_of_the_scene(loaded, made):
    assert len(points_of(loaded)) == 10
    assert points_of(loaded) == points_of(made)


def test_colours_are_those_of_the_scene(loaded, made):
    ours, theirs = loaded.GetDisplayNode(), made.GetDisplayNode()
    assert ours.GetColor() == pytest.approx(theirs.GetColor())
    assert ours.GetSelectedColor() == pytest.approx(theirs.GetSelectedColor())


def test_the_file_says_schema_system_and_unit(file):
    values = json.loads(file.read_text())
    assert values["@schema"].endswith("markups-schema-v1.0.3.json#")
    (point_list,) = values["markups"]
    assert (point_list["coordinateSystem"], point_list["coordinateUnits"]) == ("LPS", "mm")


def test_a_picture_has_no_millimetres_to_write(result, tmp_path):
    picture = replace(result, input=replace(result.input, spacing_mm=None))
    with pytest.raises(InputError, match="single picture"):
        write_markups(picture, tmp_path / "points.mrk.json")
