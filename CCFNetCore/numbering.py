"""From eleven separate peaks to one spine: which structures are found, uncertain or outside the picture.

Each structure is taken where its own heat map peaks, as published; this room only judges whether that can be.
"""

from itertools import pairwise

import numpy as np

from . import anatomy
from .result import State

FOUND_HEAT = 0.5
PRESENT_HEAT = 0.2

CLOSEST_MM = 8.0
FARTHEST_MM = 35.0
"""Neighbouring structures (a vertebra and the disc below it) lie this far apart."""


def judge(heat: np.ndarray, positions_mm: np.ndarray, inside: np.ndarray) -> tuple[list[State], list[str]]:
    """State of each structure, and warnings about the spine as a whole.

    Parameters
    ----------
    heat : numpy.ndarray
        (S,), height of each structure's peak.
    positions_mm : numpy.ndarray
        (S, 3), its place in millimetres.
    inside : numpy.ndarray
        (S,), whether that place lies within the volume.
    """
    states: list[State] = ["outside"] * anatomy.COUNT
    for index in np.flatnonzero((heat >= PRESENT_HEAT) & inside):
        states[index] = "found" if heat[index] >= FOUND_HEAT else "uncertain"
    warnings = []
    for upper, lower in _misplaced_pairs(states, positions_mm):
        weaker = upper if heat[upper] < heat[lower] else lower
        states[weaker] = "uncertain"
        distance = np.linalg.norm(positions_mm[upper] - positions_mm[lower])
        names = f"{anatomy.NAMES[upper]} and {anatomy.NAMES[lower]}"
        warnings.append(f"{names} lie {distance:.0f} mm apart, which is unusual; the numbering may be wrong there.")
    return states, warnings + _summary(states)


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
