"""What a detector, or a folder of its results, said of pictures with landmarks, beside what is marked there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from .. import anatomy
from ..detector import NOT_READ_IN_T1, Detector
from ..errors import InputError
from ..result import Result
from ..training.data import Record, fold_of, read_landmarks

SAME_LEVEL_MM = 15.0
"""A point this near to a landmark stands for the same structure; neighbouring discs lie some 35 mm apart."""

Predict = Callable[[Record], Result]


@dataclass(frozen=True)
class Outcomes:
    """One row a picture, one column a structure.

    Attributes
    ----------
    patients, contrasts : numpy.ndarray
        (N,), text; pictures of one patient count together where something is drawn at random.
    marked : numpy.ndarray
        (N, S), whether the structure is marked in the picture.
    approximate : numpy.ndarray
        (N, S), whether its landmark only tells what is where.
    abnormal : numpy.ndarray
        (N, S), 1, 0, or not-a-number where nobody graded it.
    warned : numpy.ndarray
        (N,), whether the result bears a warning; that vertebrae in T1 are not read is none of its places and names.
    state : numpy.ndarray
        (N, S), text, as in :class:`~CCFNetCore.result.Structure`.
    error_mm : numpy.ndarray
        (N, S), distance from point to landmark; not-a-number where one of them is missing.
    nearest : numpy.ndarray
        (N, S), at each landmark the index of the given structure of its kind that lies nearest, within
        :data:`SAME_LEVEL_MM`; -1 where there is none.
    probability, confidence : numpy.ndarray
        (N, S), as in :class:`~CCFNetCore.result.Structure`; not-a-number where the structure is outside.
    name_confidence : numpy.ndarray
        (N, S), likewise; not-a-number as well where the model does not tell.
    numbering_confidence : numpy.ndarray
        (N,), as in :class:`~CCFNetCore.result.Result`; not-a-number where the model does not tell.
    records, results : numpy.ndarray
        (N,), objects: the pictures with their landmarks, and what was said of them.
    """

    patients: np.ndarray
    contrasts: np.ndarray
    marked: np.ndarray
    approximate: np.ndarray
    abnormal: np.ndarray
    warned: np.ndarray
    state: np.ndarray
    error_mm: np.ndarray
    nearest: np.ndarray
    probability: np.ndarray
    confidence: np.ndarray
    name_confidence: np.ndarray
    numbering_confidence: np.ndarray
    records: np.ndarray
    results: np.ndarray

    def of(self, rows: np.ndarray) -> "Outcomes":
        """Those of some pictures, by index or mask; a picture named twice counts twice."""
        return Outcomes(*(getattr(self, f.name)[rows] for f in fields(self)))

    def of_exact(self) -> "Outcomes":
        """Without approximate landmarks, nor pictures that have no others."""
        exact = self.marked & ~self.approximate
        rows = exact.any(axis=1) | ~self.approximate.any(axis=1)
        left = replace(
            self,
            marked=exact,
            abnormal=np.where(self.approximate, np.nan, self.abnormal),
            error_mm=np.where(self.approximate, np.nan, self.error_mm),
        )
        return left.of(rows)

    @classmethod
    def join(cls, parts: Iterable["Outcomes"]) -> "Outcomes":
        """All rows of several."""
        parts = list(parts)
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))


def records_of(data: Path, fold: int | None = None, folds: int = 4) -> list[Record]:
    """Pictures of one fold's patients, or of all.

    Raises
    ------
    InputError
        If the data cannot be read, or no patient is in that fold.
    """
    records = [r for r in read_landmarks(data) if fold is None or fold_of(r.patient, folds) == fold]
    if not records:
        raise InputError(f"{data}: no patient{'' if fold is None else f' in fold {fold} of {folds}'}.")
    return records


def by_detector(detector: Detector) -> Predict:
    """Results from running the detector, as a user would on the picture's file."""
    return lambda record: detector.detect(record.image)


def by_folder(folder: Path) -> Predict:
    """Results from ``NAME.json`` in a folder, as ``ccfnet predict`` writes them, for pictures ``NAME.png``."""
    return lambda record: Result.read(folder / f"{record.image.stem}.json")


def collect(records: list[Record], predict: Predict) -> Outcomes:
    """Outcomes of all records, in their order."""
    rows = [compare(record, predict(record)) for record in with_progress(records)]
    return Outcomes(*(np.array(column) for column in zip(*rows, strict=True)))


def with_progress(records: list[Record]) -> Iterable[Record]:
    """The records, one after the other, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    hidden = not console.is_terminal
    return track(records, "Reading pictures", console=console, transient=True, disable=hidden)


def compare(record: Record, result: Result) -> tuple:
    """One row of :class:`Outcomes`, in the order of its fields."""
    places = places_of(result)
    missing = [s.state == "outside" for s in result.structures]
    distance_mm = np.linalg.norm(places[None] - record.points[:, None], axis=-1) * record.pixel_mm
    return (
        record.patient,
        record.contrast,
        record.is_marked,
        record.approximate,
        record.abnormal,
        any(warning != NOT_READ_IN_T1 for warning in result.warnings),
        np.array([s.state for s in result.structures]),
        np.diagonal(distance_mm),
        _nearest_of_kind(distance_mm),
        np.array([_or_nan(s.abnormal_probability) for s in result.structures]),
        np.where(missing, np.nan, [s.confidence for s in result.structures]),
        np.array([_or_nan(s.name_confidence) for s in result.structures]),
        _or_nan(result.numbering_confidence),
        record,
        result,
    )


def _or_nan(share: float | None) -> float:
    return np.nan if share is None else share


def places_of(result: Result) -> np.ndarray:
    """(S, 2), row and column of each structure in a picture; not-a-number where it is outside."""
    return np.array([s.index_ijk or (np.nan,) * 3 for s in result.structures])[:, 1::-1]


def _nearest_of_kind(distance_mm: np.ndarray) -> np.ndarray:
    """For distances (landmark, structure), the nearest structure of the landmark's kind, -1 if none is near."""
    kinds = np.array([level.kind for level in anatomy.LEVELS])
    distance_mm = np.where(np.isnan(distance_mm) | (kinds[:, None] != kinds[None]), np.inf, distance_mm)
    return np.where(distance_mm.min(axis=1) <= SAME_LEVEL_MM, distance_mm.argmin(axis=1), -1)
