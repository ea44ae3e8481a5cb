"""Where left and right meet: the body is its own mirror image, which tells more than the network's planes do."""

from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional

from .images.volume import Volume
from .slab import Slab, resample

HALF_HEIGHT_MM = 12.0
HALF_DEPTH_MM = 16.0
HALF_WIDTH_MM = 28.0
"""About half a lumbar vertebral body, and beside it what holds its outline."""

REACH_MM = 14.0
"""The middle is looked for so far to either side of the place given."""

PIXEL_MM = 2.0
"""In the sagittal plane."""

STEP_MM = 1.0
"""Left and right."""

LEAST_PAIRS = 0.3
"""Share of the pairs that must lie in the volume for two sides to be compared."""

STEP_COST = 0.01
"""Of a step sideways from one structure to the next, by its square in millimetres; the likeness is at most 1."""

MOVE_COST = 0.0003
"""Of moving a structure, likewise: where nothing can be compared it stays where it is."""


def to_midline(volume: Volume, slab: Slab, places: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Move structures left or right to where the volume is most like its mirror image around them.

    Parameters
    ----------
    volume : Volume
    slab : Slab
        Cut from it.
    places : numpy.ndarray
        (S, 3), plane, row, column of the slab, on a smooth curve.
    present : numpy.ndarray
        (S,); absent structures stay where they are.

    Returns
    -------
    numpy.ndarray
        (S, 3); rows and columns are those given.
    """
    seen = np.flatnonzero(present)
    if not seen.size:
        return places
    pitch_mm = float(np.linalg.norm(slab.step_lps_mm[:, 0]))
    likeness = _likeness(_bodies(volume, slab, slab.to_lps_mm(places[seen])))
    moved = places.copy()
    moved[seen, 0] += _smoothest(likeness) / pitch_mm
    return moved


def _bodies(volume: Volume, slab: Slab, centres_lps_mm: np.ndarray) -> torch.Tensor:
    """What lies around these centres (S, 3): (S, plane, pixel), not-a-number outside the volume."""
    directions = slab.directions
    half = np.array([HALF_DEPTH_MM, HALF_HEIGHT_MM, HALF_WIDTH_MM + REACH_MM])
    spacing = np.array([PIXEL_MM, PIXEL_MM, STEP_MM])
    centres = centres_lps_mm @ directions
    low = centres.min(axis=0) - half - spacing
    size = np.ceil((centres.max(axis=0) + half + spacing - low) / spacing).astype(int) + 1
    box = resample(volume, directions @ low, directions, tuple(spacing), tuple(size), outside=np.nan)
    lines = (np.arange(-h, h + step / 2, step) for h, step in zip(half, spacing, strict=True))
    around = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).transpose(2, 1, 0, 3)
    # However small the scanner's values are, what is even must be told from what is not.
    box /= np.nanmax(np.abs(box), initial=np.finfo(np.float32).tiny)
    at = (centres[:, None, None, None] + around - low) / spacing
    at = torch.from_numpy(2 * at / (size - 1) - 1).float()
    boxes = torch.from_numpy(box).float().expand(len(at), 1, -1, -1, -1)
    return functional.grid_sample(boxes, at, align_corners=True)[:, 0].flatten(2)


def _likeness(bodies: torch.Tensor) -> np.ndarray:
    """Correlation of the two sides about each possible middle, (S, middle)."""
    half, reach = round(HALF_WIDTH_MM / STEP_MM), round(REACH_MM / STEP_MM)
    middles = range(half, half + 2 * reach + 1)
    return torch.stack(
        [_correlation(bodies[:, m - half : m].flip(1), bodies[:, m + 1 : m + half + 1]) for m in middles], dim=1
    ).numpy()


def _correlation(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(S,), over the pairs that are both known; -1 where they are too few."""
    left, right = left.flatten(1).double(), right.flatten(1).double()
    known = ~(left.isnan() | right.isnan())
    count = known.sum(dim=1, keepdim=True).clamp_min(1)
    left, right = (torch.where(known, side, 0.0) for side in (left, right))
    left, right = (torch.where(known, side - side.sum(dim=1, keepdim=True) / count, 0.0) for side in (left, right))
    scale = left.norm(dim=1) * right.norm(dim=1)
    correlation = (left * right).sum(dim=1) / scale.clamp_min(1e-9)
    return torch.where(known.double().mean(dim=1) >= LEAST_PAIRS, correlation, -1.0)


def _smoothest(likeness: np.ndarray) -> np.ndarray:
    """Millimetres to the right, one a structure: the likeliest middles that make no steps, by dynamic programming."""
    offsets = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    likeness = likeness - MOVE_COST * np.square(offsets)
    cost_of_step = STEP_COST * np.square(offsets[:, None] - offsets)
    from_above, from_below = (_passed_on(rows, cost_of_step) for rows in (likeness, likeness[::-1]))
    of_best_path = from_above + likeness + from_below[::-1]
    return np.array([_vertex(offsets, row) for row in of_best_path])


def _passed_on(likeness: np.ndarray, cost_of_step: np.ndarray) -> np.ndarray:
    """What the best path through the structures before gives to each middle of each, (S, middle)."""
    given = np.zeros_like(likeness)
    for before, here in pairwise(range(len(likeness))):
        given[here] = (given[before] + likeness[before] - cost_of_step).max(axis=1)
    return given


def _vertex(offsets: np.ndarray, likeness: np.ndarray) -> float:
    """The likeliest middle; between two of them the top of the parabola through it and its neighbours."""
    at = int(likeness.argmax())
    if not 0 < at < len(offsets) - 1:
        return float(offsets[at])
    before, here, after = likeness[at - 1 : at + 2]
    return float(offsets[at] + STEP_MM * 0.5 * (before - after) / min(before - 2 * here + after, -1e-9))
