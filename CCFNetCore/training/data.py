"""Pictures with landmarks, read from disk or drawn, in the network's frame.

A data set on disk is a folder with a ``landmarks.json``, a list with one entry a picture; what is in brackets may be
left out or be null:

``id``
    Name of the picture.
``[patient]``
    Whose picture it is, where that is not its ``id``: pictures of one patient are never split over folds.
``image``
    Path of a grey PNG picture, head up and front to the left, seen from the folder.
``[contrast]``
    Such as "t1" or "t2": measures are given for each by itself.
``[spacing_mm]``
    Side of a pixel; without it, a scale is guessed from the discs L1-L2 .. L5-S1, which must then all be marked.
``[approximate]``
    True where the points tell what is where, but not exactly where the centres are.
``[grading]``
    Name of the question that the grades answer, where it is not whether a structure is normal: such grades can be
    measured, and are learned only where a config names them.
``structures``
    A list of ``{name, x, y, [grade], [approximate]}`` for those of :data:`CCFNetCore.anatomy.NAMES` that the picture
    shows. ``x`` counts pixels to the right and ``y`` down, from 0 in the middle of the first pixel. ``grade`` is "v1"
    where the structure is normal, anything else where it is abnormal. ``approximate`` says of one structure what that
    of the picture says of all.

Further keys are passed over.
"""

import hashlib
import json
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from .. import anatomy
from ..errors import InputError
from ..images.grey_values import normalise
from ..images.picture import read_picture
from ..phantom import draw_phantom

SPAN_NAMES = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
SPAN_MM = 145.0
"""Mean length of the line through these discs: gives a scale to pictures without a pixel spacing."""


@dataclass(frozen=True)
class Example:
    """One picture to learn from.

    Attributes
    ----------
    patient : str
    slices : numpy.ndarray
        (3, row, column), float32 in 0..1: a sagittal slice between its neighbours, copies where there are none.
    points : numpy.ndarray
        (S, 2), row and column in pixels, head to foot; not-a-number where a structure is not marked.
    abnormal : numpy.ndarray
        (S,), 1 abnormal, 0 normal, not-a-number unknown.
    approximate : numpy.ndarray
        (S,), whether the point only tells what is where, not exactly where its centre is.
    """

    patient: str
    slices: np.ndarray
    points: np.ndarray
    abnormal: np.ndarray
    approximate: np.ndarray


@dataclass(frozen=True)
class Record:
    """One entry of a ``landmarks.json``: a picture's file and what is marked on it, in its own pixels.

    Attributes
    ----------
    patient, points, abnormal, approximate
        As for :class:`Example`.
    folder : Path
        Where the ``landmarks.json`` lies.
    image : Path
    contrast : str
        Such as "t1"; empty if unknown.
    spacing_mm : float or None
        Side of a pixel; None where it is unknown.
    grading : str
        Question that the grades answer; empty where it is whether a structure is normal.
    """

    patient: str
    folder: Path
    image: Path
    points: np.ndarray
    abnormal: np.ndarray
    approximate: np.ndarray
    contrast: str = ""
    spacing_mm: float | None = None
    grading: str = ""

    @property
    def is_marked(self) -> np.ndarray:
        """(S,), whether the structure is marked."""
        return ~np.isnan(self.points).any(axis=1)

    @property
    def pixel_mm(self) -> float:
        """Side of a pixel.

        Where it is unknown, the one that makes the line through the discs L1-L2 .. L5-S1 as long as in the mean
        person.

        Raises
        ------
        InputError
            If it is unknown and one of these discs is not marked.
        """
        if self.spacing_mm is not None:
            return self.spacing_mm
        line = self.points[[anatomy.index_of(name) for name in SPAN_NAMES]]
        if np.isnan(line).any():
            raise InputError(f"{self.image}: has no spacing_mm, and not all discs {', '.join(SPAN_NAMES)} are marked.")
        return SPAN_MM / np.linalg.norm(np.diff(line, axis=0), axis=1).sum()

    def with_grades_of(self, gradings: Collection[str]) -> "Record":
        """Without its grades, if they answer another question than these, or than whether a structure is normal."""
        if not self.grading or self.grading in gradings:
            return self
        return replace(self, abnormal=np.full_like(self.abnormal, np.nan))


