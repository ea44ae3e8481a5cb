import numpy as np
import pytest

from CCFNetCore.errors import InputError
from CCFNetCore.images.prepared import prepared
from CCFNetCore.images.volume import Volume
from CCFNetCore.phantom import phantom_volume


def volume_of(array):
    return Volume("study", np.asarray(array).reshape(4, 5, 5))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_a_volume_of_numbers_stays_the_same(kind):
    volume = volume_of(np.arange(100, dtype=kind))
    assert prepared(volume) is volume


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf, -np.finfo(np.float32).max])
def test_what_is_no_number_becomes_the_least_value_and_is_told(missing):
    array = np.arange(100, dtype=np.float32)
    array[[0, 50]] = missing
    volume = prepared(volume_of(array))
    assert volume.array.min() == volume.array.flat[0] == volume.array.flat[50] == 1
    assert volume.array.dtype == np.float32
    assert volume.warnings == ("2 % of the voxels are not numbers; they are taken as missing.",)
    assert prepared(volume) is volume


def test_a_volume_of_no_numbers_is_refused():
    with pytest.raises(InputError, match="study: none of its voxels is a number"):
        prepared(volume_of(np.full(100, np.nan)))


def test_a_volume_of_one_value_is_refused(detector):
    with pytest.raises(InputError, match="study: has the value 7 everywhere"):
        detector.detect(volume_of(np.full(100, 7)))


def test_axes_that_lean_are_told_once():
    direction = phantom_volume(4).direction.copy()
    direction[:, 0] += 0.1 * direction[:, 1]
    direction[:, 0] /= np.linalg.norm(direction[:, 0])
    volume = prepared(prepared(Volume("study", np.zeros((4, 5, 5)), direction=direction)))
    assert len(volume.warnings) == 1
    assert "5.7 degrees" in volume.warnings[0]
