"""Mid-sagittal slices with masks of vertebral bodies or of discs, whose centroids are landmarks.

Several data sets are at hand in this form: Burian et al. 2019 (doi 10.1186/s12891-019-2528-x), Chu et al. 2015, Zukic
et al. 2014 and IVD T2. May they be redistributed? That is not known; cite the authors. Nothing is graded.
"""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import anatomy
from .guesses import structures_from_marks
from .landmarks_file import Imported, convert_each, find_picture, make_entry
from .tables import read_table


class Picture(NamedTuple):
    """A row of ``images.csv``."""

    image: str
    patient: str
    contrast: str
    size: tuple[int, int]
    spacing_mm: float
    is_measured_by: bool


def convert(source: Path, output: Path) -> Imported:
    """Entries from a folder with ``images``, ``images.csv`` and the masks' centroids in ``points.csv``.

    The pictures stay where they are. Those of patients by whom the shipped models are measured are left out, and those
    whose slice misses a mask that the volume has.

    Raises
    ------
    InputError
        If one of the tables is missing or has other columns.
    """
    pictures = read_table(source / "images.csv", _parse_picture)
    centroids: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
    for image, name, place in read_table(source / "points.csv", _parse_centroid):
        centroids[image][name] = place

    def convert_picture(picture: Picture) -> dict:
        image = find_picture(source / "images" / picture.image, output)
        structures = structures_from_marks(centroids[picture.image], picture.size)
        return make_entry(
            picture.patient, image, picture.size, structures, picture.spacing_mm, contrast=picture.contrast
        )

    def reason_against(picture: Picture) -> str | None:
        if picture.is_measured_by:
            return "of patients by whom the shipped models are measured"
        is_missed = any(np.isnan(centroids[picture.image].get(name, 0.0)).any() for name in anatomy.NAMES)
        return "whose slice misses a structure that is marked beside it" if is_missed else None

    return convert_each(((picture.image, picture) for picture in pictures), convert_picture, reason_against)


def _parse_picture(row: dict[str, str]) -> Picture:
    size = int(row["height"]), int(row["width"])
    is_measured_by = row["already_shared"] != "0"
    return Picture(row["image"], row["patient"], row["contrast"], size, float(row["spacing_mm"]), is_measured_by)


def _parse_centroid(row: dict[str, str]) -> tuple[str, str, np.ndarray]:
    """Not-a-number where the slice misses the mask."""
    return row["image"], row["structure"], np.array([float(row[axis] or "nan") for axis in ("y", "x")])
