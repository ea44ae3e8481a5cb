"""NIfTI, NRRD and MetaImage files of the patient, changed as images, as bytes and as files."""

import gzip
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK

from ..case import Build
from .phantom import patient

ImageChange = Callable[[SimpleITK.Image], SimpleITK.Image]
BytesChange = Callable[[bytearray], bytes | bytearray]
FileChange = Callable[[Path], Path]

# Places in the header of NIfTI-1.
DATATYPE, PIXDIM, SLOPE, UNITS, QFORM_CODE, SFORM_CODE, QOFFSET, SROW = 70, 76, 112, 123, 252, 254, 268, 280
HEADER_BYTES = 352

_HEADER_1 = np.dtype(
    "i4,S10,S18,i4,i2,S1,S1,8i2,3f4,i2,i2,i2,i2,8f4,f4,f4,f4,i2,S1,i1,f4,f4,f4,f4,i4,i4,S80,S24,i2,i2,3f4,3f4,12f4,"
    "S16,V4"
)


def volume(name: str, *changes: ImageChange, then: BytesChange | None = None) -> Build:
    """The patient's volume in a file of this name, changed as an image, and then as bytes."""

    def build(folder: Path) -> Path:
        image = patient().to_sitk()
        for change in changes:
            image = change(image)
        return write(image, folder / name, then)

    return build


