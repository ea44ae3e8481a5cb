import numpy as np
import pytest

from CCFNetCore.images.grey_values import normalise, without_outliers
from CCFNetCore.images.source import read_picture
from CCFNetCore.phantom import draw_phantom

BLOCK = np.s_[:, 20:60, 20:160]


@pytest.fixture(scope="module")
def usual():
    return draw_phantom(4).slices.astype(np.int32)


def with_values(array, where, value):
    changed = array.copy()
    changed[where] = value
    return changed


def scattered(array, share):
    rng = np.random.default_rng(0)
    return tuple(rng.integers(0, length, round(share * array.size)) for length in array.shape)


def test_scale_and_offset_of_the_scanner_do_not_matter():
    pixels = np.random.default_rng(0).gamma(2.0, 100.0, size=(40, 40))
    assert np.allclose(normalise(pixels), normalise(3 * pixels - 1000), atol=1e-5)
    assert np.allclose(normalise(pixels), normalise(1e-12 * pixels), atol=1e-5)


def test_values_run_from_air_to_bright_tissue():
    out = normalise(np.arange(1000))
    assert out.dtype == np.float32
    assert (out.min(), out.max()) == (0, 1)


def test_padding_with_air_changes_nothing():
    pixels = np.random.default_rng(0).integers(0, 4000, size=(30, 30))
    padded = np.pad(pixels, 20, constant_values=pixels.min())
    assert np.allclose(normalise(padded)[20:-20, 20:-20], normalise(pixels))


def test_an_even_picture_is_air():
    assert not normalise(np.full((3, 3), 7)).any()


def test_usual_values_are_left_alone(usual):
    assert without_outliers(usual).array is usual
    assert without_outliers(usual.astype(float) * 1e-12).warnings == ()


@pytest.mark.parametrize(
    ("where", "value", "side"),
    [
        (np.s_[6, 300, 10], -32767, "dark"),
        (np.s_[-3:], -1000, "dark"),
        (np.s_[6, 300, 10], 65535, "bright"),
        (BLOCK, 65535, "bright"),
    ],
)
def test_what_cannot_be_tissue_does_not_change_the_scale_of_the_rest(usual, where, value, side):
    seen, warnings = without_outliers(with_values(usual, where, value))
    rest = with_values(np.full(usual.shape, True), where, False)
    assert np.abs(normalise(seen[rest]) - normalise(usual[rest])).max() < 0.01
    (warning,) = warnings
    assert warning.startswith(f"Far too {side} for tissue and left out")
    assert warning.endswith(f"(values {value}).")


def test_air_of_another_offset_than_the_padding_is_black(usual):
    seen, _ = without_outliers(with_values(usual + 2000, np.s_[-3:], 0))
    assert np.abs(normalise(seen[:-3]) - normalise(usual[:-3])).max() < 0.01
    assert (seen[-3:] == seen.min()).all()


def test_padding_may_be_smoothed(usual):
    """As in a volume that was resampled beside its slices."""
    padded = with_values(usual, np.s_[-3:], -1000).astype(float)
    padded[1:] = 0.7 * padded[1:] + 0.3 * padded[:-1]
    seen, _ = without_outliers(padded)
    clean = 0.7 * usual[1:] + 0.3 * usual[:-1]
    assert np.abs(normalise(seen[1:-3]) - normalise(clean[:-3])).max() < 0.05


def test_a_scatter_of_broken_voxels_does_not_change_the_scale(usual):
    where = scattered(usual, share=0.001)
    broken = np.random.default_rng(0).integers(-32767, 32516, len(where[0]))
    seen, _ = without_outliers(with_values(usual, where, broken))
    assert np.median(np.abs(normalise(seen) - normalise(usual))) < 0.01


def test_the_input_is_not_changed(usual):
    given = with_values(usual, BLOCK, 65535)
    without_outliers(given)
    assert (given[BLOCK] == 65535).all()


def test_a_drawing_in_few_greys_is_left_alone():
    stripes = np.zeros((1, 80, 40))
    stripes[:, :40, ::2] = 100
    assert without_outliers(stripes).array is stripes


@pytest.mark.parametrize("data", ["tianchi", "spider"])
def test_real_pictures_are_left_alone(request, data):
    for file in sorted((request.getfixturevalue(data) / "images").glob("*.png"))[::10]:
        pixels = read_picture(file)
        assert without_outliers(pixels).array is pixels
