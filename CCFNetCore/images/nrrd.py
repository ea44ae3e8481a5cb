"""Reads NRRD files: ``.nrrd``, and ``.nhdr`` with its voxels in other files.

Format: https://teem.sourceforge.net/nrrd/format.html. What says nothing about the patient, such as the space
``scanner-xyz`` or no space at all, is refused; ITK takes it for left-posterior-superior.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from ..errors import InputError
from .data_files import data_files, read_parts
from .placing import (
    FIRST_VOXEL_UNKNOWN,
    check_sizes,
    mm_per_unit,
    numbers,
    orientation_unknown,
    other_kind,
    placed_volume,
)
from .volume import Volume
from .voxels import inflated_pieces, raw_pieces, read_voxels, voxel_bytes

_KINDS = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("unsigned char", "uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("unsigned short", "ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("unsigned", "uint", "uint32"), "u4"),
    **dict.fromkeys(("long long", "longlong", "int64"), "i8"),
    **dict.fromkeys(("unsigned long long", "ulonglong", "uint64"), "u8"),
    "float": "f4",
    "double": "f8",
}
"""By their names, less what may be left out of these."""

_SPACES = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
"""What leads from each to left-posterior-superior."""

_COLOURS = ("rgb-color", "rgba-color", "hsv-color", "xyz-color", "3-color", "4-color")
_IMAGES_OF = {**dict.fromkeys(_COLOURS, "a colour image"), "complex": "a complex image"}
"""By the kind of an axis along which the values of one voxel lie; those of the others are vectors."""

_NO_VALUES = ("list", "time", "point", "none", "???", "domain", "space")
"""Kinds of the axes along which whole volumes lie."""

_VECTOR = re.compile(r"\(([^()]*)\)|none")
_LONGEST_LINE, _LONGEST_HEADER = 1 << 14, 1 << 20

Fields = dict[str, str]
"""By their names, in small letters and without spaces."""


class _Axis(NamedTuple):
    size: int
    kind: str
    step: np.ndarray | None
    """None where it does not lead through space."""


def read_nrrd(path: Path, name: str) -> Volume:
    """The volume in an NRRD file.

    Raises
    ------
    InputError
        If it is damaged, holds anything but one grey volume, or does not say how this lies in the patient.
    """
    fields, lines_after, start = _read_header(path)
    axes = _axes(path, fields)
    _check_axes(path, axes)
    in_space = [axis for axis in axes if axis.step is not None]
    if not in_space:
        raise orientation_unknown(path, "it has no space directions")
    check_sizes(path, [axis.size for axis in in_space], [axis.size for axis in axes if axis.step is None])
    steps, origin, warnings = _place(path, fields, np.transpose([axis.step for axis in in_space]))
    files = data_files(path, fields.get("datafile", "LOCAL"), lines_after)
    size = tuple(axis.size for axis in in_space)
    array = read_parts(path, files, size, lambda file, part: _read_part(file, fields, part, start * (file == path)))
    return placed_volume(path, name, array, steps, origin, warnings)


def _read_header(path: Path) -> tuple[Fields, list[str], int]:
    """The fields, the lines of a list of files after them, and where what comes after them begins."""
    fields, lines_after = {}, []
    with path.open("rb") as file:
        if not file.readline(_LONGEST_LINE).startswith(b"NRRD000"):
            raise InputError(f"{path}: cannot be read as an image; it does not begin with an NRRD header.")
        while (line := file.readline(_LONGEST_LINE).decode("latin-1").strip()) and file.tell() < _LONGEST_HEADER:
            key, _, value = line.partition(": ")
            fields[key.lower().replace(" ", "")] = value.strip()
            if fields.get("datafile", "").startswith("LIST"):
                lines_after = file.read(_LONGEST_HEADER).decode("latin-1").splitlines()
        return fields, lines_after, file.tell()


def _damaged(path: Path, fields: Fields, name: str) -> InputError:
    return InputError(f"{path}: its header is damaged; its field {name} is {fields.get(name, '')[:60]!r}.")


def _whole_numbers(path: Path, fields: Fields, name: str) -> list[int]:
    try:
        return [int(text) for text in fields.get(name, "").split()]
    except ValueError:
        raise _damaged(path, fields, name) from None


def _vectors(path: Path, fields: Fields, name: str) -> list[np.ndarray | None]:
    """The vectors of a field, None where one is none; an empty list if the header has no such field."""
    try:
        vectors = [
            None if text[0] == "none" else numbers(text[1].split(","))
            for text in _VECTOR.finditer(fields.get(name, ""))
        ]
    except ValueError:
        raise _damaged(path, fields, name) from None
    if len({len(vector) for vector in vectors if vector is not None}) > 1:
        raise _damaged(path, fields, name)
    return vectors


def _axes(path: Path, fields: Fields) -> list[_Axis]:
    sizes = _whole_numbers(path, fields, "sizes")
    steps = [_through_space(step) for step in _vectors(path, fields, "spacedirections")] or [None] * len(sizes)
    kinds = fields.get("kinds", "").lower().split() or ["???"] * len(sizes)
    if not len(sizes) == len(steps) == len(kinds):
        raise _damaged(path, fields, "sizes")
    return [_Axis(*parts) for parts in zip(sizes, kinds, steps, strict=True)]


def _through_space(step: np.ndarray | None) -> np.ndarray | None:
    """A step without its part in time; None if that is all there is of it."""
    if step is None or len(step) < 4:
        return step
    return step[:3] if step[:3].any() else None


def _check_axes(path: Path, axes: list[_Axis]) -> None:
    """Look whether each voxel has one value."""
    for axis in axes:
        if axis.step is None and axis.size > 1 and axis.kind not in _NO_VALUES:
            vectors = f"an image of vectors ({axis.size} values for each voxel)"
            raise other_kind(path, _IMAGES_OF.get(axis.kind, vectors))


def _place(path: Path, fields: Fields, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Steps, origin, and what is odd about them."""
    origin, warnings = _vectors(path, fields, "spaceorigin"), []
    if not origin or origin[0] is None:
        origin = [np.zeros(3)]
        warnings.append(FIRST_VOXEL_UNKNOWN)
    space = fields.get("space", "").lower().removesuffix("-time").removesuffix("t")
    if not space and fields.get("spacedimension") == "4":
        space = "left-posterior-superior"
        warnings.append(f"Its header does not name its space: taken as {space}, as ITK writes it.")
    if space not in _SPACES:
        raise orientation_unknown(path, f"its space is '{space}'" if space else "it names no space")
    units = re.findall(r'"([^"]*)"', fields.get("spaceunits", "")) or ["", "", ""]
    if len(steps) != 3 or len(origin[0]) < 3 or len(units) < 3:
        raise _damaged(path, fields, "spacedirections")
    to_lps_mm = np.multiply(_SPACES[space], [mm_per_unit(path, unit) for unit in units[:3]])
    return to_lps_mm[:, None] * steps, to_lps_mm * origin[0][:3], tuple(warnings)


