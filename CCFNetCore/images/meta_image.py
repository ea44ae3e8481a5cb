"""Reads MetaImage files: ``.mha``, and ``.mhd`` with its voxels in other files.

Format: https://itk.org/Wiki/ITK/MetaIO/Documentation.
"""

from pathlib import Path

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

_LONGEST_LINE, _LONGEST_HEADER = 1 << 14, 1 << 20

_KINDS = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}

_LAST_FIELD = "ElementDataFile"
_LENGTHS_OF_DIRECTIONS = 0.8, 1.25
"""What lies outside is no direction, even of an axis that leans."""

Fields = dict[str, str]


def read_meta_image(path: Path, name: str) -> Volume:
    """The volume in a MetaImage file.

    Raises
    ------
    InputError
        If it is damaged, holds anything but one grey volume, or does not say how this lies in the patient.
    """
    fields, lines_after, start = _read_header(path)
    size = _size(path, fields)
    steps, origin, warnings = _place(path, fields)
    files = data_files(path, fields[_LAST_FIELD], lines_after)
    array = read_parts(path, files, size, lambda file, part: _read_part(file, fields, part, start * (file == path)))
    return placed_volume(path, name, array, steps, origin, warnings)


def _read_header(path: Path) -> tuple[Fields, list[str], int]:
    """The fields, the lines of a list of files after them, and where what comes after them begins."""
    fields, lines_after = {}, []
    with path.open("rb") as file:
        while _LAST_FIELD not in fields and file.tell() < _LONGEST_HEADER:
            key, _, value = file.readline(_LONGEST_LINE).decode("latin-1").partition("=")
            if not key:
                break
            fields[key.strip()] = value.strip()
        start = file.tell()
        if fields.get(_LAST_FIELD, "").startswith("LIST"):
            lines_after = file.read(_LONGEST_HEADER).decode("latin-1").splitlines()
    if "DimSize" not in fields or not fields.get(_LAST_FIELD):
        raise InputError(f"{path}: cannot be read as an image; it does not begin with a MetaImage header.")
    return fields, lines_after, start


def _numbers(path: Path, fields: Fields, *names: str) -> np.ndarray | None:
    """The numbers of the first of these fields that is there."""
    name = next((name for name in names if name in fields), None)
    if name is None:
        return None
    try:
        return numbers(fields[name].split())
    except ValueError:
        raise _damaged(path, fields, name) from None


def _damaged(path: Path, fields: Fields, name: str) -> InputError:
    return InputError(f"{path}: its header is damaged; its {name} is {fields[name][:60]!r}.")


def _size(path: Path, fields: Fields) -> tuple[int, ...]:
    channels = fields.get("ElementNumberOfChannels", "1")
    if channels != "1":
        is_colour = fields.get("ElementType") == "MET_UCHAR" and channels in ("3", "4")
        vectors = f"an image of vectors ({channels} values for each voxel)"
        raise other_kind(path, "a colour image" if is_colour else vectors)
    sizes = _numbers(path, fields, "DimSize")
    if np.isnan(sizes).any():
        raise _damaged(path, fields, "DimSize")
    counts = [int(size) for size in sizes]
    check_sizes(path, counts[:3], counts[3:])
    return tuple(counts[:3])


def _place(path: Path, fields: Fields) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Steps, origin, and what is odd about them."""
    dimensions = len(fields["DimSize"].split())
    mm = mm_per_unit(path, fields.get("DistanceUnits", ""))
    spacing = _numbers(path, fields, "ElementSpacing", "ElementSize")
    if spacing is None:
        raise InputError(f"{path}: its header does not say how large the voxels are.")
    axes = _numbers(path, fields, "TransformMatrix", "Orientation", "Rotation")
    if axes is None:
        raise orientation_unknown(path, "it has no TransformMatrix")
    origin = _numbers(path, fields, "Offset", "Position", "Origin")
    if not (spacing > 0).all():
        raise InputError(f"{path}: its header is damaged; it gives voxels of {' x '.join(map(str, spacing))} mm.")
    if len(spacing) != dimensions or len(axes) != dimensions**2 or (origin is not None and len(origin) != dimensions):
        raise InputError(f"{path}: its header is damaged; its fields are not of {dimensions} dimensions.")
    directions = axes.reshape(dimensions, dimensions)[:3, :3].T
    shortest, longest = _LENGTHS_OF_DIRECTIONS
    if not all(shortest < length < longest for length in np.linalg.norm(directions, axis=0)):
        raise InputError(f"{path}: its header is damaged; its TransformMatrix does not hold directions.")
    if origin is None:
        return directions * spacing[:3] * mm, np.zeros(3), (FIRST_VOXEL_UNKNOWN,)
    return directions * spacing[:3] * mm, origin[:3] * mm, ()


def _read_part(file: Path, fields: Fields, size: tuple[int, ...], start: int) -> np.ndarray:
    """The voxels of one file, whose header ends at ``start``."""
    kind = _voxel_kind(file, fields)
    with file.open("rb") as opened:
        opened.seek(_data_start(file, fields, voxel_bytes(kind, size)) or start)
        is_compressed = _is_true(fields, "CompressedData")
        return read_voxels(file, inflated_pieces(opened) if is_compressed else raw_pieces(opened), kind, size)


def _data_start(file: Path, fields: Fields, data_bytes: int) -> int:
    """Where the voxels begin by the field HeaderSize, which is -1 where they take up the file's end; or 0."""
    there, named = file.stat().st_size, fields.get("HeaderSize", "0")
    if named == "-1":
        return max(0, there - data_bytes)
    if not (named.isdecimal() and int(named) <= there):
        raise _damaged(file, fields, "HeaderSize")
    return int(named)


def _voxel_kind(path: Path, fields: Fields) -> np.dtype:
    name = fields.get("ElementType", "")
    if name not in _KINDS:
        raise InputError(f"{path}: its type of voxels, {name[:60]!r}, is not known.")
    if "BinaryData" in fields and not _is_true(fields, "BinaryData"):
        raise InputError(f"{path}: holds its voxels as text, which is not read.")
    is_big = _is_true(fields, "BinaryDataByteOrderMSB") or _is_true(fields, "ElementByteOrderMSB")
    return np.dtype(_KINDS[name]).newbyteorder(">" if is_big else "<")


def _is_true(fields: Fields, name: str) -> bool:
    return fields.get(name, "")[:1] in ("T", "t", "1")
