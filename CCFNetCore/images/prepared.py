"""What is done to a volume before it is read, wherever it comes from: file, DICOM series or Slicer."""

from dataclasses import replace

import numpy as np

from ..errors import InputError
from .volume import Volume

LARGEST = 1e36
"""No signal is larger: beyond lie infinity, the codes of programs for no value, and the end of single precision."""

ODD_LEAN_DEGREES = 0.5
"""By so much, a slice at the end of a wide volume lies a millimetre beside where a square grid has it."""


def prepared(volume: Volume) -> Volume:
    """The volume without missing voxels, and with a warning of these and of axes that lean.

    Raises
    ------
    InputError
        If all its voxels are missing.
    """
    volume = _without_missing(volume)
    if volume.lean_degrees <= ODD_LEAN_DEGREES:
        return volume
    return _warned(
        volume,
        f"The axes of its voxel grid are {volume.lean_degrees:.1f} degrees off right angles; "
        "it is read where its voxels lie.",
    )


def _without_missing(volume: Volume) -> Volume:
    """The volume with its least value where a voxel is not a number, or is infinite; the same one if none is."""
    array = volume.array
    if array.dtype.kind in "iub" or (array.min() > -LARGEST and array.max() < LARGEST):
        return volume
    is_known = (array > -LARGEST) & (array < LARGEST)
    if not is_known.any():
        raise InputError(f"{volume.name}: none of its voxels is a number.")
    share = f"{100 * (1 - is_known.mean()):.2g}"
    filled = np.where(is_known, array, array[is_known].min())
    return _warned(
        replace(volume, array=filled), f"{share} % of the voxels are not numbers; they are taken as missing."
    )


def _warned(volume: Volume, sentence: str) -> Volume:
    """The volume with a warning, once."""
    return replace(volume, warnings=tuple(dict.fromkeys((*volume.warnings, sentence))))
