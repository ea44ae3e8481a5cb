"""Guesses where structures lie that a data set does not mark, from those that it does.

A picture that shows a structure and does not mark it would teach that it does not show it.
"""

from collections.abc import Mapping

import numpy as np

from .. import anatomy
from ..errors import InputError
from .landmarks_file import make_structure

WITH_NEIGHBOURS = ("T12", *anatomy.NAMES, "S1")
"""Head to foot; marks of the first and the last help to guess."""

TURN_AT_THE_SACRUM = np.deg2rad(11)
"""By so much the way from L5 to L5-S1 leads farther back than that from L4 to L5, in the mean of Tianchi's patients."""


def structures_from_marks(
    marked: Mapping[str, np.ndarray], size: tuple[int, int], grades: Mapping[str, str] | None = None
) -> list[dict]:
    """The structures in a picture: those marked, and guesses of the others, which are approximate.

    Parameters
    ----------
    marked : mapping
        (2,), row and column in pixels, by name; names that are not in :data:`WITH_NEIGHBOURS` are passed over.
    size : tuple of int
        Rows and columns of the picture; guesses beyond it are left out.
    grades : mapping, optional
        By name.

    Raises
    ------
    InputError
        If too few are marked.
    """
    structures = []
    for name, place in _fill(marked).items():
        grade = (grades or {}).get(name)
        if name in marked:
            structures.append(make_structure(name, place, grade))
        elif ((place >= 0) & (place <= np.array(size) - 1)).all():
            structures.append(make_structure(name, place, grade, approximate=True))
    return structures


def _fill(marked: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Places of the eleven structures: as marked, in the middle between neighbours, or half a level on.

    On Tianchi's marks guesses between neighbours are 1.5 to 2.3 mm off in the median; L1 and T12-L1 from the discs
    below 2.3 and 3.6, T12-L1 and L5-S1 from the vertebrae 2.6 and 3.0 (4.5 without the turn).
    """
    nowhere = np.full(2, np.nan)
    places = np.array([marked.get(name, nowhere) for name in WITH_NEIGHBOURS])
    between = (places[:-2] + places[2:]) / 2
    places[1:-1] = np.where(np.isnan(places[1:-1]), between, places[1:-1])
    _go_on(places, turn_at_last=TURN_AT_THE_SACRUM)
    _go_on(places[::-1], turn_at_last=0.0)
    by_name = dict(zip(WITH_NEIGHBOURS, places, strict=True))
    if any(np.isnan(by_name[name]).any() for name in anatomy.NAMES):
        raise InputError("too few of its structures are marked to guess where the others lie.")
    return {name: by_name[name] for name in anatomy.NAMES}


def _go_on(places: np.ndarray, turn_at_last: float) -> None:
    """Fill in what is missing after the known places, each half a level on from the one before.

    Parameters
    ----------
    places : numpy.ndarray
        (S + 2, 2), in either order; the first and last are the neighbours of the eleven structures.
    turn_at_last : float
        Turn to the back of the way to the last structure, in radians.
    """
    last = len(places) - 2
    for index in range(3, last + 1):
        if np.isnan(places[index]).any():
            down, back = (places[index - 1] - places[index - 3]) / anatomy.STRUCTURES_PER_LEVEL
            cosine, sine = (np.cos(turn_at_last), np.sin(turn_at_last)) if index == last else (1.0, 0.0)
            places[index] = places[index - 1] + [cosine * down - sine * back, sine * down + cosine * back]
