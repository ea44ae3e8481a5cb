"""Every frame of every file, classic or Enhanced, as one record of where it lies and what it shows."""

import os
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pydicom
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ...errors import InputError
from .header import Header, headers_of_frames

T = TypeVar("T")

KINDS = {
    "water": ("W", "WATER", "WATER_ONLY", "DIXW"),
    "fat": ("F", "FAT", "FAT_ONLY", "DIXF"),
    "in phase": ("IP", "IN_PHASE", "INPHASE", "IN", "DIXIP"),
    "out of phase": ("OP", "OUT_PHASE", "OPP_PHASE", "OUT_OF_PHASE", "OPPOSED", "OPPOSED_PHASE", "OUT", "DIXOP"),
    "fat fraction": ("FF", "FAT_FRACTION", "FATFRACTION", "PDFF"),
    "phase": ("P", "PHASE", "PHASE MAP", "PHASE_MAP", "P_FFE", "P_SE"),
    "real": ("R", "REAL"),
    "imaginary": ("I", "IMAGINARY"),
    "diffusion map": ("ADC", "FA", "TRACEW", "EADC"),
    "relaxation map": ("T1 MAP", "T2 MAP", "T1_MAP", "T2_MAP", "T2_STAR MAP", "R2", "R2_STAR", "R2STAR"),
    "subtraction": ("SUBTRACTION", "SUB", "SUBTRACT"),
    "projection": ("MIP", "MIN IP", "MNIP", "PROJECTION IMAGE"),
    "localizer": ("LOCALIZER",),
}
"""What a picture can be beside a magnitude, and the words of ImageType and FrameType that say so."""

DIXON_KINDS = ("water", "fat", "in phase", "out of phase")

_KIND_OF_WORD = {word: kind for kind, words in KINDS.items() for word in words}

OVERLAY_BIT = 0x60000102
"""Tag of the bit in which the first overlay lies; pydicom has no keyword for a repeating group."""

