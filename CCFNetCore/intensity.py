"""Scanner values to the network's values."""

import numpy as np

BRIGHTEST_PERCENTILE = 98.0


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Scale pixels of any shape and type to 0 (air, the least value) .. 1 (the brightest tissue), float32.

    The brightest two per cent are cut off: fat near the coil says nothing about the spine. Pixels at the least
    value are left out of the count, so that padding around a picture does not change its scale.
    """
    pixels = np.asarray(pixels, dtype=np.float32)
    least = pixels.min(initial=np.inf)
    tissue = pixels[pixels > least]
    if not tissue.size:
        return np.zeros_like(pixels)
    brightest = np.percentile(tissue, BRIGHTEST_PERCENTILE)
    return ((pixels - least) / (brightest - least)).clip(0, 1)
