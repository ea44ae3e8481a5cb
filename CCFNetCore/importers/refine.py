"""Landmarks that only tell what is where, moved to where a model sees the same structures."""

import json
from pathlib import Path

import numpy as np

from .. import anatomy
from ..detector import Detector
from ..evaluation.outcomes import places_of, with_progress
from ..training.data import Record, read_landmarks
from .landmarks_file import FILE_NAME, path_from, write_landmarks

NEAR_MM = 12.0
"""A point this near to a landmark stands for the same structure: the next one lies some 17 mm away."""


def refine(data: Path, detector: Detector, output: Path) -> tuple[int, int]:
    """Write ``output/landmarks.json`` with the pictures of ``data``, which stay where they are.

    A picture with approximate landmarks is read; each of these moves to the point of its name, if that is near. Where
    all of them moved, they count as exact from then on. So a model that knows where centres lie teaches others to see
    them in pictures of which only the levels are known (pseudo-labels).

    Returns
    -------
    tuple of int
        How many pictures had approximate landmarks, and how many of them have none any longer.

    Raises
    ------
    InputError
        If the data or one of its pictures cannot be read.
    """
    records = read_landmarks(data)
    entries = json.loads((Path(data) / FILE_NAME).read_text(encoding="utf-8"))
    approximate = exact = 0
    for entry, record in zip(entries, with_progress(records), strict=True):
        entry["image"] = path_from(output, record.image)
        if (record.approximate & record.is_marked).any():
            approximate += 1
            exact += _move(entry, record, detector)
    write_landmarks(entries, output)
    return approximate, exact


def _move(entry: dict, record: Record, detector: Detector) -> bool:
    """Move what can be moved; returns whether that is everything."""
    places = places_of(detector.detect(record.image))
    near = np.linalg.norm(places - record.points, axis=1) * record.pixel_mm <= NEAR_MM
    is_done = not (record.approximate & record.is_marked & ~near).any()
    for structure in entry["structures"]:
        index = anatomy.index_of(structure["name"])
        if near[index] and record.approximate[index]:
            structure["y"], structure["x"] = (round(float(value), 2) for value in places[index])
        if is_done:
            structure.pop("approximate", None)
    entry["approximate"] = bool(entry.get("approximate")) and not is_done
    return is_done
