"""Values of a DICOM header as plain Python, whatever a scanner or an anonymiser left there."""

import math
import warnings
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

Layer = dict[int, Dataset]
"""For each element's tag the dataset that holds it."""

_tag = cache(tag_for_keyword)


class Header:
    """The values that hold for one frame: of its own functional groups, else of the shared ones, else of the file.

    Parameters
    ----------
    layers : sequence of Layer
        What is asked first comes first.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers

    def value(self, element: str | int) -> Any:
        """The value of an element, by keyword or tag, as pydicom gives it; None where there is none to understand."""
        tag = _tag(element) if isinstance(element, str) else element
        for layer in self._layers:
            if tag in layer:
                try:
                    with warnings.catch_warnings():
                        # Pydicom warns of what DICOM forbids; what is of use all the same is used.
                        warnings.simplefilter("ignore")
                        value = layer[tag][tag].value
                except Exception:  # A value of another kind than its element's can fail in any way.
                    continue
                if value is not None and value != "":
                    return value
        return None

    def text(self, element: str | int) -> str:
        """The element as text on one line; empty where there is none."""
        value = self.value(element)
        return "" if value is None else " ".join(str(value).split())

    def words(self, element: str | int) -> tuple[str, ...]:
        """All values of the element in capitals."""
        value = self.value(element)
        values = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
        return tuple(str(word).strip().upper() for word in values)

    def numbers(self, element: str | int) -> tuple[float, ...]:
        """All values of the element, if they are finite numbers; else none."""
        value = self.value(element)
        try:
            values = [value] if isinstance(value, str | int | float) else list(value)
            numbers = tuple(float(number) for number in values)
        except (TypeError, ValueError):
            return ()
        return numbers if all(map(math.isfinite, numbers)) else ()

    def number(self, element: str | int) -> float | None:
        """The first value of the element, if it is a finite number."""
        return next(iter(self.numbers(element)), None)

    def time_s(self, element: str | int) -> float | None:
        """A time of day in seconds, if it is one."""
        return _seconds(self.text(element))


def headers_of_frames(file: Dataset) -> list[Header]:
    """A header for each frame of a file: of a classic image just one.

    The functional groups of Enhanced images, and what legacy-converted ones carry unassigned, lie over the file's own
    values (DICOM PS3.3, C.7.6.16).
    """
    own = _layer([file])
    count = int(Header([own]).number("NumberOfFrames") or 1)
    shared = _layer(_groups(_items(file, "SharedFunctionalGroupsSequence")[:1]))
    frames = _items(file, "PerFrameFunctionalGroupsSequence")
    return [Header([_layer(_groups(frames[n : n + 1])), shared, own]) for n in range(count)]


def _layer(datasets: Iterable[Dataset]) -> Layer:
    return {tag: dataset for dataset in datasets for tag in dataset.keys()}  # noqa: SIM118  Not its elements.


def _groups(items: Sequence[Dataset]) -> list[Dataset]:
    """The first items of all sequences within these items."""
    sequences = [element.value for item in items for element in item if element.VR == "SQ"]
    return [sequence[0] for sequence in sequences if sequence]


def _items(file: Dataset, keyword: str) -> Sequence[Dataset]:
    return file.get(keyword) or []


def _seconds(text: str) -> float | None:
    """Of a time of day; a date may stand before it."""
    digits = text.replace(":", "").partition("+")[0]
    digits = digits[8:] if len(digits.partition(".")[0]) >= 14 else digits
    try:
        return 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:4] or 0) + float(digits[4:] or 0)
    except ValueError:
        return None
