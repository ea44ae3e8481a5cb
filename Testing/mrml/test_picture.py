"""The picture that Slicer's slice view draws of a volume and its points."""

from dataclasses import replace

import numpy as np
import pytest
from CCFNetSlicerLib.picture import render_sagittal
from CCFNetSlicerLib.scene import ABNORMAL_COLOUR, NORMAL_COLOUR
from PIL import Image

SIZE = (1100, 900)


@pytest.fixture
def render(tmp_path, monkeypatch):
    """Draw on a machine without a display; gives (row, column, colour), 0 to 1."""
    monkeypatch.delenv("DISPLAY", raising=False)

    def draw(volume, result):
        render_sagittal(volume, result, tmp_path / "picture.png", SIZE)
        return np.asarray(Image.open(tmp_path / "picture.png").convert("RGB")) / 255

    return draw


def pixel_of(structure, volume):
    """Row and column, where the whole volume just fits the picture and lies in its middle."""
    i, j, _ = np.array(structure.index_ijk) - (np.array(volume.size) - 1) / 2
    column_mm, row_mm, _ = volume.spacing_mm
    width_mm, height_mm, _ = np.multiply(volume.size, volume.spacing_mm)
    scale = max(width_mm / SIZE[0], height_mm / SIZE[1])
    return round(SIZE[1] / 2 + j * row_mm / scale), round(SIZE[0] / 2 + i * column_mm / scale)


def assert_coloured_by_reading(picture, volume, result):
    for structure in result.structures:
        if structure.state != "outside":
            expected = ABNORMAL_COLOUR if structure.label == "abnormal" else NORMAL_COLOUR
            np.testing.assert_allclose(picture[pixel_of(structure, volume)], expected, atol=0.02)


def moved(result, shift_lps_mm, volume, turn):
    """The result with every second point shifted, and all turned with the volume."""
    structures = []
    for place, structure in enumerate(result.structures):
        if structure.state != "outside":
            position = turn @ (structure.position_lps_mm + np.multiply(place % 2, shift_lps_mm))
            index = tuple(volume.lps_mm_to_index(position))
            structure = replace(structure, position_lps_mm=tuple(position), index_ijk=index)
        structures.append(structure)
    return replace(result, structures=tuple(structures))


def test_points_lie_where_they_belong_in_the_colour_of_their_reading(render, volume, result):
    assert_coloured_by_reading(render(volume, result), volume, result)


def test_points_far_from_the_plane_keep_their_colour(render, volume, result):
    scattered = moved(result, (25.0, 0.0, 0.0), volume, np.eye(3))
    assert_coloured_by_reading(render(volume, scattered), volume, scattered)


def test_oblique_volume_is_shown_along_its_own_slices(render, oblique, result):
    volume, turn = oblique
    turned = moved(result, (0.0, 0.0, 0.0), volume, turn)
    assert_coloured_by_reading(render(volume, turned), volume, turned)


def test_slice_is_shown_in_grey_from_dark_to_bright(render, volume, result):
    picture = render(volume, result)
    grey = picture[np.ptp(picture, axis=-1) == 0][:, 0]
    assert np.percentile(grey, 5) < 0.1
    assert np.percentile(grey, 99.5) > 0.9


def test_result_with_nothing_in_the_picture_still_gives_the_slice(render, volume, result):
    nothing = {"state": "outside", "position_lps_mm": None, "index_ijk": None, "label": None}
    picture = render(volume, replace(result, structures=tuple(replace(s, **nothing) for s in result.structures)))
    assert picture.std() > 0.1


def test_picture_that_cannot_be_written_is_an_error(volume, result, tmp_path):
    with pytest.raises(OSError, match="cannot be written"):
        render_sagittal(volume, result, tmp_path / "missing" / "picture.png", SIZE)
