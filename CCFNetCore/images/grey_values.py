"""Scanner values to the network's values."""

import numpy as np

BRIGHTEST_PERCENTILE = 98.0
NOTHING = 1e-3
"""Pixels no farther above the least value than this share of the range are padding, however it was smoothed."""


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Scale pixels of any shape and type to 0 (air, the least value) .. 1 (the brightest tissue), float32.

    The brightest two per cent are cut off: fat near the coil says nothing about the spine. Padding is left out of
    the count, so that how much of it there is does not change the scale.
    """
    pixels = np.asarray(pixels, dtype=np.float32)
    least, most = pixels.min(initial=np.inf), pixels.max(initial=-np.inf)
    tissue = pixels[pixels > least + NOTHING * (most - least)]
    if not tissue.size:
        return np.zeros_like(pixels)
    brightest = np.percentile(tissue, BRIGHTEST_PERCENTILE)
    return ((pixels - least) / (brightest - least)).clip(0, 1)
