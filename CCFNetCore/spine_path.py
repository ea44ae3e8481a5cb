"""The one spine among the candidates of eleven heat maps: a path of least cost from T12-L1 to L5-S1.

A path takes one candidate a structure, or none. What it costs: little heat, structures left out, and steps between
neighbours of an unusual length or direction. Minimum-cost paths over levels: arXiv 2601.14066; here with the
structures of CCF-Net and steps learned from marked pictures.
"""

from typing import NamedTuple

import numpy as np

from . import anatomy

LEFT_OUT = 0.8
"""Cost of a structure without a candidate; one with a heat of 1 costs nothing."""

STEP_WEIGHT = 0.05
"""Cost of a step whose length or direction is one standard deviation from the mean."""

STEP_MM = np.array([16.8, 17.8, 17.4, 18.2, 18.0, 18.7, 18.1, 18.4, 18.0, 17.9])
"""Mean distance of each structure from the next one, head to foot, in 111 patients of the Tianchi data."""

STEP_DEGREES = np.array([-10.8, -12.9, -11.6, -11.1, -8.3, -6.7, -1.8, 3.0, 10.4, 18.2])
"""Mean direction of that step in the sagittal plane: 0 straight down, positive backwards."""

LENGTH_DEVIATION = 0.2
"""Standard deviation of the logarithm of a step's length: 0.11 among people, more where the scale is a guess."""

DEGREES_DEVIATION = 12.0
"""Standard deviation of a step's direction: 8 degrees among people, more for those who lie askew."""


class Candidates(NamedTuple):
    """Places where structures may lie.

    Attributes
    ----------
    points_mm : numpy.ndarray
        (S, N, 2), down and backwards in the sagittal plane, in millimetres from anywhere.
    heat : numpy.ndarray
        (S, N), 0..1; a heat of 0 is no candidate.
    """

    points_mm: np.ndarray
    heat: np.ndarray


def cheapest_path(candidates: Candidates) -> np.ndarray:
    """The candidate of each structure on the path of least cost, -1 where it is left out; (S,)."""
    count = anatomy.COUNT
    cost = np.where(candidates.heat > 0, 1.0 - candidates.heat, np.inf)
    before = np.full((*cost.shape, 2), -1)
    for lower in range(count):
        best = np.full(cost.shape[1], LEFT_OUT * lower)
        for upper in range(lower):
            through = cost[upper, :, None] + (lower - upper - 1) * LEFT_OUT + _step_cost(candidates, upper, lower)
            cheaper = through.min(axis=0) < best
            best = np.minimum(best, through.min(axis=0))
            before[lower, cheaper] = np.stack([np.full(len(best), upper), through.argmin(axis=0)], axis=1)[cheaper]
        cost[lower] += best
    return _trace_back(cost, before)


def _step_cost(candidates: Candidates, upper: int, lower: int) -> np.ndarray:
    """Cost (candidate of the upper one, candidate of the lower one) of the step between two structures."""
    step = candidates.points_mm[lower][None] - candidates.points_mm[upper][:, None]
    length = np.linalg.norm(step, axis=-1).clip(1e-3)
    degrees = np.degrees(np.arctan2(step[..., 1], step[..., 0]))
    between = slice(upper, lower)
    too_long = np.log(length / STEP_MM[between].sum()) / LENGTH_DEVIATION
    turned = (degrees - STEP_DEGREES[between].mean()) / DEGREES_DEVIATION
    return STEP_WEIGHT * (too_long**2 + turned**2)


def _trace_back(cost: np.ndarray, before: np.ndarray) -> np.ndarray:
    count = len(cost)
    ends = cost + LEFT_OUT * np.arange(count - 1, -1, -1)[:, None]
    path = np.full(count, -1)
    if ends.min() >= LEFT_OUT * count:
        return path
    structure, candidate = np.unravel_index(ends.argmin(), ends.shape)
    while structure >= 0:
        path[structure] = candidate
        structure, candidate = before[structure, candidate]
    return path
