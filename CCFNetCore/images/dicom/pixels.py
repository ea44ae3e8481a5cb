"""The values of frames: decoded, and scaled as the header of each says."""

import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.filereader import data_element_generator
from pydicom.pixels import get_decoder
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, SecondaryCaptureImageStorage

from ...errors import InputError
from ..quiet import quiet_libraries
from .frames import OVERLAY_BIT, Frame
from .header import Header

_KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


def read_values(frames: Sequence[Frame]) -> np.ndarray:
    """The pictures of frames of one size, as real values.

    Rescale slope and intercept are those of each frame; MONOCHROME1 is turned so that bright is bright; padding takes
    the least value of the rest.

    Returns
    -------
    numpy.ndarray
        (frame, row, column); whole numbers where they are stored as such and are not scaled, else 32-bit floats.

    Raises
    ------
    InputError
        If pixels are missing, damaged or packed in a way that cannot be unpacked.
    """
    scales = [_scale(frame.header) for frame in frames]
    is_scaled = any(scale != (1.0, 0.0) for scale in scales)
    values = padding = None
    for index, stored in _stored_values(frames):
        if values is None:
            values = np.empty((len(frames), *stored.shape), dtype=np.float32 if is_scaled else stored.dtype)
        slope, intercept = scales[index]
        values[index] = stored * slope + intercept if is_scaled else stored
        mask = _padding(frames[index].header, stored)
        if mask is not None:
            padding = np.zeros(values.shape, dtype=bool) if padding is None else padding
            padding[index] = mask
    if padding is not None and not padding.all():
        values[padding] = values[~padding].min()
    if frames[0].header.text("PhotometricInterpretation") == "MONOCHROME1":
        values = values.max() - values + values.min()
    return values


def _scale(header: Header) -> tuple[float, float]:
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    return (1.0 if slope in (None, 0.0) else slope), (0.0 if intercept is None else intercept)


def _padding(header: Header, stored: np.ndarray) -> np.ndarray | None:
    """Where there is no picture, as the header says; None if it says nothing, or nothing is padded."""
    first, last = header.number("PixelPaddingValue"), header.number("PixelPaddingRangeLimit")
    if first is None:
        return None
    # As the pixels are stored: some headers write a negative number as an unsigned one.
    low, high = np.sort(np.array([first, first if last is None else last]).astype(int).astype(stored.dtype))
    mask = (stored >= low) & (stored <= high)
    return mask if mask.any() else None


def _stored_values(frames: Sequence[Frame]) -> Iterator[tuple[int, np.ndarray]]:
    """Place in the sequence and stored values of each frame; every file is opened once."""
    order = sorted(range(len(frames)), key=lambda n: (frames[n].file, frames[n].index))
    for file, group in groupby(order, key=lambda n: frames[n].file):
        numbers = list(group)
        try:
            yield from zip(numbers, _decode([frames[n] for n in numbers]), strict=True)
        except InputError as error:
            raise InputError(f"{file}: {error}") from error
        except Exception as error:  # Damaged pixels can fail in any way.
            raise InputError(f"{file}: its pixels cannot be read; it may be damaged or incomplete.") from error


def _decode(frames: Sequence[Frame]) -> Iterator[np.ndarray]:
    """Stored values of some frames of one file, (row, column)."""
    keyword, pixels = _read_element(frames[0])
    syntax, options = frames[0].encoding.syntax, _options(frames[0])
    if not syntax.is_encapsulated:
        options |= {"pixel_keyword": keyword, "pixel_vr": "OB" if options["bits_allocated"] == 8 else "OW"}
        yield from _unpacked(pixels, syntax, [frame.index for frame in frames], options)
        return
    with TemporaryDirectory() as folder:
        for frame in frames:
            packed = get_frame(pixels, frame.index, number_of_frames=options["number_of_frames"])
            yield _unpack(packed, frame, options, Path(folder, "frame.dcm"))


def _unpacked(pixels: bytes, syntax: UID, indices: Sequence[int], options: dict) -> Iterator[np.ndarray]:
    """Frames that are stored as they are."""
    with warnings.catch_warnings():
        # Pydicom warns of more bytes than needed, which do no harm.
        warnings.simplefilter("ignore")
        for picture, _ in get_decoder(syntax).iter_array(pixels, indices=indices, raw=True, view_only=True, **options):
            yield picture


def _read_element(frame: Frame) -> tuple[str, bytes]:
    """Keyword and value of a file's pixel data; the header before them is not read again."""
    encoding = frame.encoding
    if encoding.syntax == DeflatedExplicitVRLittleEndian:
        return "PixelData", dcmread(frame.file).PixelData
    with frame.file.open("rb") as stream:
        stream.seek(encoding.offset)
        element = next(data_element_generator(stream, encoding.is_implicit, encoding.is_little_endian), None)
    if element is None or element.tag not in _KEYWORDS:
        raise InputError("it holds no pixels.")
    return _KEYWORDS[element.tag], element.value


def _options(frame: Frame) -> dict:
    """How the pixels are stored; what reduced headers leave out leaves no doubt."""
    header = frame.header
    bits, is_signed = int(header.number("BitsAllocated")), int(header.number("PixelRepresentation") or 0)
    # Bits above those stored hold a sign or an overlay; if neither, BitsStored may simply be wrong.
    has_overlay = bool(header.number(OVERLAY_BIT))
    return {
        "rows": frame.size[0],
        "columns": frame.size[1],
        "number_of_frames": int(header.number("NumberOfFrames") or 1),
        "samples_per_pixel": 1,
        "photometric_interpretation": "MONOCHROME2",
        "bits_allocated": bits,
        "bits_stored": int(header.number("BitsStored") or bits),
        "pixel_representation": is_signed,
        "correct_unused_bits": bool(is_signed) or has_overlay,
    }


def _unpack(packed: bytes, frame: Frame, options: dict, file: Path) -> np.ndarray:
    """A compressed frame, unpacked by GDCM, which knows more syntaxes than pydicom alone.

    It is given the frame by itself, in a file without a geometry or a scale that it could have its own view of.
    """
    import SimpleITK

    single, syntax = Dataset(), frame.encoding.syntax
    single.file_meta = FileMetaDataset()
    single.file_meta.TransferSyntaxUID = syntax
    single.SOPClassUID = single.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    single.SOPInstanceUID = single.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    single.Rows, single.Columns = frame.size
    single.SamplesPerPixel, single.PhotometricInterpretation = 1, "MONOCHROME2"
    single.BitsAllocated, single.BitsStored = options["bits_allocated"], options["bits_stored"]
    single.HighBit, single.PixelRepresentation = single.BitsStored - 1, options["pixel_representation"]
    single.PixelData = encapsulate([packed])
    single["PixelData"].is_undefined_length = True
    single.save_as(file, enforce_file_format=True)
    try:
        with quiet_libraries():
            return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(file), imageIO="GDCMImageIO"))[0]
    except RuntimeError as error:
        raise InputError(f"its pixels, packed as {syntax.name}, cannot be unpacked; it may be damaged.") from error