def _read_part(file: Path, fields: Fields, size: tuple[int, ...], start: int) -> np.ndarray:
    """The voxels of one file, whose header ends at ``start``."""
    kind, encoding = _voxel_kind(file, fields), fields.get("encoding", "").lower()
    line_skip, byte_skip = (next(iter(_whole_numbers(file, fields, name)), 0) for name in ("lineskip", "byteskip"))
    with file.open("rb") as opened:
        opened.seek(start)
        for _ in range(line_skip):
            if not opened.readline():
                break
        if encoding == "raw" and byte_skip == -1:
            opened.seek(max(0, file.stat().st_size - voxel_bytes(kind, size)))
        return read_voxels(file, _pieces(file, opened, encoding, kind), kind, size, max(0, byte_skip))


def _pieces(path: Path, file: BinaryIO, encoding: str, kind: np.dtype) -> Iterator[bytes]:
    """The voxels' bytes."""
    if encoding == "raw":
        return raw_pieces(file)
    if encoding in ("gzip", "gz"):
        return inflated_pieces(file)
    try:
        if encoding == "hex":
            return iter([bytes.fromhex(file.read().decode("latin-1"))])
        if encoding in ("ascii", "text", "txt"):
            number = float if kind.kind == "f" else int
            return iter([np.array([number(text) for text in file.read().split()], kind).tobytes()])
    except (ValueError, OverflowError):
        raise InputError(f"{path}: is damaged; what should be its voxels as {encoding} is not.") from None
    raise InputError(f"{path}: its encoding, {encoding[:60]!r}, is not read.")


def _voxel_kind(path: Path, fields: Fields) -> np.dtype:
    name = fields.get("type", "").lower().removesuffix("_t").removesuffix(" int").removeprefix("signed ")
    if name not in _KINDS:
        raise InputError(f"{path}: its type of voxels, {fields.get('type', '')[:60]!r}, is not read.")
    kind, endian = np.dtype(_KINDS[name]), fields.get("endian", "").lower()
    if kind.itemsize > 1 and endian not in ("little", "big") and fields.get("encoding") not in ("ascii", "text", "txt"):
        raise _damaged(path, fields, "endian")
    return kind.newbyteorder(">" if endian == "big" else "<")
