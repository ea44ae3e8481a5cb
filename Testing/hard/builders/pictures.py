"""Single pictures of the patient's middle slice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..case import Build
from .phantom import patient

MIDDLE = 7

PictureChange = Callable[[Image.Image], Image.Image]


def grey() -> np.ndarray:
    """(row, column), 8 bits."""
    pixels = patient().array[MIDDLE].astype(float)
    return (255 * pixels / np.percentile(pixels, 99.5)).clip(0, 255).astype(np.uint8)


def picture(name: str, *changes: PictureChange, **options: object) -> Build:
    """The middle slice in a file of this name; options go to the writer."""

    def build(folder: Path) -> Path:
        image = Image.fromarray(grey())
        for change in changes:
            image = change(image)
        image.save(folder / name, **{"format": "PNG", **options})
        return folder / name

    return build


def mode(kind: str) -> PictureChange:
    return lambda image: image.convert(kind)


def resized(factor: float) -> PictureChange:
    return lambda image: image.resize([round(factor * n) for n in image.size], Image.Resampling.BICUBIC)


def pasted_into(size: tuple[int, int], at: tuple[int, int], colour: int = 0) -> PictureChange:
    """Shown on a larger picture."""

    def paste(image: Image.Image) -> Image.Image:
        larger = Image.new("L", size, colour)
        larger.paste(image, at)
        return larger

    return paste


def pixels(change: Callable[[np.ndarray], np.ndarray]) -> PictureChange:
    return lambda image: Image.fromarray(change(np.array(image)))
