"""Where a file's voxels lie in the patient, as far as its header says so."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import InputError
from .contrast import weighting
from .volume import FEWEST_SLICES, Volume

_MM_PER_UNIT = {"": 1.0, "?": 1.0, "um": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1e3}

FINEST_MM, COARSEST_MM = 0.02, 50.0
"""Voxels of other sizes are of no scan of a person: their header means other units, or is damaged."""

_LARGEST_NUMBER = 1e12

FIRST_VOXEL_UNKNOWN = (
    "Its header does not say where the first voxel lies: taken as 0, 0, 0; positions count from there."
)

_LEFT_HANDED = "The voxel grid is left-handed: index_ijk counts k as the file does, Slicer from the other end."


def placed_volume(
    path: Path,
    name: str,
    array: np.ndarray,
    steps_lps_mm: np.ndarray,
    origin_lps_mm: np.ndarray,
    warnings: tuple[str, ...] = (),
) -> Volume:
    """A file's volume, whose voxels follow one another in these steps.

    Parameters
    ----------
    path : Path
        What errors name.
    name : str
    array : numpy.ndarray
        (k, j, i).
    steps_lps_mm : numpy.ndarray
        (3, 3); its columns are the steps in LPS from one voxel to the next along i, j and k.
    origin_lps_mm : numpy.ndarray
        (3,), centre of voxel (0, 0, 0).
    warnings : tuple of str
        What is odd about the file.

    Raises
    ------
    InputError
        If no scan has such steps.
    """
    spacing = np.linalg.norm(steps_lps_mm, axis=0)
    if not np.isfinite(origin_lps_mm).all():
        raise InputError(f"{path}: its header is damaged; its first voxel lies at no numbers.")
    if not ((spacing >= FINEST_MM) & (spacing <= COARSEST_MM)).all():
        size = " x ".join(f"{length:.4g}" for length in spacing)
        raise InputError(f"{path}: its header is damaged or not in millimetres; it gives voxels of {size} mm.")
    return Volume(
        name=name,
        array=array,
        spacing_mm=tuple(spacing.tolist()),
        origin_lps_mm=tuple(np.asarray(origin_lps_mm).tolist()),
        direction=steps_lps_mm / spacing,
        weighting=weighting(name),
        notes=(_LEFT_HANDED,) if np.linalg.det(steps_lps_mm) < 0 else (),
        warnings=warnings,
    )


def check_sizes(path: Path, in_space: list[int], others: list[int]) -> None:
    """Look whether an image with these numbers of voxels along its axes in space, and along others, is one volume.

    Raises
    ------
    InputError
        If it is none, or several.
    """
    if min((*in_space, *others), default=0) < 1:
        sizes = " x ".join(map(str, (*in_space, *others)))
        raise InputError(f"{path}: its header is damaged; it gives a size of {sizes or 'no'} voxels.")
    if len(in_space) < 3:
        raise InputError(f"{path}: is a single slice, but a volume of at least {FEWEST_SLICES} slices is needed.")
    several = math.prod((*in_space[3:], *others))
    if several > 1:
        raise InputError(f"{path}: holds {several} volumes, as in time or of several contrasts, but one is needed.")


def numbers(texts: Iterable[str]) -> np.ndarray:
    """The numbers that a header gives as text.

    Raises
    ------
    ValueError
        If one is none, or so large that no place in a patient could be reckoned from it.
    """
    found = np.array([float(text) for text in texts])
    if (np.abs(found) > _LARGEST_NUMBER).any():
        raise ValueError
    return found


def orientation_unknown(path: Path, why: str) -> InputError:
    """The error that a volume is whose header does not say how it lies: no point could be placed in the patient."""
    return InputError(f"{path}: its header does not say how the voxels lie in the patient ({why}).")


def other_kind(path: Path, kind: str) -> InputError:
    """The error that an image is whose voxels hold anything but one grey value each."""
    return InputError(f"{path}: is {kind}, but a volume of one grey value for each voxel is needed.")


def mm_per_unit(path: Path, unit: str) -> float:
    """Millimetres in a header's unit of length, or 1 where it names none.

    Raises
    ------
    InputError
        If it is not known.
    """
    if unit.lower() not in _MM_PER_UNIT:
        raise InputError(f"{path}: its unit of length, {unit}, is not known.")
    return _MM_PER_UNIT[unit.lower()]
