"""Reads what a user points at: an image file, a DICOM folder or a single picture."""

from pathlib import Path

import numpy as np

from ..errors import InputError
from .picture import read_picture, volume_from_picture
from .prepared import prepared
from .volume import Volume
from .volume_file import VOLUME_ENDINGS, read_volume_file

PICTURE_ENDINGS = (".png",)


def input_name(path: Path) -> str:
    """The file's name without its image ending, or the folder's name."""
    name = Path(path).resolve().name
    for ending in (*VOLUME_ENDINGS, *PICTURE_ENDINGS):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def read_volume(path: Path, series: str | None = None) -> Volume:
    """Read an image file, a DICOM folder or a single picture; a file's name may tell its weighting.

    Parameters
    ----------
    path : Path
        NIfTI, NRRD, MHA or MetaImage file, PNG file, DICOM file, or folder with DICOM files in it or below.
    series : str, optional
        For a DICOM folder: what ``ccfnet series`` calls the series to read, its number, or its series instance UID.

    Raises
    ------
    InputError
        If there is nothing there that can be read as a volume.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder.")
    from .dicom import files_below, looks_like_dicom, read_dicom_files

    if path.is_dir() or looks_like_dicom(path):
        files = files_below(path) if path.is_dir() else [path]
        return prepared(read_dicom_files(files, path, input_name(path), series))
    if series is not None:
        raise InputError(f"{path}: a series can only be chosen in a DICOM folder.")
    name = path.name.lower()
    if name.endswith(PICTURE_ENDINGS):
        return volume_from_picture(read_picture(path).astype(np.float32), input_name(path))
    if name.endswith(VOLUME_ENDINGS):
        return prepared(read_volume_file(path, input_name(path)))
    endings = ", ".join((*VOLUME_ENDINGS, *PICTURE_ENDINGS))
    raise InputError(f"{path}: not a kind of file that can be read ({endings}, or a DICOM folder).")
