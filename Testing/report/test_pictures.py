"""Where the points lie in the pictures, told by voxels that are marked in the volume."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from CCFNetCore.report.pictures import CLOSE_UP_MM, draw_pictures


@pytest.fixture(scope="module")
def marked(volume, result):
    """The volume in grey, white at its upper end, with a black voxel at each point."""
    array = np.full_like(volume.array, 500)
    array[:, :60] = 1000
    structures = []
    for structure in result.structures:
        if structure.index_ijk is not None:
            i, j, k = np.rint(structure.index_ijk).astype(int).tolist()
            array[k, j, i] = 0
            structure = replace(structure, index_ijk=(float(i), float(j), float(k)))
        structures.append(structure)
    return replace(volume, array=array), replace(result, structures=tuple(structures))


def pixels_of(picture):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.uri.partition(",")[2]))))


def darkest_near(picture, name):
    """Place in millimetres of the darkest pixels within 6 mm of where the point should be."""
    pixels = pixels_of(picture).astype(float)
    rows, columns = pixels.shape
    right = (np.arange(columns) + 0.5) * picture.width_mm / columns
    down = (np.arange(rows) + 0.5) * picture.height_mm / rows
    x, y = picture.points_mm[name]
    pixels[np.hypot(right[None] - x, down[:, None] - y) > 6] = 255
    centre = np.argwhere(pixels == pixels.min()).mean(axis=0).astype(int)
    return right[centre[1]], down[centre[0]]


def test_points_lie_on_their_voxels_in_the_sagittal_picture(marked):
    sagittal, _ = draw_pictures(*marked)
    in_slice = [s.name for s in marked[1].structures if s.index_ijk and s.index_ijk[2] == 6.0]
    assert len(in_slice) >= 5
    for name in in_slice:
        assert darkest_near(sagittal, name) == pytest.approx(sagittal.points_mm[name], abs=0.8)


def test_each_disc_is_in_the_middle_of_its_close_up(marked):
    _, close_ups = draw_pictures(*marked)
    for name, picture in close_ups.items():
        assert picture.points_mm[name] == pytest.approx(tuple(CLOSE_UP_MM / 2))
        assert darkest_near(picture, name) == pytest.approx(tuple(CLOSE_UP_MM / 2), abs=0.8)


def test_close_ups_are_of_the_discs_in_the_picture(volume, result):
    _, close_ups = draw_pictures(volume, result)
    assert list(close_ups) == ["L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"]


def test_the_axes_order_of_the_volume_does_not_matter(volume, result):
    permuted = replace(
        volume,
        array=volume.array.transpose(2, 1, 0),
        spacing_mm=volume.spacing_mm[::-1],
        direction=volume.direction[:, ::-1],
    )
    turned = tuple(replace(s, index_ijk=s.index_ijk and s.index_ijk[::-1]) for s in result.structures)
    expected, _ = draw_pictures(volume, result)
    sagittal, _ = draw_pictures(permuted, replace(result, structures=turned))
    np.testing.assert_allclose(pixels_of(sagittal).astype(int), pixels_of(expected), atol=1)
    assert sagittal.points_mm["L3"] == pytest.approx(expected.points_mm["L3"])


def test_nothing_found_still_gives_the_slice(volume, result):
    nothing = {"state": "outside", "position_lps_mm": None, "index_ijk": None}
    empty = replace(result, structures=tuple(replace(s, **nothing) for s in result.structures))
    sagittal, close_ups = draw_pictures(volume, empty)
    assert pixels_of(sagittal).std() > 10
    assert close_ups == {}
