import numpy as np
import pytest
from dicom_slices import copied, draw_slices, shifted, written

from CCFNetCore.phantom import phantom_volume
from CCFNetCore.readers import read_volume


@pytest.fixture(scope="module")
def slices(tmp_path_factory):
    return draw_slices(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def phantom():
    return phantom_volume(4)


def difference(volume, phantom, margin=60):
    """Mean difference of grey values at the same places of the patient, away from the volume's borders."""
    import torch

    (i, j, k), steps = phantom.size, [15, 15, 7]
    lines = [np.linspace(m, n - 1 - m, s) for n, m, s in zip((i, j, k), (margin, margin, 0), steps, strict=True)]
    index = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, 3)
    places = phantom.index_to_lps_mm(index)

    def at(v):
        grid = 2 * v.lps_mm_to_index(places) / (np.array(v.size) - 1) - 1
        voxels = torch.from_numpy(v.array.astype(np.float64))[None, None]
        return torch.nn.functional.grid_sample(voxels, torch.from_numpy(grid)[None, None, None], align_corners=True)

    return float((at(volume) - at(phantom)).abs().mean())


def test_slices_that_lean_are_set_upright(slices, phantom, tmp_path):
    leaning = [shifted(image, rows=3 * number) for number, image in enumerate(copied(slices))]
    volume = read_volume(written(leaning, tmp_path))
    assert any("resampled" in note for note in volume.notes)
    assert difference(volume, phantom) < 2


def test_slices_shifted_by_parts_of_pixels_are_moved_by_parts(slices, phantom, tmp_path):
    leaning = copied(slices)
    for number, image in enumerate(leaning):
        x, y, z = map(float, image.ImagePositionPatient)
        image.ImagePositionPatient = [x, y, z + 0.4 * number]
    volume = read_volume(written(leaning, tmp_path))
    corner = volume.lps_mm_to_index([float(v) for v in leaning[7].ImagePositionPatient])
    assert np.allclose(corner, [0, (12 - 7) * 0.4 / volume.spacing_mm[1], 7], atol=1e-3)


def test_a_missing_slice_is_filled_in_and_warned_of(slices, phantom, tmp_path):
    volume = read_volume(written([*slices[:4], *slices[5:]], tmp_path))
    assert volume.warnings == ("The slices are not evenly spaced; one may be missing.",)
    assert volume.size == phantom.size
    assert np.allclose(volume.corners_lps_mm(), phantom.corners_lps_mm(), atol=0.01)
    assert np.array_equal(volume.array[3], phantom.array[3])


def test_uneven_gaps_are_evened_out(slices, phantom, tmp_path):
    uneven = [shifted(image, across_mm=1.2 * (number % 2)) for number, image in enumerate(copied(slices))]
    volume = read_volume(written(uneven, tmp_path))
    for number in (0, 4, 12):
        place = [float(value) for value in uneven[number].ImagePositionPatient]
        k = volume.lps_mm_to_index(place)[2]
        assert np.allclose(volume.index_to_lps_mm([0, 0, k]), place, atol=1e-3)


def test_places_that_are_rounded_stay_on_the_grid(slices, phantom, tmp_path):
    rounded = copied(slices)
    for image in rounded:
        image.ImagePositionPatient = [round(float(x), 1) for x in image.ImagePositionPatient]
    volume = read_volume(written(rounded, tmp_path))
    assert np.array_equal(volume.array, phantom.array)
    assert volume.spacing_mm[2] == pytest.approx(4.4, abs=0.01)


def test_directions_that_are_not_quite_square_are_made_so(slices, tmp_path):
    volume = read_volume(written(copied(slices, ImageOrientationPatient=[0, 1, 0.0009, 0, 0, -1]), tmp_path))
    assert np.allclose(volume.direction.T @ volume.direction, np.eye(3), atol=1e-9)
