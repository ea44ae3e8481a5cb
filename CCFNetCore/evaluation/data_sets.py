"""Several data sets measured in one go, told apart by the names of their folders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from .outcomes import Outcomes


def name_of(folder: Path) -> str:
    """By it, models know what they learned from."""
    return folder.resolve().name


def by_name(folders: Sequence[Path]) -> dict[str, Path]:
    """Folders by their names.

    Raises
    ------
    InputError
        If two bear one name.
    """
    folder_of = {name_of(folder): folder for folder in folders}
    if len(folder_of) < len(folders):
        raise InputError("No two folders may bear the same name: by it, data sets are told apart.")
    return folder_of


def together(outcomes: Mapping[str, Outcomes]) -> Outcomes:
    """All rows, of data sets by name.

    Patients of different data sets are different people, though their names may be the same.
    """
    return Outcomes.join(
        replace(of_set, patients=np.array([f"{name} {patient}" for patient in of_set.patients]))
        for name, of_set in outcomes.items()
    )
