"""The 2020 Tianchi spinal disease challenge: DICOM studies, and JSON files that mark eleven points in one slice each.

An annotation file is a list with one entry a study: ``{studyUid, data: [{instanceUid, annotation: [{data: {point:
[{coord: [x, y], tag}]}}]}]}``. A tag names its structure in ``identification``, and its grade in ``vertebra`` (v1 or
v2) or ``disc`` (v1 to v4, v5 for a Schmorl's node, or both with a comma between them).
"""

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom.errors import InvalidDicomError

from .. import anatomy
from ..errors import InputError
from ..images.grey_values import normalise
from .landmarks_file import FILE_NAME, Imported, convert_each, make_entry, make_structure, write_picture

GRADES = {"vertebra": {"v1", "v2"}, "disc": {"v1", "v2", "v3", "v4"}}
SCHMORL = "v5"
BEYOND = ("T11-T12",)
"""Marked now and then, but not among the eleven structures."""


def convert(source: Path, output: Path) -> Imported:
    """Pictures and entries from the annotation files in ``source`` and the DICOM files there and below.

    Of each study the first slice and the first annotator are taken.

    Raises
    ------
    InputError
        If there is no annotation file, or one is not a list.
    """
    studies = list(_read_annotations(source))
    files = _files_by_instance(source)
    return convert_each(studies, lambda study: _convert_study(study, files, output))


def _read_annotations(source: Path) -> Iterator[tuple[str, dict]]:
    annotation_files = sorted(file for file in source.glob("*.json") if file.name != FILE_NAME)
    if not annotation_files:
        raise InputError(f"{source}: there is no annotation file (.json).")
    for file in annotation_files:
        try:
            studies = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{file}: not a JSON file ({error}).") from error
        if not isinstance(studies, list):
            raise InputError(f"{file}: not a list of marked studies.")
        for number, study in enumerate(studies, start=1):
            yield f"{file.name}, entry {number}", study


def _files_by_instance(source: Path) -> dict[str, Path]:
    """The DICOM files by their SOP instance UID."""
    files = {}
    for file in (Path(parent, name) for parent, _, names in os.walk(source) for name in names):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                header = pydicom.dcmread(file, specific_tags=["SOPInstanceUID"], stop_before_pixels=True)
            files[str(header.SOPInstanceUID)] = file
        except (InvalidDicomError, AttributeError, KeyError, TypeError, ValueError, OSError):
            continue
    return files


def _convert_study(study: dict, files: dict[str, Path], output: Path) -> dict:
    marked = study["data"][0]
    uid = marked["instanceUid"]
    if uid not in files:
        raise InputError(f"there is no DICOM file of the image {uid}.")
    points = _points_by_name(marked["annotation"][0]["data"]["point"])
    pixels, spacing_mm = _read_slice(files[uid])
    places = np.array([point["coord"][::-1] for point in points.values()], dtype=float)
    if not ((places >= 0) & (places < pixels.shape)).all():
        raise InputError("a point lies outside its picture.")
    square = _with_square_pixels(pixels, spacing_mm)
    places = (places + 0.5) * (np.array(square.shape) / pixels.shape) - 0.5
    structures = [
        make_structure(name, place, **_read_tag(name, point["tag"]))
        for (name, point), place in zip(points.items(), places, strict=True)
    ]
    image = write_picture(square, uid, output)
    return make_entry(str(study["studyUid"]), image, square.shape, structures, min(spacing_mm, default=None))


def _points_by_name(points: list[dict]) -> dict[str, dict]:
    """The points of the eleven structures, head to foot."""
    by_name = {point["tag"]["identification"]: point for point in points}
    unknown = [name for name in by_name if name not in (*anatomy.NAMES, *BEYOND)]
    if unknown:
        raise InputError(f"it marks unknown structures: {', '.join(map(str, unknown))}.")
    missing = [name for name in anatomy.NAMES if name not in by_name]
    if missing:
        raise InputError(f"it has no point for {', '.join(missing)}.")
    return {name: by_name[name] for name in anatomy.NAMES}


def _read_tag(name: str, tag: dict) -> dict:
    """Grade of a structure, the worst one given, and of a disc whether it has a Schmorl's node.

    A Schmorl's node alone says that nothing else is wrong with the disc; an empty tag says nothing.
    """
    kind = anatomy.LEVELS[anatomy.index_of(name)].kind
    codes = {code.strip() for code in tag[kind].split(",")} - {""}
    schmorl = {"schmorl": SCHMORL in codes} if kind == "disc" else {}
    grades = codes - {SCHMORL} if kind == "disc" else codes
    if not grades <= GRADES[kind]:
        raise InputError(f"it gives {name} an unknown grade, {tag[kind]!r}.")
    return {"grade": max(grades, default="v1" if codes else None), **schmorl}


def _read_slice(file: Path) -> tuple[np.ndarray, tuple[float, ...]]:
    """Pixels from 0 to 1, and the distances between rows and between columns; empty where the header lacks them."""
    import SimpleITK

    spacing_mm = tuple(map(float, pydicom.dcmread(file, stop_before_pixels=True).get("PixelSpacing") or ()))
    if not all(side > 0 for side in spacing_mm):
        raise InputError(f"{file} has pixels without a size.")
    try:
        pixels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(file)))
    except RuntimeError as error:
        raise InputError(f"{file} cannot be read; it may be damaged or incomplete.") from error
    if pixels.ndim != 3 or len(pixels) != 1:
        raise InputError(f"{file} is not a single grey slice.")
    return normalise(pixels[0]), spacing_mm


def _with_square_pixels(pixels: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """The same picture with both pixel sides as long as the shorter one."""
    if len(set(spacing_mm)) < 2:
        return pixels
    rows, columns = np.rint(np.array(pixels.shape) * spacing_mm / min(spacing_mm)).astype(int)
    return np.asarray(Image.fromarray(pixels).resize((int(columns), int(rows)), Image.Resampling.LANCZOS))
