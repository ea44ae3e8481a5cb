"""Reads NIfTI files, plain or compressed.

Formats: NIfTI-1 (Cox et al., https://nifti.nimh.nih.gov/nifti-1) and NIfTI-2. Of the two ways in which a header tells
where the voxels lie, the one is used that ITK uses (5.4), and so Slicer; ITK itself refuses axes that are not at right
angles, and does not tell where the two ways contradict one another.
"""

import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .placing import check_sizes, orientation_unknown, other_kind, placed_volume
from .volume import Volume
from .voxels import GZIP_START, damaged_compression, inflated_pieces, raw_pieces, read_voxels

_FIELDS = ("magic", "datatype", "dim", "pixdim", "vox_offset", "scl_slope", "scl_inter", "xyzt_units")
_PLACES = ("qform_code", "sform_code", "quatern", "qoffset", "srow")


def _header(bytes_: int, formats: tuple, offsets: tuple[int, ...]) -> np.dtype:
    return np.dtype({"names": (*_FIELDS, *_PLACES), "formats": formats, "offsets": offsets, "itemsize": bytes_})


_HEADERS = {
    348: _header(
        348,
        ("S4", "i2", "8i2", "8f4", "f4", "f4", "f4", "u1", "i2", "i2", "3f4", "3f4", "(3,4)f4"),
        (344, 70, 40, 76, 108, 112, 116, 123, 252, 254, 256, 268, 280),
    ),
    540: _header(
        540,
        ("S4", "i2", "8i8", "8f8", "i8", "f8", "f8", "i4", "i4", "i4", "3f8", "3f8", "(3,4)f8"),
        (4, 12, 16, 104, 168, 176, 184, 500, 344, 348, 352, 376, 400),
    ),
}
"""By their length, which stands in their first four bytes."""

_EXTENSION_BYTES = 4
"""Between the header and whatever comes next."""

_KINDS = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_OTHER_KINDS = {32: "a complex", 1792: "a complex", 2048: "a complex", 128: "a colour", 2304: "a colour"}
_MM_PER_UNIT = {0: 1.0, 1: 1e3, 2: 1.0, 3: 1e-3}
"""By the last three bits of xyzt_units; where it says nothing, millimetres are meant."""

_RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])
_SCANNER = 1
"""Code of a form that leads to the scanner's coordinates."""

_FARTHEST_MM = 1e6
_LEAST_VOLUME = 1e-3
_SQUARE_COSINE = 1e-3
_SAME_SPACING = 1e-2
_QUATERNION_ERROR = 1e-2
_SAME_MM, _SAME_DEGREES = 1.0, 1.0
_SLOPES = 1e-20, 1e20
_LARGEST_INTERCEPT = 2.0**20
"""In slopes; of more, single precision would leave nothing of the voxels' differences."""


class _Form(NamedTuple):
    """One way in which a header tells where the voxels lie: the steps between them and the first, LPS millimetres."""

    name: str
    steps: np.ndarray
    origin: np.ndarray

    @property
    def spacing(self) -> np.ndarray:
        return np.linalg.norm(self.steps, axis=0)

    @property
    def is_regular(self) -> bool:
        """Whether its steps are numbers, and do not lie in a plane."""
        are_numbers = (np.abs([*self.steps.T, self.origin]) < _FARTHEST_MM).all()
        return bool(
            are_numbers and self.spacing.all() and abs(np.linalg.det(self.steps / self.spacing)) > _LEAST_VOLUME
        )

    @property
    def is_square(self) -> bool:
        axes = self.steps / self.spacing
        return bool(np.abs(axes.T @ axes - np.eye(3)).max() < _SQUARE_COSINE)

    def has_spacing(self, spacing_mm: np.ndarray) -> bool:
        return np.allclose(self.spacing, spacing_mm, rtol=_SAME_SPACING)


def read_nifti(path: Path, name: str) -> Volume:
    """The volume in a NIfTI file.

    Raises
    ------
    InputError
        If it is damaged, holds anything but one grey volume, or does not say how this lies in the patient.
    """
    with path.open("rb") as file:
        is_compressed = file.read(len(GZIP_START)) == GZIP_START
        file.seek(0)
        pieces = inflated_pieces(file) if is_compressed else raw_pieces(file)
        header, begun = _read_header(path, pieces)
        kind = _voxel_kind(path, header)
        size = _size(path, header)
        form, warnings = _place(path, header, size)
        array = read_voxels(path, chain([begun], pieces), kind, size, _data_offset(path, header))
    return placed_volume(path, name, _scaled(array, header), form.steps, form.origin, warnings)


def _read_header(path: Path, pieces: Iterator[bytes]) -> tuple[np.void, bytes]:
    """The header, and the bytes read so far."""
    begun = b""
    try:
        while len(begun) < max(_HEADERS) and (piece := next(pieces, b"")):
            begun += piece
    except EOFError:
        pass  # What is there may still hold the header, and what is missing is counted with the voxels.
    except zlib.error as error:
        raise damaged_compression(path) from error
    for order in "<>":
        length = int.from_bytes(begun[:4], "little" if order == "<" else "big")
        if length in _HEADERS and len(begun) >= length:
            header = np.frombuffer(begun, _HEADERS[length].newbyteorder(order), 1)[0]
            if header["magic"] in (b"n+1", b"n+2"):
                return header, begun
            if length == 348:
                raise InputError(f"{path}: is an Analyze file or one of a pair of NIfTI files, which are not read.")
    raise InputError(f"{path}: cannot be read as an image; it does not begin with a NIfTI header.")


