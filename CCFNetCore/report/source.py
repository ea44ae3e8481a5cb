"""The image that a result was read from; a result holds no pixels."""

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..images.source import PICTURE_ENDINGS, VOLUME_ENDINGS, read_volume
from ..images.volume import Volume
from ..result import Result

SAME_PLACE_MM = 1.0
"""A point that lies farther from its place in the image than this was read from another one."""


def find_image(result: Result, result_file: Path) -> Path:
    """The file or folder beside the result that has its name.

    Raises
    ------
    InputError
        If there is none.
    """
    name = result.input.name
    for ending in (*VOLUME_ENDINGS, *PICTURE_ENDINGS, ""):
        image = result_file.parent / f"{name}{ending}"
        if image.exists():
            return image
    raise InputError(f"{result_file}: its image {name} is not beside it; say where it is with --image.")


def read_image(result: Result, path: Path) -> Volume:
    """The image of a result.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if not path.is_dir():
        return read_volume(path)
    uid = result.input.series_instance_uid
    try:
        volume = read_volume(path, result.input.series)
        if volume.series_instance_uid == uid:
            return volume
    except InputError:
        pass  # Beside other series the stack may have another number.
    return read_volume(path, uid)


def check_image(result: Result, volume: Volume) -> None:
    """Look whether a volume is the one of a result.

    Raises
    ------
    InputError
        If the result was read from another one.
    """
    name = volume.name
    if volume.size != tuple(result.input.size):
        size, wanted = ("x".join(map(str, size)) for size in (volume.size, result.input.size))
        raise InputError(f"{name}: is not what the result was read from; its size is {size} and not {wanted}.")
    for structure in result.structures:
        if structure.position_lps_mm is not None and structure.index_ijk is not None:
            away = volume.index_to_lps_mm(structure.index_ijk) - structure.position_lps_mm
            if np.linalg.norm(away) > SAME_PLACE_MM:
                raise InputError(f"{name}: is not what the result was read from; it lies elsewhere in the patient.")


def read_patient_name(result: Result, path: Path) -> str:
    """The patient's name in the header of the DICOM series that was read.

    Returns
    -------
    str
        Such as "Yamada, Tarou = 山田, 太郎": as many of the alphabetic, ideographic and phonetic ones as there are.

    Raises
    ------
    InputError
        If there is no such header, no name in it, or one that cannot be decoded.
    """
    from ..images.dicom import find_series
    from ..images.dicom.texts import read_header, text_of

    found = find_series(path).series if path.is_dir() else []
    file = next((series.files[0] for series in found if result.input.series_instance_uid in series.uids), None)
    name = text_of(read_header(file), "PatientName") if file else ""
    if name is None:
        raise InputError(f"{file}: holds a patient's name that DICOM forbids or that cannot be decoded.")
    if not name.strip("^= "):
        raise InputError(f"{path}: there is no DICOM header with a patient's name.")
    return " = ".join(map(_family_comma_given, filter(None, name.split("="))))


def _family_comma_given(name: str) -> str:
    return ", ".join(part.strip() for part in name.split("^")[:2] if part.strip())
