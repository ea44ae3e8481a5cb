"""A result as an example to train on: the sagittal slice through its points, and the points on it.

What a reader corrected thus becomes data for ``ccfnet train``.
"""

import hashlib
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..images.grey_values import normalise
from ..images.volume import Volume
from ..importers.landmarks_file import add_entry, make_entry, make_structure, write_picture
from ..report.source import check_image
from ..result import Result, Structure
from ..slab import grid_directions, resample

_GRADES = {"normal": "v1", "abnormal": "v2"}
_HASH_LENGTH = 16


def write_training_example(result: Result, volume: Volume, folder: Path, patient_id: str | None = None) -> Path:
    """Add a picture with its points to a folder that :func:`CCFNetCore.training.data.read_landmarks` reads.

    The same volume replaces what was there of it. Neither the picture's name nor its entry tells the patient's name
    or number: of the number there is a hash, so that pictures of one patient can be kept together.

    Parameters
    ----------
    result : Result
    volume : Volume
        What the result was read from.
    folder : Path
        Made if need be.
    patient_id : str, optional
        DICOM's PatientID; without it, the patient is called as the volume is.

    Returns
    -------
    Path
        The ``landmarks.json``.

    Raises
    ------
    InputError
        If the result was read from another volume, none of its structures is in the picture, or what lies in the
        folder cannot be read.
    """
    check_image(result, volume)
    structures = [structure for structure in result.structures if structure.index_ijk is not None]
    if not structures:
        raise InputError(f"{result.input.name}: no structure is in the picture, so there is nothing to learn from.")
    pixels, places, pixel_mm = _cut(volume, np.array([structure.index_ijk for structure in structures]))
    image = write_picture(normalise(pixels), _hash(f"{volume.series_instance_uid}/{volume.name}"), folder)
    entry = make_entry(
        patient=_hash(patient_id) if patient_id else volume.name,
        image=image,
        size=pixels.shape,
        structures=[_marked(structure, place) for structure, place in zip(structures, places, strict=True)],
        spacing_mm=pixel_mm,
    )
    return add_entry(entry, folder)


def _cut(volume: Volume, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The slice nearest to the points, head up and front to the left; their rows and columns in it; a pixel's side."""
    axis, directions = volume.left_right_axis, grid_directions(volume)
    pixel_mm = float(min(np.delete(volume.spacing_mm, axis)))
    middle = indices.mean(axis=0)
    middle[axis] = np.clip(np.rint(middle[axis]), 0, volume.size[axis] - 1)
    corners = volume.corners_lps_mm() @ directions
    corner = np.array([*corners.min(axis=0)[:2], volume.index_to_lps_mm(middle) @ directions[:, 2]])
    columns, rows = 1 + np.rint(np.ptp(corners, axis=0)[:2] / pixel_mm).astype(int)
    spacing = (pixel_mm, pixel_mm, volume.spacing_mm[axis])
    pixels = resample(volume, directions @ corner, directions, spacing, (columns, rows, 1))[0]
    places = ((volume.index_to_lps_mm(indices) @ directions - corner) / pixel_mm)[:, 1::-1]
    return pixels, places, pixel_mm


def _marked(structure: Structure, place: np.ndarray) -> dict:
    return make_structure(structure.name, place, _GRADES.get(structure.label))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
