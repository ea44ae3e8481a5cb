"""Slices, each where its own header says, on one regular grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .frames import Frame

ON_GRID_MM = 0.1
"""Slices may lie this far from their place in a regular grid."""

MISSING_GAP = 1.5
"""Where a gap is this many times the usual one a slice is missing."""


@dataclass(frozen=True)
class Grid:
    """A regular grid, and the slices on it.

    Attributes
    ----------
    array : numpy.ndarray
        (slice, row, column).
    spacing_mm : tuple of float
        Along columns, rows and slices.
    origin_lps_mm : tuple of float
        Centre of the first voxel.
    direction : numpy.ndarray
        (3, 3); its columns are the LPS directions along a row, along a column and across the slices.
    is_resampled : bool
        Whether the slices lay otherwise.
    """

    array: np.ndarray
    spacing_mm: tuple[float, float, float]
    origin_lps_mm: tuple[float, float, float]
    direction: np.ndarray
    is_resampled: bool


def make_grid(frames: Sequence[Frame], values: np.ndarray) -> Grid:
    """Put slices on a regular grid: as they are if they lie on one within :data:`ON_GRID_MM`, else resampled.

    Resampling is linear, from slice to slice and, where slices are shifted in their plane, within it; the grid covers
    all of them.

    Parameters
    ----------
    frames : sequence of Frame
        Parallel, at least two, in the order of their places along the normal.
    values : numpy.ndarray
        (slice, row, column).
    """
    axes = _axes(frames)
    places = np.array([frame.place for frame in frames]) @ axes
    along_column, along_row = frames[0].pixel_mm
    regular = np.linspace(places[0], [*places[0, :2], places[-1, 2]], len(places))
    if np.abs(places - regular).max() <= ON_GRID_MM:
        step = float(places[-1, 2] - places[0, 2]) / (len(places) - 1)
        return Grid(values, (along_row, along_column, step), tuple(frames[0].place.tolist()), axes, False)
    origin, shifts = _upright(places[:, :2], np.array([along_row, along_column]))
    upright = _shifted(values, shifts)
    array, step = _evenly(upright, places[:, 2])
    first = axes @ [*origin, places[0, 2]]
    return Grid(array, (along_row, along_column, step), tuple(first.tolist()), axes, True)


def _axes(frames: Sequence[Frame]) -> np.ndarray:
    """(3, 3), directions along a row, along a column and across; at right angles, which headers are but roughly."""
    row = np.mean([frame.row for frame in frames], axis=0)
    row /= np.linalg.norm(row)
    normal = np.cross(row, np.mean([frame.column for frame in frames], axis=0))
    normal /= np.linalg.norm(normal)
    return np.stack([row, np.cross(normal, row), normal], axis=1)


def _upright(corners_mm: np.ndarray, pixel_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a grid begins that all slices fit in, and by how many pixels each is shifted in it; (2,) and (slice, 2)."""
    origin = corners_mm.min(axis=0)
    return origin, (corners_mm - origin) / pixel_mm


def _shifted(values: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Slices moved by these parts of pixels, (slice, 2) along columns and rows, in a frame wide enough for all."""
    wider = np.ceil(shifts.max(axis=0)).astype(int)
    rows, columns = values.shape[1] + wider[1], values.shape[2] + wider[0]
    moved = np.full((len(values), rows, columns), values.min(), dtype=np.float32)
    for slice_values, (right, down), into in zip(values, shifts, moved, strict=True):
        shifted = _along(_along(slice_values.astype(np.float32), down % 1, axis=0), right % 1, axis=1)
        top, left = int(down), int(right)
        height, width = min(shifted.shape[0], rows - top), min(shifted.shape[1], columns - left)
        into[top : top + height, left : left + width] = shifted[:height, :width]
    return moved


def _along(pixels: np.ndarray, part: float, axis: int) -> np.ndarray:
    """A picture moved by a part of a pixel, linearly; it grows by the one that it moves into."""
    if part == 0:
        return pixels
    ends = [(1, 1) if n == axis else (0, 0) for n in range(2)]
    padded = np.pad(pixels, ends, mode="edge")
    before, after = (padded.take(range(s, padded.shape[axis] - 1 + s), axis=axis) for s in (0, 1))
    return part * before + (1 - part) * after


def _evenly(values: np.ndarray, places_mm: np.ndarray) -> tuple[np.ndarray, float]:
    """Slices interpolated at even distances, and that distance: the usual one, or what is next to it."""
    gaps = np.diff(places_mm)
    count = max(2, round(float(places_mm[-1] - places_mm[0]) / float(np.median(gaps))) + 1)
    wanted = np.linspace(places_mm[0], places_mm[-1], count)
    after = np.searchsorted(places_mm, wanted).clip(1, len(places_mm) - 1)
    weight = ((wanted - places_mm[after - 1]) / gaps[after - 1])[:, None, None].astype(np.float32)
    return (1 - weight) * values[after - 1] + weight * values[after], float(wanted[1] - wanted[0])
