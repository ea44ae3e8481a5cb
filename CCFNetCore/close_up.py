"""Close-ups of the structures, each upright along the spine: what the reader sees.

A close-up shows a structure in the middle, with the levels above and below. Its rows run down along the spine and its
columns from front to back, whatever the spine's curve, and it is scaled so that the spine is of mean length: the same
part of a disc or vertebra always lies in about the same place. Pictures whose scale is a guess need no other one so.
Shifts are such a spine's millimetres, down along it and to the back.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from . import anatomy
from .slab import Slab
from .spine_path import STEP_MM

PIXEL_MM = 0.6
"""Side of a pixel of a close-up in a spine of mean length; pictures that close-ups are cut from should be as fine."""

SIDE_PX = 112
"""Side of a close-up: 67 mm, about two levels."""

LOWER_DISCS = ("L4-L5", "L5-S1", "S1-S2")
"""Where lumbar spine and sacrum meet; the last is but a remnant, unless the vertebra above it is like a lumbar one."""

LOWER_INDICES = [anatomy.index_of(name) for name in LOWER_DISCS[:2]]
"""Those of them that are among the structures."""

_S1_S2_MM, _S1_S2_DEGREES = 30.0, 22.0
"""It lies so far from L5-S1 in a spine of mean length, turned so much to the back from the line of the discs above."""

_REACH = 2
"""The spine's direction at a structure is that from the second structure above it to the second below."""


def spine_directions(points: np.ndarray) -> np.ndarray:
    """Unit vectors down along the spine.

    Parameters
    ----------
    points : numpy.ndarray
        (S, 2), row and column, head to foot; not-a-number where a structure is not in the picture.

    Returns
    -------
    numpy.ndarray
        (S, 2), row and column; straight down where too few structures are there to tell.
    """
    down = np.tile([1.0, 0.0], (len(points), 1))
    there = np.flatnonzero(~np.isnan(points).any(axis=1))
    for index in there:
        near = there[np.abs(there - index) <= _REACH]
        along = points[near[-1]] - points[near[0]]
        length = np.linalg.norm(along)
        if length > 0:
            down[index] = along / length
    return down


def spine_scale(points: np.ndarray) -> float:
    """Pixels to a millimetre of a spine of mean length, from the distances of neighbours (S, 2) in pixels.

    1 / :data:`PIXEL_MM` where there are no two neighbours.
    """
    steps = np.linalg.norm(np.diff(points[: anatomy.COUNT], axis=0), axis=1)
    known = ~np.isnan(steps)
    return float(steps[known].sum() / STEP_MM[known].sum()) if known.any() else 1 / PIXEL_MM


def lower_close_ups(picture: Tensor, points: np.ndarray) -> Tensor:
    """Close-ups of the :data:`LOWER_DISCS`, the last where it should be.

    Parameters
    ----------
    picture : Tensor
        (H, W).
    points : numpy.ndarray
        (S, 2), row and column of each structure; those of L4-L5 and L5-S1 are needed.

    Returns
    -------
    Tensor
        (3, SIDE_PX, SIDE_PX).
    """
    turn = np.radians(_S1_S2_DEGREES)
    down = np.diff(points[LOWER_INDICES], axis=0)[0]
    down = down @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / np.linalg.norm(down)
    s1_s2 = points[LOWER_INDICES[1]] + _S1_S2_MM * spine_scale(points) * down
    close_ups = cut_close_ups(picture.expand(len(points) + 1, -1, -1), np.vstack([points, s1_s2]))
    return close_ups[[*LOWER_INDICES, len(points)]]


def shifted(points: np.ndarray, shifts_mm: np.ndarray) -> np.ndarray:
    """Points (S, 2) moved by shifts (S, 2) within their close-ups."""
    down, back = _axes(points)
    return points + shifts_mm[:, :1] * down + shifts_mm[:, 1:] * back


def shifts_to(others: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The shifts (S, 2) that would move points (S, 2) to others (S, 2)."""
    axes = np.stack(_axes(points), axis=1)
    return np.einsum("sac,sc->sa", axes, others - points) / np.square(axes).sum(axis=2)


def _axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps (S, 2) of a millimetre of a spine of mean length in a picture: down along the spine, and to the back."""
    down = spine_directions(points) * spine_scale(points)
    return down, np.stack([-down[:, 1], down[:, 0]], axis=1)


def cut_close_ups(pictures: Tensor, points: np.ndarray) -> Tensor:
    """One close-up a structure.

    Parameters
    ----------
    pictures : Tensor
        (S, H, W), the picture that each structure is cut from.
    points : numpy.ndarray
        (S, 2), row and column of each structure; the close-up of one that is not a number is empty.

    Returns
    -------
    Tensor
        (S, SIDE_PX, SIDE_PX), 0 beyond the picture.
    """
    down, back = _axes(points)
    away = (np.arange(SIDE_PX) - (SIDE_PX - 1) / 2)[:, None, None] * PIXEL_MM
    # (row of the close-up, column, structure, row or column of the picture)
    places = points + away[:, None] * down + away * back
    # From the centre of the first pixel to that of the last grid_sample counts -1 to 1, columns first.
    half = (np.array(pictures.shape[-2:]) - 1) / 2
    sampled = np.nan_to_num((places / half - 1)[..., ::-1], nan=2.0).transpose(2, 0, 1, 3)
    grid = torch.from_numpy(np.ascontiguousarray(sampled, dtype=np.float32))
    return functional.grid_sample(pictures[:, None], grid, align_corners=True)[:, 0]


def close_ups_in(slab: Slab, places: np.ndarray) -> Tensor:
    """Close-ups of structures in a slab.

    Parameters
    ----------
    slab : Slab
        Its pixels should be about as large as a close-up's.
    places : numpy.ndarray
        (S, 3), plane, row and column; each is seen in the plane nearest to it. Not-a-number where there is none.

    Returns
    -------
    Tensor
        (S, SIDE_PX, SIDE_PX).
    """
    plane = np.nan_to_num(places[:, 0]).round().clip(0, len(slab.pictures) - 1).astype(int)
    return cut_close_ups(torch.from_numpy(slab.pictures[plane, 1]), places[:, 1:])
