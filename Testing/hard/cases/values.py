"""Pixel values: scaled, signed, inverted, padded, of other sizes, compressed, damaged."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from ..builders.classic import Change, Images, each, in_turn, pixels, study, tags
from ..case import Build, Case, NotHereError
from ..outcome import Either, Read, Refused


def scaled_by_slice(images: Images) -> Images:
    """Stored values of each slice need a factor of their own; the first one's is 1."""
    for n, image in enumerate(images):
        slope = (1.0, 0.0001, 0.0003)[n % 3] if n else 1.0
        image.PixelData = np.round(image.pixel_array / 1000 / slope).clip(0, 65535).astype("<u2").tobytes()
        image.RescaleSlope, image.RescaleIntercept = str(slope), "0"
        image.BitsStored, image.HighBit = 16, 15
    return images


def of_bits(allocated: int, stored: int, signed: bool, change=lambda values: values) -> Change:
    """Values of another kind of whole number."""
    kind = f"<{'i' if signed else 'u'}{allocated // 8}"

    def store(image: Dataset, n: int) -> None:
        image.PixelData = np.round(change(image.pixel_array.astype(float))).astype(kind).tobytes()
        image.BitsAllocated, image.BitsStored, image.HighBit = allocated, stored, stored - 1
        image.PixelRepresentation = int(signed)

    return each(store)


def as_real(image: Dataset, n: int) -> None:
    """Float Pixel Data instead of whole numbers."""
    image.FloatPixelData = (image.pixel_array / 1000).astype("<f4").tobytes()
    image.BitsAllocated = 32
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        image.pop(keyword, None)


def overlay_above(image: Dataset, n: int) -> None:
    """Old scanners keep a drawing in the four bits above the twelve that are stored."""
    pixels_ = image.pixel_array.copy()
    pixels_[40:60, 40:60] |= 0xF000
    image.PixelData = pixels_.astype("<u2").tobytes()


def syntax(uid: str) -> Change:
    def set_syntax(image: Dataset, n: int) -> None:
        image.file_meta.TransferSyntaxUID = uid

    return each(set_syntax)


def big_endian(images: Images) -> Images:
    new = [Dataset(image) for image in images]
    for image, old in zip(new, images, strict=True):
        image.file_meta, image.preamble = old.file_meta, old.preamble
        image.PixelData = old.pixel_array.astype(">u2").tobytes()
    return syntax(ExplicitVRBigEndian)(new)


def compressed(uid: str) -> Change:
    return each(lambda image, n: image.compress(uid))


def no_preamble(image: Dataset, n: int) -> None:
    image.preamble = None


def by_tool(program: str, *options: str) -> Build:
    """Compressed by a program of dcmtk."""

    def build(folder: Path) -> Path:
        if shutil.which(program) is None:
            raise NotHereError(f"{program} is not on this machine")
        study(folder="plain")(folder)
        (folder / "study").mkdir()
        for file in sorted((folder / "plain").iterdir()):
            subprocess.run([program, *options, file, folder / "study" / file.name], check=True, capture_output=True)
        shutil.rmtree(folder / "plain")
        return folder / "study"

    return build


def with_files(change) -> Build:
    """The study, and then a change of its files."""

    def build(folder: Path) -> Path:
        where = study()(folder)
        change(sorted(where.iterdir()))
        return where

    return build


def truncate(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])


DAMAGED = "damaged|incomplete|truncated|cannot be read|unreadable|pixel"