def read_landmarks(folder: Path) -> list[Record]:
    """All entries of ``folder/landmarks.json``.

    Raises
    ------
    InputError
        If the file is missing or not of that format.
    """
    file = Path(folder) / "landmarks.json"
    try:
        return [_read_record(Path(folder), entry) for entry in json.loads(file.read_text())]
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file}: not a list of pictures with structures ({error!r}).") from error


def _read_record(folder: Path, entry: dict) -> Record:
    points = np.full((anatomy.COUNT, 2), np.nan)
    abnormal = np.full(anatomy.COUNT, np.nan)
    approximate = np.full(anatomy.COUNT, bool(entry.get("approximate")))
    for structure in entry["structures"]:
        index = anatomy.index_of(structure["name"])
        points[index] = structure["y"], structure["x"]
        approximate[index] |= bool(structure.get("approximate"))
        if structure.get("grade") is not None:
            abnormal[index] = structure["grade"] != "v1"
    spacing_mm = entry.get("spacing_mm")
    if spacing_mm is not None and not spacing_mm > 0:
        raise ValueError(f"spacing_mm of {entry['image']} is not positive")
    return Record(
        patient=str(entry["id"] if entry.get("patient") is None else entry["patient"]),
        folder=folder,
        image=folder / entry["image"],
        points=points,
        abnormal=abnormal,
        approximate=approximate,
        contrast=entry.get("contrast") or "",
        spacing_mm=spacing_mm,
        grading=entry.get("grading") or "",
    )


def fold_of(patient: str, folds: int = 4) -> int:
    """The fold a patient belongs to, from a hash of the name: the same on every machine and in any order."""
    return int(hashlib.sha256(patient.encode()).hexdigest(), 16) % folds


def load_example(record: Record, frame_pixel_mm: float) -> Example:
    """The picture of a record at the frame's scale.

    Raises
    ------
    InputError
        If it cannot be read, or its scale be told.
    """
    picture = Image.fromarray(read_picture(record.image))
    scale = record.pixel_mm / frame_pixel_mm
    size = [max(1, round(length * scale)) for length in picture.size]
    resized = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    # Lanczos overshoots at edges; of whole numbers Pillow itself leaves none beyond their range.
    pixels = normalise(resized if picture.mode == "L" else resized.clip(*picture.getextrema()))
    points = (record.points + 0.5) * (np.array(size[::-1]) / picture.size[::-1]) - 0.5
    return Example(record.patient, np.stack([pixels] * 3), points, record.abnormal, record.approximate)


def draw_example(seed: int, frame_pixel_mm: float) -> Example:
    """The middle of a phantom study at the frame's scale, with its two neighbours."""
    offset = (seed % 5 - 2) * 1.5
    phantom = draw_phantom(seed, slice_offsets_mm=offset + np.array([4.4, 0.0, -4.4]))
    scale = phantom.spacing_mm[1] / frame_pixel_mm
    size = [max(1, math.floor(length * scale)) for length in phantom.slices.shape[:0:-1]]
    slices = normalise(phantom.slices)
    resized = [np.asarray(Image.fromarray(s).resize(size, Image.Resampling.BILINEAR)) for s in slices]
    lps = np.array(list(phantom.spine.landmarks_lps_mm().values()))
    rows = (phantom.origin_lps_mm[2] - lps[:, 2]) / phantom.spacing_mm[1]
    columns = (lps[:, 1] - phantom.origin_lps_mm[1]) / phantom.spacing_mm[2]
    points = (np.stack([rows, columns], axis=1) + 0.5) * (np.array(size[::-1]) / phantom.slices.shape[1:]) - 0.5
    abnormal = np.array(list(phantom.spine.abnormal().values()), dtype=float)
    return Example(f"phantom-{seed}", np.stack(resized), points, abnormal, np.zeros(anatomy.COUNT, dtype=bool))
