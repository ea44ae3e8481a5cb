"""The same patient in another file gives the same points."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from sitk_volume import volume_from_sitk

from CCFNetCore.detector import Detector
from CCFNetCore.errors import WeightsError
from CCFNetCore.images.source import read_volume
from CCFNetCore.network import CCFNet
from CCFNetCore.phantom import draw_phantom, phantom_volume, write_series
from CCFNetCore.processor import Processor
from CCFNetCore.result import Model

SAME_MM = 1.0
SAME_OF_LEANING_MM = 1.5


@pytest.fixture(scope="module", params=["phantom", "chuT2_05", "chuT2_13", "zukicT2_12", "ivdT2_11"])
def volume(request):
    if request.param == "phantom":
        return phantom_volume(3)
    return read_volume(request.getfixturevalue("volumes") / f"{request.param}_img.nii.gz")


@pytest.fixture(scope="module")
def expected(detector, volume):
    return positions(detector, volume)


def positions(detector, source):
    nowhere = (np.nan,) * 3
    return np.array([s.position_lps_mm or nowhere for s in detector.detect(source).structures])


def assert_same(points, expected):
    assert np.array_equal(np.isnan(points), np.isnan(expected))
    assert np.nanmax(np.linalg.norm(points - expected, axis=1)) < SAME_MM


def test_axes_permuted_and_flipped(detector, volume, expected):
    image = sitk.Flip(sitk.PermuteAxes(volume.to_sitk(), (2, 0, 1)), (True, False, True))
    assert_same(positions(detector, volume_from_sitk(image, "permuted")), expected)


@pytest.mark.parametrize("degrees", [(10, 6, 14), (-8, 5, -12), (5, -10, 8)])
def test_resampled_on_an_oblique_grid(detector, volume, expected, degrees):
    if not volume.is_isotropic:
        pytest.skip("thick slices cannot be resampled on an oblique grid without loss")
    image = volume.to_sitk()
    turn = np.array(sitk.Euler3DTransform((0, 0, 0), *np.deg2rad(degrees)).GetMatrix()).reshape(3, 3)
    size = np.array([130, 440, 440])
    middle = volume.index_to_lps_mm((np.array(volume.size) - 1) / 2)
    origin = middle - turn @ ((size - 1) / 2)
    grid = (size.tolist(), sitk.Transform(), sitk.sitkLinear, origin.tolist(), (1.0, 1.0, 1.0), turn.ravel().tolist())
    assert_same(positions(detector, volume_from_sitk(sitk.Resample(image, *grid), "oblique")), expected)


@pytest.mark.parametrize(("axis", "towards"), [(2, 0), (0, 1)])
def test_resampled_on_a_grid_whose_axes_lean(detector, volume, expected, axis, towards):
    lean = np.eye(3)
    lean[axis, towards] = 0.12
    steps = lean @ volume.direction * volume.spacing_mm
    spacing = np.linalg.norm(steps, axis=0)
    size = np.array(volume.size)
    if volume.is_isotropic:  # Wider, so that what leans over to a side is still in it.
        size[volume.left_right_axis] *= 2
    middle = volume.index_to_lps_mm((np.array(volume.size) - 1) / 2)
    origin = middle - steps @ ((size - 1) / 2)
    grid = (origin.tolist(), spacing.tolist(), (steps / spacing).ravel().tolist())
    image = sitk.Resample(volume.to_sitk(), size.tolist(), sitk.Transform(), sitk.sitkLinear, *grid)
    points = positions(detector, volume_from_sitk(image, "leaning"))
    assert np.nanmax(np.linalg.norm(points - expected, axis=1)) < SAME_OF_LEANING_MM


@pytest.mark.parametrize("degrees", [(0, 0, 12), (9, 5, 20)])
def test_patient_lying_askew(detector, volume, expected, degrees):
    turn = np.array(sitk.Euler3DTransform((0, 0, 0), *np.deg2rad(degrees)).GetMatrix()).reshape(3, 3)
    origin = tuple(turn @ volume.origin_lps_mm)
    askew = replace(volume, origin_lps_mm=origin, direction=turn @ volume.direction)
    assert_same(positions(detector, askew) @ turn, expected)


def test_written_as_a_dicom_series(detector, volume, expected, tmp_path):
    whole = replace(volume, array=volume.array.astype(np.uint16))
    assert np.array_equal(whole.array, volume.array)
    write_series(whole, tmp_path / "series")
    assert_same(positions(detector, tmp_path / "series"), expected)


def test_places_in_voxels_and_millimetres_agree(detector, volume):
    for structure in detector.detect(volume).structures:
        if structure.position_lps_mm:
            assert np.allclose(volume.index_to_lps_mm(structure.index_ijk), structure.position_lps_mm, atol=1e-6)


def test_a_phantom_is_found(detector):
    truth = np.array(list(draw_phantom(3).spine.landmarks_lps_mm().values()))
    assert np.linalg.norm(positions(detector, phantom_volume(3)) - truth, axis=1).max() < 6.0


def test_a_network_that_answers_with_no_numbers_is_one_sentence():
    network = CCFNet()
    torch.nn.init.constant_(network.reduce.bias, torch.nan)
    broken = Detector(network, Model("broken", "0" * 64), 1.0, {}, Processor("cpu"))
    with pytest.raises(WeightsError, match="broken: answers with undefined or huge numbers"):
        broken.detect(phantom_volume(1))


def test_places_can_be_read_again_without_the_network(detector):
    analysis = detector.analyse(phantom_volume(3))
    found = {s.name: s for s in analysis.result.structures}
    (again,) = analysis.read_at({"L4": found["L4"].position_lps_mm})
    assert again.position_lps_mm == pytest.approx(found["L4"].position_lps_mm)
    assert again.index_ijk == pytest.approx(found["L4"].index_ijk)
    assert again.label == found["L4"].label
    assert again.confidence == pytest.approx(found["L4"].confidence, abs=0.2)
    assert (again.state, again.placed_by) == ("found", "hand")


def test_steps_are_reported_in_order(detector):
    steps = []
    detector.detect(phantom_volume(3), report=lambda done, step: steps.append(done))
    assert steps[0] == 0.0
    assert steps == sorted(steps)
    assert steps[-1] < 1.0


@pytest.mark.parametrize("seed", [0, 5, 6])
def test_left_and_right_of_a_bent_spine(detector, seed):
    """Whose middle moves by 4 to 8 mm from head to foot."""
    truth = np.array(list(draw_phantom(seed).spine.landmarks_lps_mm().values()))
    assert np.ptp(truth[:, 0]) > 3
    assert np.abs(positions(detector, phantom_volume(seed)) - truth)[:, 0].max() < 1.5
