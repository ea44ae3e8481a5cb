"""NIfTI, NRRD and MetaImage files of the patient, changed as images or as bytes."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK

from ..case import Build
from .phantom import patient

ImageChange = Callable[[SimpleITK.Image], SimpleITK.Image]
BytesChange = Callable[[bytearray], bytes | bytearray]

# Places in the header of NIfTI-1.
DIM, DATATYPE, PIXDIM, SLOPE, XYZT_UNITS, QFORM_CODE, SFORM_CODE, QUATERN, QOFFSET, SROW = (
    40, 70, 76, 112, 123, 252, 254, 256, 268, 280,
)  # fmt: skip


def volume(name: str, *changes: ImageChange, then: BytesChange | None = None, compress: bool | None = None) -> Build:
    """The patient's volume in a file of this name, changed as an image, and then as bytes."""

    def build(folder: Path) -> Path:
        image = patient().to_sitk()
        for change in changes:
            image = change(image)
        return write(image, folder / name, then)

    return build


def write(image: SimpleITK.Image, file: Path, then: BytesChange | None = None) -> Path:
    """Write an image; bytes are changed before they are compressed."""
    plain = file.with_suffix("") if file.name.endswith(".nii.gz") else file
    SimpleITK.WriteImage(image, str(plain))
    if then:
        plain.write_bytes(then(bytearray(plain.read_bytes())))
    if plain != file:
        file.write_bytes(gzip.compress(plain.read_bytes(), compresslevel=1))
        plain.unlink()
    return file


def cast(kind: int) -> ImageChange:
    return lambda image: SimpleITK.Cast(image, kind)


def values(change: Callable[[np.ndarray], np.ndarray]) -> ImageChange:
    """Other values at the same places."""

    def change_values(image: SimpleITK.Image) -> SimpleITK.Image:
        new = SimpleITK.GetImageFromArray(change(SimpleITK.GetArrayFromImage(image)))
        new.CopyInformation(image)
        return new

    return change_values


def patched(*patches: tuple[int, str, tuple]) -> BytesChange:
    """Overwrite fields of the header: where, as which kinds, with what."""

    def patch(content: bytearray) -> bytearray:
        for offset, kinds, new in patches:
            struct.pack_into(f"<{kinds}", content, offset, *new)
        return content

    return patch


def sform(change: Callable[[np.ndarray], np.ndarray], keep_qform: bool = False) -> BytesChange:
    """Change the (3, 4) sform of a NIfTI-1 file."""

    def change_sform(content: bytearray) -> bytearray:
        rows = np.array(struct.unpack_from("<12f", content, SROW)).reshape(3, 4)
        struct.pack_into("<12f", content, SROW, *change(rows).ravel())
        if not keep_qform:
            struct.pack_into("<h", content, QFORM_CODE, 0)
        return content

    return change_sform


def cut(share: float) -> Callable[[Path], Path]:
    """Only the first part of a file."""

    def cut_file(file: Path) -> Path:
        content = file.read_bytes()
        file.write_bytes(content[: int(share * len(content))])
        return file

    return cut_file


def afterwards(build: Build, *changes: Callable[[Path], Path]) -> Build:
    """Change a file once it is written."""

    def build_and_change(folder: Path) -> Path:
        file = build(folder)
        for change in changes:
            file = change(file)
        return file

    return build_and_change
