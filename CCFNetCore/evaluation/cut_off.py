"""Pictures cut off above or below: what is missing should be reported as outside, the rest still be right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .. import anatomy
from ..detector import Detector
from ..errors import InputError
from ..images.picture import read_picture, volume_from_picture
from ..training.data import Record
from .measures import RECALL_MM
from .outcomes import places_of, with_progress

End = Literal["above", "below"]
LEVELS_CUT = range(1, 6)
AT_THE_EDGE_MM = 6.0
"""What lies this near to the cut is neither in the picture nor missing and does not count."""


@dataclass(frozen=True)
class CutOff:
    """Counts over all pictures cut off at one end, each cut through the first, second .. fifth vertebra from there.

    Attributes
    ----------
    end : "above" or "below"
    missing, outside : int
        Structures that the cut removed, and those of them that were reported as outside.
    remaining, right, wrong_but_found : int
        Structures still in the picture; those within 6 mm; those reported as found at a wrong place.
    found : int
        Structures still in the picture that were reported as found rather than uncertain or outside.
    """

    end: End
    missing: int
    outside: int
    remaining: int
    right: int
    wrong_but_found: int
    found: int


def measure_cut_off(detector: Detector, records: list[Record]) -> list[CutOff]:
    """Both ends, and every number of levels, of each picture with landmarks of vertebrae, if all are exact.

    Raises
    ------
    InputError
        If there is no such picture, or one cannot be read.
    """
    vertebrae = anatomy.indices_of("vertebra")
    exact = [record for record in records if not record.approximate.any() and record.is_marked[vertebrae].any()]
    if not exact:
        raise InputError("There is no picture with exact landmarks of vertebrae to be cut off at.")
    return [
        _sum(end, [counts for record in with_progress(exact) for counts in _cuts(detector, record, end)])
        for end in ("above", "below")
    ]


def print_cut_off(cut_offs: list[CutOff]) -> None:
    """One sentence an end."""
    for c in cut_offs:
        print(
            f"cut off {c.end}: {c.outside} of {c.missing} missing structures reported as outside "
            f"({_share(c.outside, c.missing)}); of {c.remaining} remaining ones {_share(c.right, c.remaining)} within "
            f"{RECALL_MM:g} mm, {_share(c.found, c.remaining)} reported as found, "
            f"{_share(c.wrong_but_found, c.remaining)} found at a wrong place."
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _cuts(detector: Detector, record: Record, end: End) -> Iterator[np.ndarray]:
    vertebrae = anatomy.indices_of("vertebra")
    pixels = read_picture(record.image).astype(np.float32)
    for levels in LEVELS_CUT:
        through = vertebrae[levels - 1] if end == "above" else vertebrae[-levels]
        if not record.is_marked[through]:
            continue
        row = round(record.points[through, 0])
        first = row if end == "above" else 0
        kept = pixels[row:] if end == "above" else pixels[:row]
        result = detector.detect(volume_from_picture(kept, record.image.stem))
        beyond_mm = (row - record.points[:, 0]) * record.pixel_mm * (1 if end == "above" else -1)
        places = places_of(result) + np.array([first, 0])
        states = np.array([s.state for s in result.structures])
        yield _count(beyond_mm, np.linalg.norm(places - record.points, axis=1) * record.pixel_mm, states)


def _count(beyond_mm: np.ndarray, error_mm: np.ndarray, states: np.ndarray) -> np.ndarray:
    missing, remaining = beyond_mm > AT_THE_EDGE_MM, beyond_mm < -AT_THE_EDGE_MM
    right, found = error_mm <= RECALL_MM, states == "found"
    counted = (missing, missing & (states == "outside"), remaining, remaining & right)
    return np.array([mask.sum() for mask in (*counted, remaining & found & ~right, remaining & found)])


def _sum(end: End, counts: list[np.ndarray]) -> CutOff:
    return CutOff(end, *(int(n) for n in np.sum(counts, axis=0)))
