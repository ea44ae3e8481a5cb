"""DICOM files: the patient's slices as MR images, changed step by step, and written."""

from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import generate_uid

from CCFNetCore.images.volume import Volume
from CCFNetCore.phantom import write_series

from ..case import Build
from .phantom import patient

Images = list[Dataset]
Change = Callable[[Images], Images]

ABSENT = object()
"""As the value of a tag: it is taken out."""

PLANES = {"sagittal": [0, 1, 0, 0, 0, -1], "coronal": [1, 0, 0, 0, 0, -1], "axial": [1, 0, 0, 0, 1, 0]}


@cache
def _files(seed: int, slices: int, apart_mm: float) -> list[bytes]:
    with TemporaryDirectory() as folder:
        write_series(patient(seed, slices, apart_mm), Path(folder))
        return [file.read_bytes() for file in sorted(Path(folder).iterdir())]


def slices(seed: int = 7, count: int = 13, apart_mm: float = 4.4) -> Images:
    """The patient's slices, from left to right."""
    return [dcmread(BytesIO(content)) for content in _files(seed, count, apart_mm)]


def series_of(volume: Volume) -> Change:
    """Another volume's slices instead of the patient's."""

    def read(images: Images) -> Images:
        with TemporaryDirectory() as folder:
            write_series(volume, Path(folder))
            return [dcmread(BytesIO(file.read_bytes())) for file in sorted(Path(folder).iterdir())]

    return read


def in_turn(*changes: Change) -> Change:
    """One change after the other."""

    def change_all(images: Images) -> Images:
        for change in changes:
            images = change(images)
        return images

    return change_all


# --------------------------------------------------------------------------- how files are named and written

Names = Callable[[int, Dataset], str]


def numbered(n: int, image: Dataset) -> str:
    return f"IM{n:04d}.dcm"


def by_uid(n: int, image: Dataset) -> str:
    """As archives export them; the order of the names says nothing."""
    return image.SOPInstanceUID


def write(images: Images, folder: Path, names: Names = numbered) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for n, image in enumerate(images):
        file = folder / names(n, image)
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save_as(file)
    return folder


def study(*changes: Change, names: Names = numbered, folder: str = "study") -> Build:
    """The patient's study, changed, in a folder."""

    def build(where: Path) -> Path:
        write(in_turn(*changes)(slices()), where / folder, names)
        return where / folder

    return build


# --------------------------------------------------------------------------- changes of headers


def each(change: Callable[[Dataset, int], None]) -> Change:
    """Change every image in place, knowing its number."""

    def change_each(images: Images) -> Images:
        for n, image in enumerate(images):
            change(image, n)
        return images

    return change_each


def tags(**values: object) -> Change:
    """Give every image these values; what can be called is asked for the value of slice n."""

    def set_tags(image: Dataset, n: int) -> None:
        for keyword, value in values.items():
            if value is ABSENT:
                image.pop(keyword, None)
            else:
                setattr(image, keyword, value(n) if callable(value) else value)

    return each(set_tags)


def raw(**values: bytes) -> Change:
    """Give every image these bytes, whether or not DICOM allows them there."""

    def set_bytes(image: Dataset, n: int) -> None:
        for keyword, value in values.items():
            tag = Tag(tag_for_keyword(keyword))
            image[tag] = RawDataElement(tag, dictionary_VR(tag), len(value), value, 0, False, True)

    return each(set_bytes)


def one(number: int, change: Change) -> Change:
    """Change only this image."""

    def change_one(images: Images) -> Images:
        return [*images[:number], *change([images[number]]), *images[number + 1 :]]

    return change_one


def renew(images: Images) -> Images:
    """Give every image a UID of its own."""
    for image in images:
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    return images


def also(*changes: Change) -> Change:
    """Add the patient's slices once more, changed, under the same series."""
    return lambda images: [*images, *in_turn(renew, *changes)(slices())]


def another_series(number: int, description: str, *changes: Change) -> Change:
    """Add the patient's slices once more, changed, as a series of its own."""

    def as_series(images: Images) -> Images:
        return tags(SeriesInstanceUID=generate_uid(), SeriesNumber=number, SeriesDescription=description)(images)

    return also(as_series, *changes)


# --------------------------------------------------------------------------- changes of order and place


def ordered(order: Callable[[Sequence[int]], Sequence[int]]) -> Change:
    """The same images in another order."""
    return lambda images: [images[n] for n in order(range(len(images)))]


def shuffled(numbers: Sequence[int]) -> list[int]:
    return np.random.default_rng(3).permutation(len(numbers)).tolist()


def odd_then_even(numbers: Sequence[int]) -> list[int]:
    return [*numbers[0::2], *numbers[1::2]]


def backwards(numbers: Sequence[int]) -> list[int]:
    return list(numbers[::-1])


def without(*numbers: int) -> Change:
    return lambda images: [image for n, image in enumerate(images) if n not in numbers]


def turned(by: np.ndarray) -> Change:
    """Lay the patient elsewhere: a (4, 4) rigid motion in LPS millimetres."""

    def turn(image: Dataset, n: int) -> None:
        axes = np.reshape(np.array(image.ImageOrientationPatient, float), (2, 3)) @ by[:3, :3].T
        place = by[:3, :3] @ np.array(image.ImagePositionPatient, float) + by[:3, 3]
        image.ImageOrientationPatient = [round(float(x), 9) for x in axes.ravel()]
        image.ImagePositionPatient = [round(float(x), 6) for x in place]

    return each(turn)


def moved(change: Callable[[np.ndarray, int], Sequence[float]]) -> Change:
    """Put every image at another place: its own place and number are given."""

    def move(image: Dataset, n: int) -> None:
        place = change(np.array(image.ImagePositionPatient, float), n)
        image.ImagePositionPatient = [round(float(x), 8) for x in place]

    return each(move)


def in_plane(plane: str) -> Change:
    """As if taken in another plane, so that it can be told by the header alone."""
    axes = PLANES[plane]
    across = np.cross(axes[:3], axes[3:])
    return in_turn(tags(ImageOrientationPatient=axes), moved(lambda place, n: 4.4 * n * across - 100))


# --------------------------------------------------------------------------- changes of pixels


def pixels(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    """Give every image other values, whole numbers of 16 bits."""

    def change_pixels(image: Dataset, n: int) -> None:
        image.PixelData = np.round(change(image.pixel_array.astype(float))).clip(0, 65535).astype("<u2").tobytes()

    return each(change_pixels)


def rolled_mm(image: Dataset, down_mm: float) -> int:
    """Move an image's content down by whole pixels; returns how many."""
    rows = round(down_mm / float(image.PixelSpacing[0]))
    image.PixelData = np.roll(image.pixel_array, rows, axis=0).tobytes()
    return rows


def displaced(down_mm: float = 25.0) -> Change:
    """Move the content down, but not the header: who takes these pictures for the patient's gets wrong points."""
    return each(lambda image, n: rolled_mm(image, down_mm))
