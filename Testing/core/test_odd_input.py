"""What scanners and archives write into voxels and headers, and what the result says of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK

from CCFNetCore.phantom import phantom_volume
from CCFNetCore.result import Result


@pytest.fixture(scope="module")
def volume():
    return phantom_volume(4)


@pytest.fixture(scope="module")
def expected(detector, volume):
    return positions(detector.detect(volume))


def positions(result):
    nowhere = (np.nan,) * 3
    return np.array([s.position_lps_mm or nowhere for s in result.structures])


def with_values(volume, where, value):
    array = volume.array.astype(np.int32)
    array[where] = value
    return replace(volume, array=array)


def assert_same(result, expected, within_mm):
    assert np.linalg.norm(positions(result) - expected, axis=1).max() < within_mm


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (np.s_[6, 300, 10], -32767),
        (np.s_[5:8, 100:105, 160:165], 65535),
        (np.s_[:, 20:50, 20:160], 65535),
    ],
    ids=["broken voxel", "hot voxels", "annotation"],
)
def test_what_is_no_tissue_moves_no_point(detector, volume, expected, where, value):
    result = detector.detect(with_values(volume, where, value))
    assert_same(result, expected, within_mm=0.5)
    assert sum(warning.startswith("Far too") for warning in result.warnings) == 1


def test_padded_slices_are_as_if_they_were_not_there(detector, volume):
    padded = with_values(volume, np.s_[-3:], -1000)
    without = detector.detect(replace(volume, array=volume.array[:-3]))
    assert_same(detector.detect(padded), positions(without), within_mm=0.5)


def test_padding_before_the_first_slice_shifts_indices_alone(detector, volume, expected):
    array = np.pad(volume.array, ((4, 0), (0, 0), (0, 0)))
    origin = tuple(volume.index_to_lps_mm([0, 0, -4]))
    result = detector.detect(replace(volume, array=array, origin_lps_mm=origin))
    assert_same(result, expected, within_mm=0.01)
    there = [s for s in result.structures if s.index_ijk]
    assert np.allclose(volume.lps_mm_to_index(expected)[0] + [0, 0, 4], there[0].index_ijk, atol=0.01)


@pytest.mark.parametrize(("factor", "offset"), [(1e-12, 0), (1e6, -5e7)])
def test_scale_and_offset_of_the_values_move_no_point(detector, volume, expected, factor, offset):
    result = detector.detect(replace(volume, array=(volume.array * factor + offset).astype(np.float32)))
    assert_same(result, expected, within_mm=0.1)
    assert result.warnings == ()


def test_an_inverted_picture_has_no_certain_point(detector, volume):
    result = detector.detect(replace(volume, array=volume.array.max() - volume.array))
    assert "found" not in {s.state for s in result.structures}
    assert "as if air were white" in result.warnings[0]


def test_a_pixel_size_wrong_by_half_is_told_and_leaves_the_states(detector, volume):
    column, row, between = volume.spacing_mm
    result = detector.detect(replace(volume, spacing_mm=(1.5 * column, 1.5 * row, between)))
    assert any("which no adult has" in warning for warning in result.warnings)
    assert {s.state for s in result.structures} == {"found"}


def test_vertebrae_of_a_t1_series_are_placed_but_not_read(detector, volume, expected, tmp_path):
    file = tmp_path / "sag_t1_tse.nii.gz"
    SimpleITK.WriteImage(volume.to_sitk(), str(file))
    analysis = detector.analyse(file)
    result = Result.from_dict(json.loads(json.dumps(analysis.result.to_dict())))
    assert_same(result, expected, within_mm=0.1)
    assert any(warning.startswith("It is T1-weighted") for warning in result.warnings)
    for structure in result.structures:
        is_unread = structure.label is None and structure.abnormal_probability is None
        assert is_unread == (structure.kind == "vertebra")
    (by_hand,) = analysis.read_at({"L3": result.structures[5].position_lps_mm})
    assert by_hand.label is None
