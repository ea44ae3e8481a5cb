"""Reads SPIDER's radiological gradings."""

from pathlib import Path

from .. import anatomy
from .tables import read_table

_DISCS_FROM_BELOW = anatomy.NAMES[:: -anatomy.STRUCTURES_PER_LEVEL]

Grades = dict[tuple[str, str], str | None]
"""By patient and name of the disc."""


def read_grades(file: Path) -> Grades:
    """Grades of the discs: v1 neither bulging nor herniated, v2 bulging, v3 herniated, None where it is not said.

    SPIDER grades no vertebrae, and does not tell protrusion from extrusion.

    Raises
    ------
    InputError
        If the file cannot be read or is another table.
    """
    rows = read_table(file, lambda row: (row["Patient"], int(row["IVD label"]), _grade(row)))
    return {
        (patient, _DISCS_FROM_BELOW[label - 1]): grade
        for patient, label, grade in rows
        if 1 <= label <= len(_DISCS_FROM_BELOW)
    }


def _grade(row: dict[str, str]) -> str | None:
    herniated, bulging = row["Disc herniation"], row["Disc bulging"]
    if herniated == "1":
        return "v3"
    if bulging == "1":
        return "v2"
    return "v1" if herniated == bulging == "0" else None