def write(image: SimpleITK.Image, file: Path, then: BytesChange | None = None) -> Path:
    """Write an image; its bytes are changed before they are compressed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    plain = file.with_suffix("") if file.name.endswith(".nii.gz") else file
    SimpleITK.WriteImage(image, str(plain))
    if then:
        plain.write_bytes(then(bytearray(plain.read_bytes())))
    if plain != file:
        file.write_bytes(gzip.compress(plain.read_bytes(), compresslevel=1))
        plain.unlink()
    return file


def afterwards(build: Build, *changes: FileChange) -> Build:
    """Change a file once it is written."""

    def build_and_change(folder: Path) -> Path:
        file = build(folder)
        for change in changes:
            file = change(file)
        return file

    return build_and_change


# --------------------------------------------------------------------------- changes of the image


def values(change: Callable[[np.ndarray], np.ndarray]) -> ImageChange:
    """Other values at the same places."""

    def change_values(image: SimpleITK.Image) -> SimpleITK.Image:
        new = SimpleITK.GetImageFromArray(change(SimpleITK.GetArrayFromImage(image)))
        new.CopyInformation(image)
        return new

    return change_values


def cast(kind: int) -> ImageChange:
    return lambda image: SimpleITK.Cast(image, kind)


def oriented(axes: str) -> ImageChange:
    """Stored along other axes, such as "RAS", at the same place in the patient."""
    return lambda image: SimpleITK.DICOMOrient(image, axes)


def left_handed(image: SimpleITK.Image) -> SimpleITK.Image:
    """Slices from right to left, so that the axes make a left hand."""
    array = SimpleITK.GetArrayFromImage(image)[::-1]
    new = SimpleITK.GetImageFromArray(array)
    new.SetSpacing(image.GetSpacing())
    new.SetOrigin(image.TransformIndexToPhysicalPoint((0, 0, len(array) - 1)))
    new.SetDirection((np.reshape(image.GetDirection(), (3, 3)) * [1, 1, -1]).ravel().tolist())
    return new


def resampled(spacing_mm: float, turn: np.ndarray | None = None) -> ImageChange:
    """On an isotropic grid over the same box, or over one that is turned about its centre."""

    def resample(image: SimpleITK.Image) -> SimpleITK.Image:
        size = [round(n * s / spacing_mm) for n, s in zip(image.GetSize(), image.GetSpacing(), strict=True)]
        centre = np.array(image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in image.GetSize()]))
        axes = (np.eye(3) if turn is None else turn[:3, :3]) @ np.reshape(image.GetDirection(), (3, 3))
        origin = centre - axes @ (np.array(size) - 1) * spacing_mm / 2
        return SimpleITK.Resample(
            image, size, SimpleITK.Transform(), SimpleITK.sitkLinear, origin.tolist(), [spacing_mm] * 3,
            axes.ravel().tolist(),
        )  # fmt: skip

    return resample


def stacked(count: int) -> ImageChange:
    """Several volumes in one file."""
    return lambda image: SimpleITK.JoinSeries([image] * count)


def vector(image: SimpleITK.Image) -> SimpleITK.Image:
    return SimpleITK.Compose(image, image, image)


def complex_valued(image: SimpleITK.Image) -> SimpleITK.Image:
    return SimpleITK.RealAndImaginaryToComplex(image, image)


# --------------------------------------------------------------------------- changes of bytes


def patched(*patches: tuple[int, str, tuple]) -> BytesChange:
    """Overwrite fields of the header: where, as which kinds, with what."""

    def patch(content: bytearray) -> bytearray:
        for offset, kinds, new in patches:
            struct.pack_into(f"<{kinds}", content, offset, *new)
        return content

    return patch


def sform(change: Callable[[np.ndarray], np.ndarray], keep_qform: bool = False) -> BytesChange:
    """Change the (3, 4) sform of a NIfTI-1 file, and say that there is no qform."""

    def change_sform(content: bytearray) -> bytearray:
        rows = np.array(struct.unpack_from("<12f", content, SROW)).reshape(3, 4)
        struct.pack_into("<12f", content, SROW, *change(rows).ravel())
        if not keep_qform:
            struct.pack_into("<h", content, QFORM_CODE, 0)
        return content

    return change_sform


def big_endian(content: bytearray) -> bytes:
    """The other order of bytes, in the header and in 32-bit voxels."""
    header = np.frombuffer(bytes(content[:348]), _HEADER_1).byteswap().tobytes()
    voxels = np.frombuffer(bytes(content[HEADER_BYTES:]), "<f4").byteswap().tobytes()
    return header + bytes(4) + voxels


def red_green_blue(content: bytearray) -> bytes:
    """8-bit voxels become colours."""
    struct.pack_into("<hh", content, DATATYPE, 128, 24)
    return bytes(content[:HEADER_BYTES]) + np.repeat(np.frombuffer(bytes(content[HEADER_BYTES:]), "u1"), 3).tobytes()


# --------------------------------------------------------------------------- changes of files


def cut(share: float) -> FileChange:
    """Only the first part of a file."""

    def cut_file(file: Path) -> Path:
        content = file.read_bytes()
        file.write_bytes(content[: int(share * len(content))])
        return file

    return cut_file


def first_bytes(count: int) -> FileChange:
    def cut_file(file: Path) -> Path:
        file.write_bytes(file.read_bytes()[:count])
        return file

    return cut_file


def without_end(count: int) -> FileChange:
    def cut_file(file: Path) -> Path:
        file.write_bytes(file.read_bytes()[:-count])
        return file

    return cut_file


def beside(name: str, *changes: FileChange) -> FileChange:
    """Change the file of this name beside the one that is pointed at."""

    def change_other(file: Path) -> Path:
        for change in changes:
            change(file.with_name(name))
        return file

    return change_other


def gone(file: Path) -> Path:
    file.unlink()
    return file


def renamed(name: str) -> FileChange:
    return lambda file: Path(shutil.move(file, file.with_name(name)))


def content(new: bytes) -> FileChange:
    def overwrite(file: Path) -> Path:
        file.write_bytes(new)
        return file

    return overwrite


def edited(old: bytes, new: bytes) -> FileChange:
    """Replace words of a header."""

    def edit(file: Path) -> Path:
        before = file.read_bytes()
        assert old in before
        file.write_bytes(before.replace(old, new, 1))
        return file

    return edit


def in_right_anterior_superior(file: Path) -> Path:
    """Say the same place of an NRRD file in the other patient coordinates."""
    header, _, voxels = file.read_bytes().partition(b"\n\n")
    lines = header.decode().replace("left-posterior-superior", "right-anterior-superior").split("\n")
    lines = [re.sub(r"\([^)]*\)", _other_way, line) if line.startswith("space ") else line for line in lines]
    file.write_bytes("\n".join(lines).encode() + b"\n\n" + voxels)
    return file


def _other_way(vector: re.Match) -> str:
    left, posterior, superior = (float(number) for number in vector[0].strip("()").split(","))
    return f"({-left!r},{-posterior!r},{superior!r})"
