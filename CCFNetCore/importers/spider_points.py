"""Mid-sagittal slices of SPIDER with one point at the posterior margin of each disc.

Where a disc lies and what it is called can be learned from these points; where exactly its centre lies cannot, so
that the landmarks are marked as approximate. Data set: van der Graaf et al. 2024, doi 10.1038/s41597-024-03090-w,
CC BY 4.0.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.polynomial import Polynomial

from .. import anatomy
from .landmarks_file import Imported, convert_each, find_picture, make_entry, make_structure
from .spider_tables import Grades, read_grades
from .tables import read_table

MARKED_DISCS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
HALF_DISC_DEPTH = 0.13
"""From a disc's posterior margin to its centre, as a share of the length of the line through the five margins.
Measured on the disc masks of a single volume (IVD T2, number 11), where it is 0.11 to 0.15."""

_FIRST_MARKED = anatomy.index_of(MARKED_DISCS[0])
_SAME_FIELD_MM = 1.0


class Slice(NamedTuple):
    """A row of ``images.csv``."""

    image: str
    patient: str
    contrast: str
    width: int
    height: int
    spacing_mm: float | None


def convert(source: Path, output: Path) -> Imported:
    """Entries from a folder with pictures, ``images.csv``, ``disc_points.csv`` and ``gradings.csv``.

    The pictures stay where they are. Slices without points, such as T1, get those of a slice of the same patient
    with an equally large field of view; where there is none they are left out. The table's spacings serve for that
    alone: one slice in seven was rescaled and its spacing was not.

    Raises
    ------
    InputError
        If one of the tables is missing or has other columns.
    """
    margins = _margins_by_image(source / "disc_points.csv")
    grades = read_grades(source / "gradings.csv")
    slices = read_table(source / "images.csv", _parse_slice)
    marked = {each.patient: each for each in slices if each.image in margins}
    named = ((each.image, (each, each if each.image in margins else marked.get(each.patient))) for each in slices)

    def convert_slice(pair: tuple[Slice, Slice]) -> dict:
        each, other = pair
        points = (margins[other.image] + 0.5) * (each.width / other.width) - 0.5
        return _make_entry(each, structures_from_margins(points), grades, source, output)

    return convert_each(named, convert_slice, _reason_against)


def structures_from_margins(margins: np.ndarray) -> np.ndarray:
    """Centres of all structures, guessed from the posterior margins of the discs L1-L2 .. L5-S1.

    A cubic curve is laid along the margins; each structure lies before it, half a disc's depth away. T12-L1 and L1
    lie on the straight continuation of the line from L2-L3 to L1-L2. Anterior is where the columns are small.

    Parameters
    ----------
    margins : numpy.ndarray
        (5, 2), row and column in pixels, head to foot.

    Returns
    -------
    numpy.ndarray
        (S, 2), row and column in pixels.
    """
    discs = np.arange(len(margins)) * float(anatomy.STRUCTURES_PER_LEVEL) + _FIRST_MARKED
    row, column = (Polynomial.fit(discs, values, deg=3) for values in margins.T)
    places = np.arange(anatomy.COUNT, dtype=float)
    on_curve = np.stack([row(places), column(places)], axis=1)
    tangent = np.stack([row.deriv()(places), column.deriv()(places)], axis=1)
    above, straight_on = slice(_FIRST_MARKED), (margins[1] - margins[0]) / anatomy.STRUCTURES_PER_LEVEL
    tangent[above] = straight_on
    on_curve[above] = margins[0] + (places[above, None] - _FIRST_MARKED) * straight_on
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    anterior = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    length = np.linalg.norm(np.diff(margins, axis=0), axis=1).sum()
    return on_curve + HALF_DISC_DEPTH * length * anterior


def _make_entry(each: Slice, centres: np.ndarray, grades: Grades, source: Path, output: Path) -> dict:
    structures = [
        make_structure(name, place, grades.get((each.patient, name)))
        for name, place in zip(anatomy.NAMES, centres, strict=True)
    ]
    image = find_picture(source / each.image, output)
    size = each.height, each.width
    return make_entry(each.patient, image, size, structures, approximate=True, contrast=each.contrast)


def _margins_by_image(file: Path) -> dict[str, np.ndarray]:
    """Row and column of the five margins, (5, 2), of each picture in which all of them are marked."""
    margins: dict[str, np.ndarray] = {}
    rows = read_table(
        file, lambda row: (row["image"], MARKED_DISCS.index(row["disc"]), float(row["y"]), float(row["x"]))
    )
    for image, disc, y, x in rows:
        margins.setdefault(image, np.full((len(MARKED_DISCS), 2), np.nan))[disc] = y, x
    return {image: points for image, points in margins.items() if not np.isnan(points).any()}


def _parse_slice(row: dict[str, str]) -> Slice:
    spacing_mm = float(row["spacing_mm"]) if row["spacing_mm"] else None
    return Slice(row["image"], row["patient"], row["contrast"], int(row["width"]), int(row["height"]), spacing_mm)


def _reason_against(pair: tuple[Slice, Slice | None]) -> str | None:
    each, other = pair
    return None if other and _same_field(each, other) else "that no points fit"


def _same_field(each: Slice, other: Slice) -> bool:
    """Whether two slices of a patient show an equally large field of view, so that points of one hold for the other."""
    if each == other:
        return True
    if each.spacing_mm is None or other.spacing_mm is None:
        return False
    away_mm = np.subtract(_field_mm(each), _field_mm(other))
    return bool((np.abs(away_mm) < _SAME_FIELD_MM).all())


def _field_mm(each: Slice) -> tuple[float, float]:
    return each.width * each.spacing_mm, each.height * each.spacing_mm