_TAGS = [
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID"),
    *("Modality", "SeriesNumber", "SeriesDescription", "ProtocolName", "SequenceName", "BodyPartExamined", "ImageType"),
    *("ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "Rows", "Columns", "SamplesPerPixel"),
    *("InstanceNumber", "AcquisitionNumber", "TemporalPositionIdentifier", "AcquisitionTime", "ContentTime"),
    *("SeriesTime", "TriggerTime", "EchoTime", "EchoNumbers", "RepetitionTime", "InversionTime", "DiffusionBValue"),
    *("FlipAngle", "ScanOptions", "ComplexImageComponent", "NumberOfFrames", "PhotometricInterpretation"),
    *("BitsAllocated", "BitsStored", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleSlope", "RescaleIntercept", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    OVERLAY_BIT,
]

_FIRST_ELEMENTS = (b"\2\0\0\0", b"\2\0\1\0", b"\2\0\2\0", *(bytes((8, 0, n, 0)) for n in (0, 1, 5, 8, 0x16, 0x18)))
"""Tags that a header without a preamble can begin with."""

_COLOUR, _NO_ORIENTATION, _NO_PLACE, _NO_PIXEL_SIZE, _SKEW = (
    "it is in colour",
    "its headers do not say how its slices lie (no usable ImageOrientationPatient)",
    "its headers do not say where its slices lie (no usable ImagePositionPatient)",
    "the size of its pixels is not in its headers (no usable PixelSpacing), so that there are no millimetres",
    "rows and columns of its slices are not at right angles",
)

MOST_FRAMES = 1_000_000

LEAST_PIXEL_MM, GREATEST_PIXEL_MM = 0.01, 50.0
SQUARE_COSINE = 0.01
"""Rows and columns whose directions have a greater product than this are not at right angles."""


class Contrast(NamedTuple):
    """What makes two pictures of the same place differ; None where the header is silent."""

    kind: str
    echo_number: int | None
    echo_time_ms: float | None
    inversion_time_ms: float | None
    b_value: float | None


class Repetition(NamedTuple):
    """What may number pictures of the same place and contrast."""

    image_type: tuple[str, ...]
    temporal_position: str | None
    stack: str
    acquisition: str | None
    trigger_time: str | None
    flip_angle: str
    description: str
    scan_options: tuple[str, ...]


class Origin(NamedTuple):
    """Whose picture it is, and of which series."""

    study_uid: str
    series_uid: str
    patient_id: str
    frame_of_reference_uid: str
    folder: str


class Encoding(NamedTuple):
    """How a file is stored, and where in it the pixel data begin, in bytes."""

    syntax: pydicom.uid.UID
    is_implicit: bool
    is_little_endian: bool
    offset: int


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes
    ----------
    file : Path
    encoding : Encoding
    index : int
        Of the frame in its file, from 0.
    instance_uid : str
    header : Header
    origin : Origin
    size : tuple of int
        Rows, columns.
    fault : str or None
        Why it cannot be part of a volume; its geometry is then of no use.
    place : numpy.ndarray
        (3,), LPS millimetres of the centre of the first pixel.
    row, column : numpy.ndarray
        (3,), LPS unit directions along a row and along a column.
    pixel_mm : tuple of float
        Distance of the rows, and of the columns.
    contrast : Contrast
    repetition : Repetition
    number : float or None
        InstanceNumber, and as a fraction the frame's place in its file.
    time_s : float or None
        Time of day at which it was acquired.
    """

    file: Path
    encoding: Encoding
    index: int
    instance_uid: str
    header: Header
    origin: Origin
    size: tuple[int, int]
    fault: str | None
    place: np.ndarray
    row: np.ndarray
    column: np.ndarray
    pixel_mm: tuple[float, float]
    contrast: Contrast
    repetition: Repetition
    number: float | None
    time_s: float | None

    @property
    def normal(self) -> np.ndarray:
        """(3,), LPS unit direction across the slice."""
        return np.cross(self.row, self.column)


class NotAnImageError(ValueError):
    """A file that holds no DICOM picture."""


@dataclass(frozen=True)
class Found:
    """What lies in a folder.

    Attributes
    ----------
    frames : list of Frame
    other_files : int
        Files that hold no DICOM pictures.
    copies : int
        Pictures that are there more than once, under the same UID; they count once.
    """

    frames: list[Frame]
    other_files: int
    copies: int


def files_below(folder: Path) -> list[Path]:
    """All files in a folder and below.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder.")
    return [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]


def looks_like_dicom(file: Path) -> bool:
    """Whether a file begins as DICOM files do, with the preamble or without."""
    with file.open("rb") as stream:
        start = stream.read(132)
    return start[128:] == b"DICM" or start[:4] in _FIRST_ELEMENTS


def find_frames(files: Iterable[Path]) -> Found:
    """The frames of all DICOM images among files, in the order of their paths."""
    frames: dict[tuple, Frame] = {}
    other_files = copies = 0
    for file in sorted(files):
        try:
            of_file = frames_of(file)
        except NotAnImageError:
            other_files += 1
            continue
        for frame in of_file:
            # An anonymiser may have given one UID to all.
            key = (frame.instance_uid or file, frame.index, frame.number, tuple(frame.place))
            copies += key in frames
            frames.setdefault(key, frame)
    return Found(list(frames.values()), other_files, copies)


def frames_of(file: Path) -> list[Frame]:
    """The frames of one file.

    Raises
    ------
    NotAnImageError
        If it is no DICOM image.
    """
    dataset, encoding = _read_header(file)
    # A DICOMDIR has none of these.
    if not all(keyword in dataset for keyword in ("Rows", "Columns", "BitsAllocated")):
        raise NotAnImageError(file)
    try:
        headers = headers_of_frames(dataset)
        return [_frame(file, encoding, index, header) for index, header in enumerate(headers)]
    except Exception as error:  # A damaged header can fail in any way.
        raise NotAnImageError(file) from error


def _read_header(file: Path) -> tuple[pydicom.Dataset, Encoding]:
    """The elements of a file that tell what its frames show, and how its pixels are stored."""
    try:
        with file.open("rb") as stream, warnings.catch_warnings():
            # What is odd about single values is found out where they are used.
            warnings.simplefilter("ignore")
            lacks_preamble = stream.read(4) in _FIRST_ELEMENTS
            stream.seek(0)
            dataset = pydicom.dcmread(stream, specific_tags=_TAGS, stop_before_pixels=True, force=lacks_preamble)
            is_implicit, is_little_endian = dataset.original_encoding
            syntax = dataset.file_meta.get("TransferSyntaxUID")
            if not syntax:
                syntax = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
            return dataset, Encoding(syntax, is_implicit, is_little_endian, stream.tell())
    except Exception as error:  # A damaged file can fail in any way.
        raise NotAnImageError(file) from error


def _frame(file: Path, encoding: Encoding, index: int, header: Header) -> Frame:
    fault, place, row, column, pixel_mm = _geometry(header)
    image_type = header.words("FrameType") or header.words("ImageType")
    return Frame(
        file=file,
        encoding=encoding,
        index=index,
        instance_uid=header.text("SOPInstanceUID"),
        header=header,
        origin=_origin(file, header),
        size=(int(header.number("Rows") or 0), int(header.number("Columns") or 0)),
        fault=fault,
        place=place,
        row=row,
        column=column,
        pixel_mm=pixel_mm,
        contrast=_contrast(image_type, header),
        repetition=_repetition(image_type, header),
        number=_number(index, header),
        time_s=_first(header.time_s, "FrameAcquisitionDateTime", "AcquisitionTime", "ContentTime", "SeriesTime"),
    )


def _number(index: int, header: Header) -> float | None:
    instance = header.number("InstanceNumber")
    is_one_of_many = (header.number("NumberOfFrames") or 1) > 1
    return (instance or 0) + index / MOST_FRAMES if is_one_of_many else instance


def _origin(file: Path, header: Header) -> Origin:
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "PatientID", "FrameOfReferenceUID")
    return Origin(*map(header.text, keywords), str(file.parent))


def _geometry(header: Header) -> tuple[str | None, np.ndarray, np.ndarray, np.ndarray, tuple[float, float]]:
    """What is wrong with it, place, directions of rows and columns, distances of rows and columns."""
    place, orientation = header.numbers("ImagePositionPatient"), header.numbers("ImageOrientationPatient")
    spacing = header.numbers("PixelSpacing")
    nothing = np.zeros(3)
    if (header.number("SamplesPerPixel") or 1) != 1:
        return _COLOUR, nothing, nothing, nothing, (0.0, 0.0)
    row, column = _unit(orientation[:3]), _unit(orientation[3:])
    if len(orientation) != 6 or row is None or column is None:
        return _NO_ORIENTATION, nothing, nothing, nothing, (0.0, 0.0)
    fault = None
    if len(place) != 3:
        fault = _NO_PLACE
    elif len(spacing) != 2 or not all(LEAST_PIXEL_MM <= s <= GREATEST_PIXEL_MM for s in spacing):
        fault = _NO_PIXEL_SIZE
    elif abs(row @ column) > SQUARE_COSINE:
        fault = _SKEW
    pixel_mm = spacing if len(spacing) == 2 else (0.0, 0.0)
    return fault, np.array(place) if len(place) == 3 else nothing, row, column, pixel_mm


def _unit(direction: tuple[float, ...]) -> np.ndarray | None:
    length = float(np.linalg.norm(direction)) if len(direction) == 3 else 0.0
    return np.array(direction) / length if 0.5 < length < 2.0 else None


def _contrast(image_type: tuple[str, ...], header: Header) -> Contrast:
    words = [*image_type, *header.words("ComplexImageComponent")]
    kinds = dict.fromkeys(_KIND_OF_WORD[word] for word in words if word in _KIND_OF_WORD)
    kinds = kinds or _dixon_kind(header.text("SeriesDescription").upper())
    echo_number = header.number("EchoNumbers")
    return Contrast(
        kind=", ".join(kinds),
        echo_number=None if echo_number is None else int(echo_number),
        echo_time_ms=_first(header.number, "EffectiveEchoTime", "EchoTime"),
        inversion_time_ms=_first(header.number, "InversionTimes", "InversionTime"),
        b_value=header.number("DiffusionBValue"),
    )


def _dixon_kind(description: str) -> list[str]:
    """What a description calls the picture, if it speaks of Dixon's method; single letters mean nothing elsewhere."""
    words = re.findall("[A-Z]+", description) if "DIX" in description else []
    return [kind for kind in DIXON_KINDS if set(KINDS[kind]) & set(words)]


def _repetition(image_type: tuple[str, ...], header: Header) -> Repetition:
    return Repetition(
        image_type=image_type,
        temporal_position=_first(header.text, "TemporalPositionIndex", "TemporalPositionIdentifier"),
        stack=header.text("StackID"),
        acquisition=_first(header.text, "FrameAcquisitionNumber", "AcquisitionNumber"),
        trigger_time=_first(header.text, "NominalCardiacTriggerDelayTime", "TriggerTime"),
        flip_angle=header.text("FlipAngle"),
        description=header.text("SeriesDescription"),
        scan_options=header.words("ScanOptions"),
    )


def _first(get: Callable[[str], T], *keywords: str) -> T | None:
    """The first of several elements that holds something."""
    return next((value for value in map(get, keywords) if value not in (None, "")), None)
