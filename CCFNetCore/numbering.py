"""How far the spine that was found can be believed: which structures are found, uncertain or outside the picture."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from . import anatomy
from .confidence import NUMBERING_SURE
from .result import Numbering, State
from .wording import per_cent

FOUND_HEAT = 0.5
"""Of a model that does not tell how sure it is: what is hotter is found."""

CLEAR_MEAN_HEAT = 0.65
"""Of all that was found: a lumbar spine in an MR picture has more, one upside down or something else mostly less."""

CLOSEST_MM = 8.0
FARTHEST_MM = 35.0
"""Neighbouring structures (a vertebra and the disc below it) lie this far apart."""


CLOSE_SUPPORT = 0.5
"""A second-best numbering with this much of the first one's support is worth a warning."""

MOST_SUPPORT = 10.0
"""Where the names given have next to no support of their own, how many times as much others have says nothing."""


def judge(
    heat: np.ndarray, positions_mm: np.ndarray, present: np.ndarray, sure: np.ndarray, doubts: Sequence[str] = ()
) -> tuple[list[State], list[str]]:
    """State of each structure, and warnings about the spine as a whole.

    Parameters
    ----------
    heat : numpy.ndarray
        (S,), height of each structure's peak.
    positions_mm : numpy.ndarray
        (S, 3), its place in millimetres.
    present : numpy.ndarray
        (S,), whether the structure belongs to the spine that was seen and lies within the volume.
    sure : numpy.ndarray
        (S,), whether its place and name are sure enough to be believed by themselves.
    doubts : sequence of str
        Reasons to think that it is no spine in an MR picture; with any of them no structure is found for certain.
    """
    doubts = [*doubts, *_doubt_unclear(heat[present])]
    states: list[State] = ["outside"] * anatomy.COUNT
    for index in np.flatnonzero(present):
        states[index] = "found" if sure[index] and not doubts else "uncertain"
    warnings = [*doubts, *_doubt_names_without_sacrum(states)]
    for upper, lower in _misplaced_pairs(states, positions_mm):
        weaker = upper if heat[upper] < heat[lower] else lower
        for index in (weaker, *range(upper + 1)):
            # Levels are counted from the sacrum: a step too many, or too few, moves every name above it.
            states[index] = "uncertain" if states[index] == "found" else states[index]
        distance = np.linalg.norm(positions_mm[upper] - positions_mm[lower])
        names = f"{anatomy.NAMES[upper]} and {anatomy.NAMES[lower]}"
        warnings.append(
            f"{names} lie {distance:.0f} mm apart, which is unusual; the numbering may be wrong there and above."
        )
    return states, warnings + _summary(states)


def second_best(support: np.ndarray) -> Numbering | None:
    """The next most likely naming of the points: all of them one or two levels further up or down.

    Parameters
    ----------
    support : numpy.ndarray
        (S, S), at the place of the structure of each row the heat of the structure of each column;
        not-a-number in the rows of structures that are outside.

    Returns
    -------
    Numbering or None
        None if there are too few points to tell.
    """
    shifts = (-2, -1, 1, 2)
    candidates = [Numbering(levels, _relative_support(support, levels)) for levels in shifts]
    candidates = [c for c in candidates if not np.isnan(c.support)]
    return max(candidates, key=lambda c: c.support, default=None)


def close_numbering_warning(second: Numbering | None) -> list[str]:
    """A sentence if the second-best numbering is close, else nothing."""
    if second is None or second.support < CLOSE_SUPPORT:
        return []
    share = f"{second.support:.0%} of the support of those given"
    fit = f"fit nearly as well ({share})" if second.support <= 1 else f"fit better ({share})"
    if second.support == MOST_SUPPORT:
        fit = "fit better, for those given have next to no support"
    return [f"All names {_in_words(second)} would {fit}; check the numbering."]


def unsure_numbering_warning(
    confidence: float | None, second: Numbering | None, may_be_transitional: bool = False
) -> list[str]:
    """A sentence if the names as a whole are less than sure, with the next likeliest ones; else nothing.

    Parameters
    ----------
    confidence : float or None
        Of the numbering.
    second : Numbering or None
        The second-best naming.
    may_be_transitional : bool
        Whether the discs where lumbar spine and sacrum meet look as if a vertebra there were neither.
    """
    if confidence is None or confidence >= NUMBERING_SURE:
        return []
    reasons = ["there may be a transitional vertebra"] if may_be_transitional else []
    likelier = [] if second is None else [f"the next likeliest are all names {_in_words(second)}"]
    because = "".join(f"; {each}" for each in (*reasons, *likelier))
    return [f"The names may be wrong (they are {per_cent(confidence)} sure){because}. Check the numbering."]


def _in_words(numbering: Numbering) -> str:
    way, count = "down" if numbering.shift_levels > 0 else "up", abs(numbering.shift_levels)
    return f"{count} level{'s' if count > 1 else ''} further {way}"


def _doubt_unclear(heat: np.ndarray) -> list[str]:
    """That the structures found stand out too little to be believed."""
    if not heat.size or heat.mean() >= CLEAR_MEAN_HEAT:
        return []
    return [
        f"What was found is unclear as a whole (mean confidence {heat.mean():.2f}): it may be another part of the "
        "body, lie upside down, or have a wrong pixel size in its header."
    ]


def _doubt_names_without_sacrum(states: list[State]) -> list[str]:
    """Levels are counted from the sacrum: where L5-S1 is not seen, every name is uncertain."""
    if states[-1] != "outside" or states.count("outside") == len(states):
        return []
    states[:] = ["uncertain" if state == "found" else state for state in states]
    return [f"{anatomy.NAMES[-1]} is not in the picture, so that levels cannot be counted from the sacrum."]


def _relative_support(support: np.ndarray, levels: int) -> float:
    """Support of the names shifted by this many levels, over that of the names given, for the same points."""
    step = levels * anatomy.STRUCTURES_PER_LEVEL
    given, shifted = np.diagonal(support), np.diagonal(support, offset=step)
    given = given[: len(shifted)] if step > 0 else given[-len(shifted) :]
    there = ~np.isnan(given)
    if there.sum() < 2:
        return np.nan
    supported = max(float(given[there].clip(0).sum()), np.finfo(float).tiny)
    return min(float(shifted[there].clip(0).sum()) / supported, MOST_SUPPORT)


def _misplaced_pairs(states: list[State], positions_mm: np.ndarray) -> list[tuple[int, int]]:
    """Neighbours that are both there and lie too close, too far, or not in the order of the other structures."""
    present = [index for index, state in enumerate(states) if state != "outside"]
    if len(present) < 2:
        return []
    downward = positions_mm[present[-1]] - positions_mm[present[0]]
    pairs = []
    for upper, lower in pairwise(present):
        step = positions_mm[lower] - positions_mm[upper]
        distance = np.linalg.norm(step)
        skipped = lower - upper
        if step @ downward <= 0 or not CLOSEST_MM * skipped <= distance <= FARTHEST_MM * skipped:
            pairs.append((upper, lower))
    return pairs


def _summary(states: list[State]) -> list[str]:
    summary = []
    for state, words in (("outside", "not in the picture"), ("uncertain", "uncertain")):
        names = [name for name, s in zip(anatomy.NAMES, states, strict=True) if s == state]
        if names:
            summary.append(f"{', '.join(names)}: {words}.")
    return summary
