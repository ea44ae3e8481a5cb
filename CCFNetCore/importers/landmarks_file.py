"""Builds and writes pictures and a ``landmarks.json`` as :func:`CCFNetCore.training.data.read_landmarks` reads them."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from .. import anatomy
from ..errors import InputError
from ..training.data import read_landmarks
from ..whole_file import whole_file

Item = TypeVar("Item")

FILE_NAME = "landmarks.json"

NOT_OF_THE_FORM = (AttributeError, LookupError, TypeError, ValueError)
"""What reading a damaged or foreign file ends in."""


@dataclass(frozen=True)
class Imported:
    """The outcome of an import.

    Attributes
    ----------
    entries : list of dict
        Of the ``landmarks.json``.
    passed_over : list of str
        One sentence for each picture that could not be read: which, and why.
    left_out : Counter
        How many pictures could be read and should not be learned from, by the reason.
    """

    entries: list[dict]
    passed_over: list[str]
    left_out: Counter[str]

    def in_words(self) -> str:
        """What was taken."""
        patients = {entry["patient"] for entry in self.entries}
        approximate = [
            s.get("approximate") or entry["approximate"] for entry in self.entries for s in entry["structures"]
        ]
        landmarks = f"{len(approximate)} landmarks, {sum(approximate)} of them approximate"
        return f"{len(self.entries)} pictures of {len(patients)} patients with {landmarks}"


def _nothing_against(_: object) -> None:
    return None


def convert_each(
    items: Iterable[tuple[str, Item]],
    convert: Callable[[Item], dict],
    reason_against: Callable[[Item], str | None] = _nothing_against,
) -> Imported:
    """An entry from each named item; those that cannot be read are passed over, those with a reason against left out.

    A reason goes on after "pictures", such as "of which nothing is marked".
    """
    imported = Imported([], [], Counter())
    for name, item in items:
        try:
            reason = reason_against(item)
            if reason:
                imported.left_out[reason] += 1
            else:
                imported.entries.append(convert(item))
        except InputError as error:
            imported.passed_over.append(f"{name}: {error}")
        except NOT_OF_THE_FORM as error:
            imported.passed_over.append(f"{name}: not of the expected form ({error!r}).")
    return imported


def make_structure(name: str, place: np.ndarray, grade: str | None, **more: object) -> dict:
    """One marked structure.

    Parameters
    ----------
    name : str
    place : numpy.ndarray
        (2,), row and column in pixels.
    grade : str or None
        "v1" and so on; None where it is unknown.
    **more
        Further keys, such as ``schmorl`` or ``approximate``.
    """
    row, column = (round(float(value), 2) for value in place)
    kind = anatomy.LEVELS[anatomy.index_of(name)].kind
    return {"name": name, "kind": kind, "x": column, "y": row, "grade": grade, **more}


def make_entry(
    patient: str,
    image: str,
    size: tuple[int, int],
    structures: list[dict],
    spacing_mm: float | None = None,
    approximate: bool = False,
    contrast: str | None = None,
    grading: str | None = None,
) -> dict:
    """One picture's entry; ``image`` is its path seen from the output folder, ``size`` its rows and columns."""
    return {
        "id": Path(image).stem,
        "patient": patient,
        "contrast": contrast,
        "image": image,
        "width": int(size[1]),
        "height": int(size[0]),
        "spacing_mm": spacing_mm,
        "approximate": approximate,
        "grading": grading,
        "structures": structures,
    }


def path_from(output: Path, image: Path) -> str:
    """Path of a picture that stays where it is, seen from the output folder."""
    return Path(os.path.relpath(image, output)).as_posix()


def find_picture(image: Path, output: Path) -> str:
    """Path of a picture that stays where it is, seen from the output folder.

    Raises
    ------
    InputError
        If it is not there.
    """
    if not image.is_file():
        raise InputError("there is no such picture.")
    return path_from(output, image)


def write_picture(pixels: np.ndarray, name: str, output: Path) -> str:
    """Write pixels from 0 to 1 as an 8-bit grey PNG; returns its path seen from the output folder."""
    if Path(name).name != name:
        raise InputError(f"{name!r} cannot be the name of a picture.")
    (output / "images").mkdir(parents=True, exist_ok=True)
    image = f"images/{name}.png"
    Image.fromarray(np.rint(pixels.clip(0, 1) * 255).astype(np.uint8)).save(output / image)
    return image


def write_landmarks(entries: list[dict], output: Path) -> Path:
    """Write ``landmarks.json``; the file appears whole or not at all."""
    output.mkdir(parents=True, exist_ok=True)
    file = output / FILE_NAME
    with whole_file(file) as partial:
        partial.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    return file


def add_entry(entry: dict, output: Path) -> Path:
    """Add an entry to the folder's ``landmarks.json``, or put it in the place of the one with its ``id``.

    Raises
    ------
    InputError
        If the file that is there cannot be read; it is left as it is.
    """
    entries = []
    if (output / FILE_NAME).exists():
        # Refuses what is not of the form.
        read_landmarks(output)
        entries = json.loads((output / FILE_NAME).read_text(encoding="utf-8"))
    others = [other for other in entries if other["id"] != entry["id"]]
    return write_landmarks([*others, entry], output)
