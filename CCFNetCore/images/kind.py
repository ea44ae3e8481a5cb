"""Tells an MR picture from what is given as one by mistake."""

import numpy as np

from ..errors import InputError
from .grey_values import sample
from .volume import Volume

MOST_LABELS = 256
SLICES = 16
PATCHES = 0.85
"""Share of neighbours with one value, background aside, from which on a picture consists of patches, as a mask does.

In one direction at least it is 0.87 and more in the masks of 17 volumes and 150 pictures; at most 0.48 in the volumes
and in 1455 pictures, and 0.81 where these are cut down to four grey levels.
"""

FEWEST_GREYS = 8
"""No scanner writes pictures of fewer values."""

GREYS = 8
"""The commonest of so many greys, from the first to the 99th percentile, is air: at most the second one in 17 real
volumes and 1455 pictures, at least the seventh where these are inverted."""

CT_LEAST, CT_AIR, CT_TISSUE = -3100.0, -900.0, (-200.0, 200.0)
"""Hounsfield units: no scanner writes less than the first; air lies below the second, soft tissue between the last."""

LEAST_AIR = 0.01
LEAST_FAT = 0.005
"""Shares of a CT's voxels. Fat, and what is noisy about water, lies below 0; beside padding of -1000 nothing does."""


def require_picture(volume: Volume) -> None:
    """Check that a volume holds grey values to look at.

    Raises
    ------
    InputError
        If it has one value everywhere, or is a mask.
    """
    values, counts = np.unique(sample(volume.array), return_counts=True)
    if volume.array.min() == volume.array.max():
        raise InputError(f"{volume.name}: has the value {values[0]:g} everywhere, so there is nothing to see in it.")
    if len(values) <= MOST_LABELS and _consists_of_patches(volume.array, background=values[counts.argmax()]):
        raise InputError(f"{volume.name}: holds {len(values)} different values in patches: a mask, and not a picture.")


def doubts(volume: Volume) -> list[str]:
    """A sentence for each reason to think that a volume is no usual MR picture."""
    found = []
    values = np.unique(sample(volume.array))
    if len(values) < FEWEST_GREYS:
        found.append(f"It holds {len(values)} different grey values alone: it may be a mask, or made from one.")
    if _is_ct(sample(volume.array)):
        found.append("Its values are those of a CT (air near -1000, water near 0), and CCF-Net knows MR alone.")
    if _is_inverted(sample(volume.grey_values.array)):
        found.append("Its commonest grey is a bright one, as if air were white: it may be inverted, or no MR picture.")
    return found


def _is_ct(values: np.ndarray) -> bool:
    """Whether there are air and soft tissue in Hounsfield units, and next to nothing between the two."""
    least, most = CT_TISSUE
    air, between, fat, tissue = (
        np.mean((values >= low) & (values < high))
        for low, high in ((CT_LEAST, CT_AIR), (CT_AIR, least), (least, 0), (least, most))
    )
    return values.min() >= CT_LEAST and air >= LEAST_AIR and fat >= LEAST_FAT and tissue > 4 * between


def _is_inverted(values: np.ndarray) -> bool:
    counts, _ = np.histogram(values, GREYS, np.percentile(values, [1, 99]))
    return counts.argmax() >= GREYS / 2


def _consists_of_patches(array: np.ndarray, background: float) -> bool:
    """Whether neighbours along rows or columns mostly have one value; a few slices, evenly spread, tell."""
    slices = array[:: 1 + len(array) // SLICES]
    return any(_share_of_like_neighbours(slices, axis, background) >= PATCHES for axis in (1, 2))


def _share_of_like_neighbours(array: np.ndarray, axis: int, background: float) -> float:
    along = np.moveaxis(array, axis, 0)
    one, next_one = along[1:], along[:-1]
    counted = (one != background) | (next_one != background)
    return np.count_nonzero((one == next_one) & counted) / max(1, np.count_nonzero(counted))
