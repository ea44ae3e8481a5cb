import numpy as np
import pytest

from CCFNetCore.errors import InputError
from CCFNetCore.images.volume import SAGITTAL_DIRECTION, Volume

AXIAL_DIRECTION = np.eye(3)


def volume(size=(64, 60, 12), spacing=(0.8, 0.8, 4.0), direction=SAGITTAL_DIRECTION):
    return Volume("study", np.zeros(size[::-1], dtype=np.uint16), spacing, (5.0, -20.0, 30.0), direction)


def oblique(degrees):
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return turn @ SAGITTAL_DIRECTION


def test_indices_and_millimetres_are_inverse():
    tilted = volume(direction=oblique(17))
    index = np.random.default_rng(0).uniform(0, 50, size=(20, 3))
    assert np.allclose(tilted.lps_mm_to_index(tilted.index_to_lps_mm(index)), index)


def test_millimetres_are_those_of_simpleitk():
    tilted = volume(direction=oblique(17))
    index = [3.5, 40.25, 7.0]
    expected = tilted.to_sitk().TransformContinuousIndexToPhysicalPoint(index)
    assert np.allclose(tilted.index_to_lps_mm(index), expected)


@pytest.mark.parametrize("degrees", [0, 20, -40])
def test_slices_near_the_sagittal_plane_are_recognised(degrees):
    tilted = volume(direction=oblique(degrees))
    tilted.require_sagittal()
    assert tilted.left_right_axis == 2


def test_axis_order_does_not_matter():
    permuted = volume((12, 64, 60), (4.0, 0.8, 0.8), SAGITTAL_DIRECTION[:, [2, 0, 1]])
    permuted.require_sagittal()
    assert permuted.left_right_axis == 0


def test_axial_slices_are_refused():
    with pytest.raises(InputError, match=r"study: its slices are axial, 4\.0 mm apart"):
        volume(direction=AXIAL_DIRECTION).require_sagittal()


def test_a_single_slice_is_refused():
    with pytest.raises(InputError, match=r"study: has 1 slice\(s\)"):
        volume((64, 60, 1)).require_sagittal()


def test_isotropic_volumes_of_any_axis_order_are_accepted():
    volume((64, 64, 64), (1.0, 1.0, 1.0), AXIAL_DIRECTION).require_sagittal()


def test_other_dimensions_are_refused():
    with pytest.raises(InputError, match="study: has 4 dimensions"):
        Volume("study", np.zeros((2, 2, 2, 2)))


def test_axes_that_lean_too_far_are_refused():
    direction = SAGITTAL_DIRECTION.copy()
    direction[:, 2] = np.array([-1, 0, 0.7]) / np.linalg.norm([1, 0.7])
    with pytest.raises(InputError, match="35 degrees off right angles"):
        volume(direction=direction).require_sagittal()