def _voxel_kind(path: Path, header: np.void) -> np.dtype:
    code = int(header["datatype"])
    if code in _OTHER_KINDS:
        raise other_kind(path, f"{_OTHER_KINDS[code]} image")
    if code not in _KINDS:
        raise InputError(f"{path}: its header is damaged or of a rare kind; its type of voxels, {code}, is not known.")
    return np.dtype(_KINDS[code]).newbyteorder("=" if header.dtype["dim"].base.isnative else "S")


def _size(path: Path, header: np.void) -> tuple[int, ...]:
    dimensions, *sizes = header["dim"].tolist()
    if not 1 <= dimensions <= len(sizes):
        raise InputError(f"{path}: its header is damaged; it gives {dimensions} dimensions.")
    sizes = sizes[:dimensions]
    # The fifth is for the values of each voxel.
    if len(sizes) > 4 and sizes[4] > 1:
        raise other_kind(path, f"an image of vectors ({sizes[4]} values for each voxel)")
    check_sizes(path, sizes[:3], sizes[3:])
    return tuple(sizes[:3])


def _data_offset(path: Path, header: np.void) -> int:
    first = header.dtype.itemsize + _EXTENSION_BYTES
    offset = float(header["vox_offset"])
    if offset == 0:
        return first
    if not first <= offset < np.inf:
        raise InputError(f"{path}: its header is damaged; it says that the voxels begin at byte {offset:g}.")
    return int(offset)


def _scaled(array: np.ndarray, header: np.void) -> np.ndarray:
    """The voxels in the units that the header gives, or as they are where it gives none."""
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if not _SLOPES[0] < abs(slope) < _SLOPES[1] or not np.isfinite(intercept) or (slope, intercept) == (1.0, 0.0):
        return array
    scaled = array.astype(np.float64 if array.itemsize > 4 else np.float32)
    scaled *= slope
    if abs(intercept) < _LARGEST_INTERCEPT * abs(slope):
        scaled += intercept
    return scaled


def _place(path: Path, header: np.void, size: tuple[int, ...]) -> tuple[_Form, tuple[str, ...]]:
    """Where the voxels lie, and what is odd about it."""
    unit = int(header["xyzt_units"]) & 7
    if unit not in _MM_PER_UNIT:
        raise InputError(f"{path}: its header is damaged; its unit of length, {unit}, is not known.")
    forms = [
        _form_in_lps_mm(form(header), _MM_PER_UNIT[unit]) for name, form in _FORMS.items() if header[f"{name}_code"] > 0
    ]
    if not forms:
        raise orientation_unknown(path, "neither its qform nor its sform is set")
    regular = [form for form in forms if form.is_regular]
    if not regular:
        raise InputError(f"{path}: its header is damaged; its {' and '.join(form.name for form in forms)} is no place.")
    pixdim_mm = header["pixdim"][1:4].astype(float) * _MM_PER_UNIT[unit]
    is_sform_first = header["sform_code"] == _SCANNER and regular[0].is_square and regular[0].has_spacing(pixdim_mm)
    chosen = regular[0] if is_sform_first else regular[-1]
    return chosen, tuple(_contradictions(chosen, forms, pixdim_mm, np.array(size)))


def _sform(header: np.void) -> _Form:
    affine = header["srow"].astype(float)
    return _Form("sform", affine[:, :3], affine[:, 3])


def _qform(header: np.void) -> _Form:
    b, c, d = header["quatern"].astype(float)
    square = 1 - b * b - c * c - d * d
    a = np.sqrt(max(square, 0.0)) if square > -_QUATERNION_ERROR else np.nan
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    pixdim = header["pixdim"].astype(float)
    spacing = np.where(pixdim[1:4] > 0, pixdim[1:4], np.nan) * [1, 1, -1 if pixdim[0] < 0 else 1]
    return _Form("qform", rotation * spacing, header["qoffset"].astype(float))


_FORMS = {"sform": _sform, "qform": _qform}


def _form_in_lps_mm(form: _Form, mm: float) -> _Form:
    return form._replace(steps=_RAS_TO_LPS[:, None] * form.steps * mm, origin=_RAS_TO_LPS * form.origin * mm)


def _contradictions(chosen: _Form, forms: list[_Form], pixdim_mm: np.ndarray, size: np.ndarray) -> Iterator[str]:
    """What in the header speaks against the form that was chosen."""
    for other in forms:
        if not other.is_regular:
            yield f"The {other.name} in its header is damaged; the {chosen.name} was used."
        elif (apart_mm := _apart_mm(chosen, other, size)) > _SAME_MM or _apart_degrees(chosen, other) > _SAME_DEGREES:
            yield (
                f"The qform and sform in its header lie up to {apart_mm:.1f} mm and "
                f"{_apart_degrees(chosen, other):.1f} degrees apart; the {chosen.name} was used."
            )
    if chosen.name == "sform" and not chosen.has_spacing(pixdim_mm):
        sizes = (" x ".join(f"{length:.3g}" for length in lengths) for lengths in (pixdim_mm, chosen.spacing))
        yield "The voxels in its header are {} mm large, in its sform {} mm; the sform was used.".format(*sizes)


def _apart_mm(one: _Form, other: _Form, size: np.ndarray) -> float:
    """How far the corners of the volume lie apart, at most."""
    corners = np.stack(np.meshgrid(*[(0, length - 1) for length in size]), axis=-1).reshape(-1, 3)
    away = corners @ (one.steps - other.steps).T + one.origin - other.origin
    return float(np.linalg.norm(away, axis=1).max())


def _apart_degrees(one: _Form, other: _Form) -> float:
    """The largest angle between their axes."""
    cosines = (one.steps / one.spacing * other.steps / other.spacing).sum(axis=0)
    return float(np.degrees(np.arccos(cosines.clip(-1, 1))).max())
