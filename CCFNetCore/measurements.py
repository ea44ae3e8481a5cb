"""Lengths and angles that follow from the points of a result alone.

They are estimates: the points are the network's, or a reader's, and nothing else of the picture is measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import anatomy
from .result import Result

Unit = Literal["mm", "deg"]

_SPACING = "Distance between the points of the discs above and below the vertebra: it and half of each disc."
_LENGTH = "Length of the line from disc point to disc point, T12-L1 to L5-S1: the sum of the five spacings."
_LORDOSIS = (
    "Angle in the sagittal plane between the directions of a smooth curve through all eleven points at its two ends, "
    "T12-L1 and L5-S1; positive is lordotic. Not the Cobb angle, which is taken between end plates."
)


@dataclass(frozen=True)
class Measurement:
    """One estimate.

    Attributes
    ----------
    name : str
        Begins with "Estimated".
    value : float or None
        None where a point that it needs is outside the picture, or its millimetres are unknown.
    unit : "mm" or "deg"
        As in UCUM, the units of DICOM.
    definition : str
        What is measured, in a sentence or two.
    uncertain : tuple of str
        Structures it rests on whose state is uncertain.
    """

    name: str
    value: float | None
    unit: Unit
    definition: str
    uncertain: tuple[str, ...] = ()


def measure(result: Result) -> tuple[Measurement, ...]:
    """The spacing at L1 to L5, the lumbar length and the lordosis: always the same seven, in this order."""
    discs = [anatomy.NAMES[index] for index in anatomy.indices_of("disc")]
    vertebrae = [anatomy.NAMES[index] for index in anatomy.indices_of("vertebra")]
    spacings = [
        _measurement(result, f"Estimated spacing {vertebra}", discs[n : n + 2], polyline_length_mm, "mm", _SPACING)
        for n, vertebra in enumerate(vertebrae)
    ]
    return (
        *spacings,
        _measurement(result, "Estimated lumbar length", discs, polyline_length_mm, "mm", _LENGTH),
        _measurement(result, "Estimated lordosis", anatomy.NAMES, lordosis_deg, "deg", _LORDOSIS),
    )


def polyline_length_mm(positions: np.ndarray) -> float:
    """Length of the line from point to point.

    Parameters
    ----------
    positions : numpy.ndarray
        (point, 3), LPS millimetres in the order of the line.
    """
    return float(np.linalg.norm(np.diff(positions, axis=0), axis=1).sum())


def lordosis_deg(positions: np.ndarray) -> float:
    """Angle between the directions of a smooth curve through the points at its two ends, in the sagittal plane.

    The curve's direction is a quadratic in its length, fitted by least squares to the directions from point to
    point: exact for evenly spaced points on a circle, and calm where points scatter. With points that scatter by
    1.7 mm along both axes its standard deviation is 4.5 degrees; that of a cubic direction is three times as much.

    It is a relative of the centroid angle (Chen, Spine 1999;24:1786-90) and not the Cobb angle L1-S1, which is taken
    between the upper end plates of L1 and S1: no end plate is seen here, and the curve ends in the middle of the disc
    L5-S1, before the turn from there to the sacrum, so that it is mostly less.

    Parameters
    ----------
    positions : numpy.ndarray
        (point, 3), LPS millimetres, head to foot; at least four.

    Returns
    -------
    float
        Degrees; positive where the spine is convex to the front (lordotic), negative where it is kyphotic.
    """
    steps = np.diff(np.asarray(positions)[:, 1:], axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    # 0 is straight down, positive to the back.
    direction = np.unwrap(np.arctan2(steps[:, 0], -steps[:, 1]))
    curve = np.polynomial.Polynomial.fit((ends[1:] + ends[:-1]) / 2, direction, deg=2)
    return float(np.degrees(curve(ends[-1]) - curve(ends[0])))


def _measurement(
    result: Result,
    name: str,
    needed: Sequence[str],
    compute: Callable[[np.ndarray], float],
    unit: Unit,
    definition: str,
) -> Measurement:
    structures = [structure for structure in result.structures if structure.name in needed]
    known = [structure.position_lps_mm for structure in structures if structure.position_lps_mm is not None]
    return Measurement(
        name=name,
        value=compute(np.array(known)) if len(known) == len(needed) else None,
        unit=unit,
        definition=definition,
        uncertain=tuple(structure.name for structure in structures if structure.state == "uncertain"),
    )
