"""Scanner values to the network's values."""

from typing import NamedTuple

import numpy as np

BRIGHTEST_PERCENTILE = 98.0
NOTHING = 1e-3
"""Pixels no farther above the least value than this share of the range are padding, however it was smoothed."""

SAMPLE = 200_000
"""About so many voxels tell what values are usual."""

FAR_BELOW, FAR_ABOVE = 2.0, 10.0
"""Values so many interquartile ranges beyond the quartiles are no tissue.

Tukey's fences (Exploratory Data Analysis, 1977), moved out, for fat near the coil outshines all else. In 17 real
volumes and 1455 pictures the farthest values are 1.3 below and 5.6 above.
"""

FEWEST_VALUES = 16
"""In a picture of fewer grey values nothing is usual or unusual."""

LEAST_SHARE = 1e-3
ALONE = 30
NEAR, NEAR_PADDING = 0.2, 0.5
"""A value that this share of the voxels has is padding, or a mark burnt in, if it is so many times as frequent as all
others beyond it and within this share of the range before it; padding less far from the tissue does no harm. In the
same volumes and pictures: 21 times at most, but for the white frame that some of the volumes bear."""

MOST_TRIMMED = 0.05
"""Share of the rest that may be taken for what is left of padding."""


class GreyValues(NamedTuple):
    """The voxels of a volume without what cannot be tissue, and a sentence on what was changed, if anything was."""

    array: np.ndarray
    warnings: tuple[str, ...] = ()


def without_outliers(array: np.ndarray) -> GreyValues:
    """Padding and what is far too dark made black, marks and what is far too bright white; all else is kept.

    It belongs before anything that smooths: one voxel that is far out would reach all those around it.

    Parameters
    ----------
    array : numpy.ndarray
        Of any shape and type; finite. It is not changed, and not copied where nothing is far out.
    """
    low, high, padding, mark = _limits(array)
    if np.isnan([padding, mark]).all() and low <= array.min() and array.max() <= high:
        return GreyValues(array)
    dark = (array < low) | (array <= padding)
    bright = (array > high) | (array == mark)
    rest = array[~(dark | bright)]
    changed = array.copy()
    changed[bright] = _white(sample(rest).astype(np.float32))
    if dark.any():
        black = _black(rest, array[dark])
        changed[dark | (array < black)] = black
    return GreyValues(changed, (*_told(array, dark, "dark"), *_told(array, bright, "bright")))


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Scale pixels of any shape and type to 0 (air, the least value) .. 1 (the brightest tissue), float32.

    The brightest two per cent are cut off: fat near the coil says nothing about the spine. Padding is left out of
    the count, so that how much of it there is does not change the scale.
    """
    pixels = np.asarray(pixels, dtype=np.float32)
    least = pixels.min(initial=np.inf)
    white = _white(pixels)
    return ((pixels - least) / (white - least)).clip(0, 1) if white > least else np.zeros_like(pixels)


def sample(array: np.ndarray) -> np.ndarray:
    """Some of the values, flat: about :data:`SAMPLE`, evenly spread, or all of a small array."""
    return array.ravel()[:: 1 + array.size // SAMPLE | 1]


def _white(pixels: np.ndarray) -> float:
    """The brightest tissue, the least value if there is none."""
    least, most = pixels.min(initial=np.inf), pixels.max(initial=-np.inf)
    tissue = pixels[pixels > least + NOTHING * (most - least)]
    return np.percentile(tissue, BRIGHTEST_PERCENTILE) if tissue.size else least


def _black(rest: np.ndarray, dark: np.ndarray) -> float:
    """The least of the rest that can be believed.

    Padding that was smoothed, and voxels broken at random, reach on into the rest, as evenly as they were found in the
    part of the range that :data:`NEAR` is; clean padding, of one value, does not.
    """
    counts = np.unique(sample(dark), return_counts=True)[1]
    scattered = dark.size * (1 - counts.max() / counts.sum())
    trimmed = int(min(scattered / NEAR, MOST_TRIMMED * rest.size))
    return np.partition(rest, trimmed)[trimmed]


def _limits(array: np.ndarray) -> tuple[float, float, float, float]:
    """The least and the greatest value that tissue may have, up to where padding reaches, and the value of marks.

    The last two are not-a-number where there is no such thing.
    """
    values, counts = np.unique(sample(array), return_counts=True)
    if len(values) < FEWEST_VALUES:
        return -np.inf, np.inf, np.nan, np.nan
    values = values.astype(float)
    # No value counts much more than the others, however much air or padding there is.
    weights = np.minimum(counts, counts.sum() / (4 * len(counts)))
    first, third, *_ = values[np.searchsorted(weights.cumsum(), np.array([0.25, 0.75]) * weights.sum())]
    low, high = first - FAR_BELOW * (third - first), third + FAR_ABOVE * (third - first)
    is_usual = values >= low
    mark = _mark(values[is_usual], counts[is_usual], third)
    is_usual &= (values <= high) & (values != mark)
    return low, high, _padding(values[is_usual], counts[is_usual]), mark


def _padding(values: np.ndarray, counts: np.ndarray) -> float:
    """How far up padding reaches, smoothed at its edges, if the least of the values is that."""
    white = values[np.searchsorted(counts.cumsum(), BRIGHTEST_PERCENTILE / 100 * counts.sum())]
    reach = values[0] + NEAR_PADDING * (white - values[0])
    return reach if _is_alone(counts[0], counts[values <= reach], counts) else np.nan


def _mark(values: np.ndarray, counts: np.ndarray, third: float) -> float:
    """The one value of marks burnt in, if there are any: of the bright ones the most frequent."""
    commonest = (counts * (values >= third)).argmax()
    reach = values[commonest] - NEAR * (values[commonest] - values[0])
    return values[commonest] if _is_alone(counts[commonest], counts[values >= reach], counts) else np.nan


def _is_alone(count: int, near: np.ndarray, counts: np.ndarray) -> bool:
    return count >= LEAST_SHARE * counts.sum() and count > ALONE * (near.sum() - count)


def _told(array: np.ndarray, changed: np.ndarray, word: str) -> tuple[str, ...]:
    if not changed.any():
        return ()
    least, most = array[changed].min(), array[changed].max()
    values = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    is_many = changed.mean() >= LEAST_SHARE
    share = f"{changed.mean():.1%} of the voxels" if is_many else f"{np.count_nonzero(changed)} voxel(s)"
    return (f"Far too {word} for tissue and left out: {share} (values {values}).",)
