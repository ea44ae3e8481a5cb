"""Mid-sagittal T2 and T1 slices of one centre with boxes around the discs, whose centres are landmarks.

Images: Sudirman et al., Lumbar Spine MRI Dataset (Mendeley Data). Boxes: Masood et al., doi 10.17632/9j9hmy8kbn.1, for
academic and research use. Cite both. The boxes' names are not part of either; they were given by a rule.

The boxes of T1 slices are copies of T2's. Patients moved in between (one in 59 by 8 mm), so that these landmarks are
approximate. The boxes tell whether a disc looks normal, which is another question than Tianchi's: the grades are marked
as those of :data:`GRADING`. Vertebrae are neither marked nor graded.
"""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import anatomy
from .guesses import structures_from_marks
from .landmarks_file import Imported, convert_each, find_picture, make_entry
from .tables import read_table

GRADING = "sudirman"
GRADES = {"1": "v1", "0": "v2"}
COPIED = "t1"
"""The contrast whose boxes were drawn on another one."""


class Picture(NamedTuple):
    """A row of ``images.csv``."""

    image: str
    patient: str
    contrast: str
    size: tuple[int, int]
    is_doubtful: bool


class Disc(NamedTuple):
    """A row of ``discs.csv``; its name may be empty."""

    image: str
    name: str
    place: np.ndarray
    grade: str


def convert(source: Path, output: Path) -> Imported:
    """Entries from a folder with pictures, ``images.csv`` and ``discs.csv``.

    The pictures stay where they are. Those whose discs are not named, or perhaps by the name of another level, are left
    out.

    Raises
    ------
    InputError
        If one of the tables is missing or has other columns.
    """
    pictures = read_table(source / "images.csv", _parse_picture)
    named: dict[str, list[Disc]] = defaultdict(list)
    for disc in read_table(source / "discs.csv", _parse_disc):
        if disc.name:
            named[disc.image].append(disc)

    def convert_picture(picture: Picture) -> dict:
        image = find_picture(source / picture.image, output)
        discs = named[picture.image]
        places, grades = {disc.name: disc.place for disc in discs}, {disc.name: disc.grade for disc in discs}
        structures = structures_from_marks(places, picture.size, grades)
        return make_entry(
            picture.patient,
            image,
            picture.size,
            structures,
            approximate=picture.contrast == COPIED,
            contrast=picture.contrast,
            grading=GRADING,
        )

    def reason_against(picture: Picture) -> str | None:
        if not named[picture.image]:
            return "whose discs are not named"
        return "whose discs may bear the name of another level" if picture.is_doubtful else None

    return convert_each(((picture.image, picture) for picture in pictures), convert_picture, reason_against)


def _parse_picture(row: dict[str, str]) -> Picture:
    size = int(row["height"]), int(row["width"])
    return Picture(row["image"], row["patient"], row["contrast"], size, row["name_doubt"] != "0")


def _parse_disc(row: dict[str, str]) -> Disc:
    if row["disc"]:
        anatomy.index_of(row["disc"])
    return Disc(row["image"], row["disc"], np.array([float(row["y"]), float(row["x"])]), GRADES[row["normal"]])
