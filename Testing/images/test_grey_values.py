import numpy as np

from CCFNetCore.images.grey_values import normalise


def test_scale_and_offset_of_the_scanner_do_not_matter():
    pixels = np.random.default_rng(0).gamma(2.0, 100.0, size=(40, 40))
    assert np.allclose(normalise(pixels), normalise(3 * pixels - 1000), atol=1e-5)


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
