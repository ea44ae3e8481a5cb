"""A small sagittal picture with the points, for the index page."""

import io

import numpy as np
from PIL import Image, ImageDraw

from ..images.grey_values import normalise
from ..images.volume import Volume
from ..report.pictures import Cutter
from ..result import Result
from ..wording import ABNORMAL_COLOUR, NORMAL_COLOUR, colour_bytes

HEIGHT = 240
"""Pixels; a page of two thousand then loads some 15 MB of pictures, and only those that come into sight."""

_RADIUS = 4
_UNREAD_COLOUR = (0.6, 0.6, 0.6)


def draw_thumbnail(volume: Volume, result: Result) -> bytes:
    """JPEG of the spine, at most :data:`HEIGHT` pixels high and wide, with a mark on each structure in the picture.

    As in the report: a disc where it is normal, a square on its corner where it is abnormal.
    """
    cutter = Cutter(volume, result)
    corner, size_mm, pixel_mm = cutter.spine_window()
    grey = normalise(cutter.cut(corner, size_mm, pixel_mm))
    picture = Image.fromarray(np.rint(grey * 255).astype(np.uint8)).convert("RGB")
    scale = HEIGHT / max(size_mm)
    picture = picture.resize([max(1, round(float(length * scale))) for length in size_mm], Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(picture)
    for structure in result.structures:
        if structure.name in cutter.places:
            _mark(pen, (cutter.places[structure.name] - corner)[:2] * scale, structure.label)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _mark(pen: ImageDraw.ImageDraw, place: np.ndarray, label: str | None) -> None:
    x, y = place.tolist()
    if label == "abnormal":
        tip = _RADIUS * 1.4
        corners = [(x, y - tip), (x + tip, y), (x, y + tip), (x - tip, y)]
        pen.polygon(corners, fill=colour_bytes(ABNORMAL_COLOUR), outline="black")
    else:
        box = (x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS)
        pen.ellipse(box, fill=colour_bytes(NORMAL_COLOUR if label == "normal" else _UNREAD_COLOUR), outline="black")