CASES = (
    Case("scaled-slice-by-slice", study(scaled_by_slice), Read(), source="SimpleITK/SimpleITK#1636"),
    Case(
        "monochrome1",
        study(pixels(lambda v: 4095 - v), tags(PhotometricInterpretation="MONOCHROME1")),
        Read(),
        source="Slicer/Slicer#6773",
    ),
    Case(
        "padding-value-below",
        study(
            of_bits(16, 16, True, lambda v: _framed(v, -2000)),
            each(lambda image, n: image.add_new("PixelPaddingValue", "SS", -2000)),
        ),
        Read(),
    ),
    Case("rle", study(compressed(RLELossless)), Read()),
    Case(
        "one-file-of-many-truncated",
        with_files(lambda files: truncate(files[2], 0.5)),
        Either(Refused(DAMAGED), Read(warns=f"{DAMAGED}|missing|even")),
        source="InsightSoftwareConsortium/ITK#6575",
    ),
    Case(
        "all-files-truncated",
        with_files(lambda files: [truncate(file, 0.6) for file in files]),
        Refused(DAMAGED),
        source="InsightSoftwareConsortium/ITK#6575",
    ),
    Case(
        "float-pixel-data",
        study(each(as_real)),
        Either(Read(), Refused("float|real|pixel")),
    ),
    Case("negative-slope", study(pixels(lambda v: 4095 - v), tags(RescaleSlope="-1", RescaleIntercept="4095")), Read()),
    Case("large-intercept", study(tags(RescaleSlope="1", RescaleIntercept="-1024")), Read()),
    Case(
        "slope-tiny",
        study(tags(RescaleSlope="1e-12", RescaleIntercept="0")),
        Read(),
        source="cornerstonejs/cornerstone3D#1925",
    ),
    Case("slope-huge", study(tags(RescaleSlope="1000000", RescaleIntercept="0")), Read()),
    Case(
        "slope-empty",
        study(tags(RescaleSlope=None, RescaleIntercept=None)),
        Read(),
        source="ImagingDataCommons/highdicom#418",
    ),
    Case(
        "slope-zero",
        study(tags(RescaleSlope="0", RescaleIntercept="0")),
        Either(Read(), Refused("slope|scale|value|constant|empty")),
    ),
    Case("signed", study(of_bits(16, 16, True, lambda v: v - 1000)), Read()),
    Case(
        "eight-bit", study(of_bits(8, 8, False, lambda v: v / 4.5), tags(WindowWidth="200", WindowCenter="100")), Read()
    ),
    Case("thirty-two-bit", study(of_bits(32, 32, False, lambda v: v * 1000)), Either(Read(), Refused("bit|pixel"))),
    Case("signed-12-of-16-bits", study(of_bits(16, 12, True, lambda v: v.clip(0, 2047))), Read()),
    Case("overlay-in-the-high-bits", study(each(overlay_above)), Read()),
    Case("window-nonsense", study(tags(WindowWidth="0", WindowCenter="-5000")), Read()),
    Case(
        "one-slice-all-black",
        study(each(lambda i, n: n == 10 and setattr(i, "PixelData", bytes(len(i.PixelData))))),
        Read(found=10, within_mm=3.0),
    ),
    Case("big-endian", study(big_endian), Read()),
    Case("implicit", study(syntax(ImplicitVRLittleEndian)), Read()),
    Case("deflated", study(syntax(DeflatedExplicitVRLittleEndian)), Read()),
    Case("no-preamble", study(each(no_preamble)), Either(Read(), Refused("DICOM"))),
    Case("jpeg-ls", study(compressed(JPEGLSLossless)), Read()),
    Case("jpeg-ls-by-tool", by_tool("dcmcjpls"), Read()),
    Case("rle-by-tool", by_tool("dcmcrle"), Read()),
    Case("jpeg-lossless", by_tool("dcmcjpeg"), Read()),
    Case("jpeg-lossy-12-bit", by_tool("dcmcjpeg", "+ee"), Read()),
    Case(
        "jpeg-2000-that-is-none",
        study(in_turn(compressed(RLELossless), syntax("1.2.840.10008.1.2.4.90"))),
        Refused(DAMAGED),
    ),
    Case(
        "htj2k-that-nobody-decodes",
        study(in_turn(compressed(RLELossless), syntax("1.2.840.10008.1.2.4.201"))),
        Refused(f"{DAMAGED}|compress|syntax|JPEG"),
    ),
    Case(
        "syntax-unknown",
        study(in_turn(compressed(RLELossless), syntax("1.2.3.4.5"))),
        Refused(f"{DAMAGED}|compress|syntax"),
    ),
    Case(
        "pixel-data-absent",
        study(each(lambda i, n: i.pop("PixelData"))),
        Refused(f"{DAMAGED}|no image|no .*image"),
        source="OHIF/Viewers#171",
    ),
    Case("pixel-data-too-long", study(each(lambda i, n: setattr(i, "PixelData", i.PixelData + bytes(64)))), Read()),
)


def _framed(values: np.ndarray, padding: float) -> np.ndarray:
    framed = values.copy()
    framed[:30] = framed[-30:] = padding
    framed[:, :10] = framed[:, -10:] = padding
    return framed
