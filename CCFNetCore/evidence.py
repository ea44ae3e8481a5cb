"""What speaks for and against the places and names given, in numbers that a confidence can be learned from."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from . import anatomy
from .grid import STRIDE
from .reading import SAME_PLACE_PX, Reading
from .result import Numbering
from .spine_path import STEP_DEGREES, STEP_MM

FAR_MM = 30.0
"""Distances are cut to this: beyond it another structure is meant."""

OF_STRUCTURE = ("heat", "agreement", "spread", "rival", "elsewhere", "step above", "step below", "worst step below")
OF_NUMBERING = (
    "mean heat",
    "second numbering",
    "worst step",
    "turn of the lowest step",
    "curve",
    "L4-L5 is not L5-S1",
    "L5-S1 is not L4-L5",
    "L5-S1 is not S1-S2",
    "S1-S2 is not L5-S1",
)

TURN_DEGREES = 20.0
"""Turns are told in so many degrees: two standard deviations of the lowest step's among people."""

LEAST_TURN = -0.3
"""It is one side that tells: below L5-S1 the sacrum turns away to the back."""

CLEAR_LOG_ODDS = 3.0
"""A disc that is clearly one and not the other, at twenty to one, could not be more so for all that is learned here."""

HARDLY_APART = 1.0
"""Log-odds: a disc that is not clearly one or the other."""


class Evidence(NamedTuple):
    """Of one input.

    Attributes
    ----------
    structures : numpy.ndarray
        (S, len(OF_STRUCTURE)): heat; share of the readings at other scales that put the structure to the same place;
        how far from it they put it in the mean, as a share of :data:`FAR_MM`; the most heat of another structure of
        its kind there; the most heat of its own map elsewhere; by how much the steps to the neighbours above and below
        differ from what the others let expect, as natural logarithms, and the most that one of the steps below
        differs: names are counted from the sacrum. Not-a-number where the structure is outside.
    numbering : numpy.ndarray
        (len(OF_NUMBERING),): the mean heat; the support of the second-best naming; how unusual the most unusual step
        is; how much farther the step to the lowest structure turns to the back than the others let expect, and by how
        much this grows from level to level, for below L5-S1 the sacrum turns away; and what the discs where lumbar
        spine and sacrum meet look like, as log-odds, 0 where that cannot be told. Not-a-number where nothing is there.
    """

    structures: np.ndarray
    numbering: np.ndarray

    @property
    def may_be_transitional(self) -> bool:
        """Whether the lower discs are less apart than in most people, or the lowest one lies in the sacrum's turn."""
        apart = self.numbering[[" is not " in name for name in OF_NUMBERING]]
        turn = self.numbering[OF_NUMBERING.index("turn of the lowest step")]
        return bool((apart.any() and apart.min() < HARDLY_APART) or turn > 1)


def weigh(
    readings: Sequence[Reading],
    heat_maps: np.ndarray,
    support: np.ndarray,
    merged: Reading,
    second: Numbering | None,
    lower: np.ndarray | None,
) -> Evidence:
    """Evidence of a merged reading.

    Parameters
    ----------
    readings : sequence of Reading
        At all scales, their places in one slab.
    heat_maps : numpy.ndarray
        (S, rows, columns), of that slab, the most over its planes.
    support : numpy.ndarray
        (S, S), at each structure's place (row) the heat of each other (column).
    merged : Reading
        What was made of them.
    second : Numbering or None
        The second-best naming.
    lower : numpy.ndarray or None
        (3, 3), see :meth:`~CCFNetCore.closer_look.CloserLook.lower_discs`.
    """
    there = np.flatnonzero(merged.present)
    structures = np.full((anatomy.COUNT, len(OF_STRUCTURE)), np.nan)
    if not there.size:
        return Evidence(structures, np.full(len(OF_NUMBERING), np.nan))
    away = np.stack([np.linalg.norm(r.places - merged.places, axis=1) for r in readings])
    away[~np.stack([r.present for r in readings])] = FAR_MM
    steps = _unusual_steps(merged.places[:, 1:], there)
    above, below = np.zeros((2, anatomy.COUNT))
    above[there[1:]] = below[there[:-1]] = np.abs(steps[:, 0])
    columns = (
        merged.heat,
        (away <= SAME_PLACE_PX).mean(axis=0),
        away.clip(0, FAR_MM).mean(axis=0) / FAR_MM,
        _rivals(support),
        _elsewhere(heat_maps, merged.places[:, 1:]),
        above,
        below,
        np.maximum.accumulate(below[::-1])[::-1],
    )
    structures[there] = np.stack(columns, axis=1)[there]
    l4_l5, l5_s1, s1_s2 = np.zeros((3, 3)) if lower is None else lower
    apart = [l4_l5[0] - l4_l5[1], l5_s1[1] - l5_s1[0], l5_s1[1] - l5_s1[2], s1_s2[2] - s1_s2[1]]
    numbering = np.array(
        [
            merged.heat[there].mean(),
            second.support if second else 0.0,
            np.abs(steps[:, 0]).max(initial=0.0),
            max(LEAST_TURN, steps[-1, 1]) if len(steps) else 0.0,
            max(0.0, _slope(steps[:, 1])),
            *np.minimum(apart, CLEAR_LOG_ODDS),
        ]
    )
    return Evidence(structures, numbering)


def _rivals(support: np.ndarray) -> np.ndarray:
    """(S,), the most heat of another structure of the same kind at each structure's place."""
    kinds = np.array([level.kind for level in anatomy.LEVELS])
    is_rival = (kinds[:, None] == kinds[None]) & ~np.eye(len(kinds), dtype=bool)
    return np.where(is_rival, support, 0.0).max(axis=1).clip(0, 1)


def _elsewhere(heat_maps: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(S,), the most heat of each map more than a cell away from the structure's place (S, 2)."""
    rows, columns = (np.arange(length) for length in heat_maps.shape[1:])
    cells = places / STRIDE - 0.5
    is_far = (np.abs(rows[None, :, None] - cells[:, 0, None, None]) > 1.6) | (
        np.abs(columns[None, None, :] - cells[:, 1, None, None]) > 1.6
    )
    return np.where(is_far, heat_maps, 0.0).max(axis=(1, 2)).clip(0, 1)


def _unusual_steps(places: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(steps, 2): how much longer and how much farther turned to the back each step down is than the middle one.

    Compared with the mean person's; natural logarithms, and shares of :data:`TURN_DEGREES`.
    """
    step = np.diff(places[there], axis=0)
    length = np.linalg.norm(step, axis=1).clip(1e-3)
    expected_length = np.array([STEP_MM[a:b].sum() for a, b in pairwise(there)])
    expected_degrees = np.array([STEP_DEGREES[a:b].mean() for a, b in pairwise(there)])
    turned = (np.degrees(np.arctan2(step[:, 1], step[:, 0])) - expected_degrees) / TURN_DEGREES
    unusual = np.column_stack([np.log(length / expected_length), turned])
    return unusual - np.median(unusual, axis=0) if len(unusual) else unusual


def _slope(values: np.ndarray) -> float:
    """By how much they grow from one to the next."""
    return float(np.polyfit(np.arange(len(values)), values, 1)[0]) if len(values) > 1 else 0.0
