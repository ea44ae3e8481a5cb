"""Single pictures without a header: their grey values, and the volume of one slice that they make."""

from pathlib import Path

import numpy as np

from ..errors import InputError
from .contrast import weighting
from .volume import Volume

PICTURE_FIELD_OF_VIEW_MM = 360.0
"""Guess of the longer side of a single picture, whose pixel size is unknown: usual for lumbar spine MR."""


def read_picture(path: Path) -> np.ndarray:
    """The grey values (row, column) of a picture: 8-bit integers, or 32-bit floats where it holds finer ones.

    Raises
    ------
    InputError
        If the file is missing or cannot be read as a picture.
    """
    from PIL import Image

    try:
        picture = Image.open(path)
        is_fine = picture.mode.startswith("I") or picture.mode == "F"
        return np.asarray(picture, dtype=np.float32) if is_fine else np.asarray(picture.convert("L"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file.") from error
    except Exception as error:  # Of damaged chunks Pillow raises SyntaxError, ValueError and others.
        raise InputError(f"{path}: cannot be read as a picture; it may be damaged or incomplete.") from error


def volume_from_picture(pixels: np.ndarray, name: str) -> Volume:
    """A single sagittal slice (row, column), head up and front to the left, whose millimetres are unknown."""
    return Volume(
        name=name,
        array=pixels[None],
        spacing_mm=(PICTURE_FIELD_OF_VIEW_MM / max(pixels.shape),) * 3,
        is_picture=True,
        weighting=weighting(name),
    )
