"""Motions of the whole patient in LPS millimetres, as (4, 4) matrices."""

import numpy as np


def shift(left: float, posterior: float, superior: float) -> np.ndarray:
    by = np.eye(4)
    by[:3, 3] = left, posterior, superior
    return by


def turn(axis: str, degrees: float) -> np.ndarray:
    """Turn about the left, posterior or superior axis through the origin."""
    first, second = {"left": (1, 2), "posterior": (2, 0), "superior": (0, 1)}[axis]
    sine, cosine = np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))
    by = np.eye(4)
    by[first, first] = by[second, second] = cosine
    by[first, second], by[second, first] = -sine, sine
    return by


def scale(left: float, posterior: float, superior: float) -> np.ndarray:
    return np.diag([left, posterior, superior, 1.0])
