"""Whether values that come from outside are of the kinds that the annotations of a dataclass say."""

import re
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

LARGEST_NUMBER = 1e6
"""No place or size in a picture of a patient is larger, in millimetres or voxels, and no answer of a network."""


def is_of(kind: Any, value: Any) -> bool:
    """Whether a value is of the kind that an annotation names.

    A number must be finite and no larger than :data:`LARGEST_NUMBER`, and a text fit for UTF-8.

    Parameters
    ----------
    kind : type
        A class, or one of Literal, a union, a tuple, a named tuple or a dictionary of such.
    value : object
    """
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return value in parts
    if get_origin(kind) in (UnionType, Union):
        return any(is_of(part, value) for part in parts)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and _are_of(parts, value)
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(_are_of(parts, each) for each in value.items())
    if hasattr(kind, "_fields"):
        return isinstance(value, kind) and _are_of(tuple(kind.__annotations__.values()), value)
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER
    return isinstance(value, kind) and not (kind is str and re.search("[\\ud800-\\udfff]", value))


def _are_of(kinds: tuple, values: tuple) -> bool:
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(values)
    return len(kinds) == len(values) and all(map(is_of, kinds, values))


def printable(text: str) -> str:
    """The text without the parts of file names that are not Unicode."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
