"""Finds the best sagittal T2 series among DICOM files and reads it."""

import os
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError

from ...errors import InputError
from ..contrast import Weighting, weighting
from ..volume import FEWEST_SLICES, LEFT, Volume

_TAGS = [
    "SOPInstanceUID",
    "Modality",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "ProtocolName",
    "SequenceName",
    "ImageType",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "EchoTime",
    "RepetitionTime",
    "InversionTime",
    "EchoNumbers",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "NumberOfFrames",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]


@dataclass(frozen=True)
class Series:
    """One stack of parallel slices found in a folder.

    Attributes
    ----------
    uid, number, description
        As in the DICOM headers.
    files : tuple of Path
        In the order of the slices.
    normal : numpy.ndarray
        (3,), LPS direction across the slices.
    slices : int
    uneven : bool
        Whether the distances between slices differ, as when one is missing.
    modality : str
    weighting : Weighting
    is_scout : bool
    """

    uid: str
    number: str
    description: str
    files: tuple[Path, ...]
    normal: np.ndarray
    slices: int
    uneven: bool
    modality: str
    weighting: Weighting
    is_scout: bool

    @property
    def is_sagittal(self) -> bool:
        """Whether the slices lie closer to the sagittal plane than to any other."""
        return int(np.argmax(np.abs(self.normal))) == 0

    @property
    def is_usable(self) -> bool:
        return self.modality == "MR" and self.is_sagittal and self.slices >= FEWEST_SLICES

    @property
    def rank(self) -> tuple:
        """Orders series; the greatest is the best one to read."""
        by_weighting = {"T2": 3, "fat-suppressed T2": 2, "unknown": 1, "T1": 0}
        straight = round(float(np.abs(self.normal @ LEFT)), 1)
        return (self.is_usable, not self.is_scout, by_weighting[self.weighting], straight, self.slices, self.uid)

    def __str__(self) -> str:
        plane = ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(self.normal)))]
        scout = ", scout" if self.is_scout else ""
        return f"series {self.number} '{self.description}' ({plane}, {self.weighting}, {self.slices} slices{scout})"


def find_series(folder: Path) -> tuple[list[Series], int]:
    """All image series in a folder and below, best first, and the number of files that are not DICOM images."""
    return sort_into_series(_files_below(folder))


def sort_into_series(files: Iterable[Path]) -> tuple[list[Series], int]:
    """All image series among files, best first, and the number of files that are not DICOM images."""
    stacks, unreadable = defaultdict(list), 0
    for file in sorted(files):
        try:
            with warnings.catch_warnings():
                # Files that end too early are counted, not complained of one by one.
                warnings.simplefilter("ignore")
                header = pydicom.dcmread(file, specific_tags=_TAGS, stop_before_pixels=True)
            stacks[_stack_key(header)].append((file, header))
        except (InvalidDicomError, AttributeError, KeyError, IndexError, TypeError, ValueError, OSError):
            unreadable += 1
    found = [_make_series(members) for members in stacks.values()]
    return sorted(found, key=lambda series: series.rank, reverse=True), unreadable


def read_dicom_folder(folder: Path, series: str | None = None) -> Volume:
    """Read one series of a folder: the wanted one, or the best sagittal T2.

    Parameters
    ----------
    folder : Path
    series : str, optional
        Series number or series instance UID.

    Raises
    ------
    InputError
        If no series fits, or the wanted one is not there.
    """
    return read_dicom_files(_files_below(folder), folder, series)


def read_dicom_files(files: Iterable[Path], place: Path | str, series: str | None = None) -> Volume:
    """Read one series among files, wherever they lie: the wanted one, or the best sagittal T2.

    Parameters
    ----------
    files : iterable of Path
    place : Path or str
        What errors call them; the last part of it names the volume.
    series : str, optional
        Series number or series instance UID.

    Raises
    ------
    InputError
        If no series fits, or the wanted one is not there.
    """
    found, unreadable = sort_into_series(files)
    skipped = f"; {unreadable} other file(s) are not DICOM images" if unreadable else ""
    if not found:
        raise InputError(f"{place}: no DICOM images in this folder{skipped}.")
    if series is not None:
        wanted = [s for s in found if series in (s.uid, s.number)]
        if not wanted:
            known = "; ".join(map(str, found))
            raise InputError(f"{place}: no series {series} there; found {known}.")
        chosen, reason = wanted[0], "as asked"
    else:
        chosen, reason = found[0], f"best sagittal T2 of {len(found)} series{skipped}"
        if not chosen.is_usable:
            known = "; ".join(map(str, found))
            raise InputError(f"{place}: no sagittal MR series with at least {FEWEST_SLICES} slices; found {known}.")
    return _read_series(chosen, place, note=f"Read {chosen}: {reason}.")


def _files_below(folder: Path) -> list[Path]:
    return [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]


def _stack_key(header: pydicom.Dataset) -> tuple:
    """What slices of one stack have in common; scouts in three planes under one UID come apart."""
    orientation = tuple(round(float(value), 2) for value in _orientation(header))
    echo = str(header.get("EchoNumbers", ""))
    if header.get("SamplesPerPixel", 1) != 1:
        raise ValueError("colour")
    frames = header.SOPInstanceUID if "NumberOfFrames" in header else ""
    return header.SeriesInstanceUID, orientation, int(header.Rows), int(header.Columns), echo, frames


def _orientation(header: pydicom.Dataset) -> list[float]:
    if "ImageOrientationPatient" in header:
        return header.ImageOrientationPatient
    for groups in (header.get("SharedFunctionalGroupsSequence"), header.get("PerFrameFunctionalGroupsSequence")):
        if groups and "PlaneOrientationSequence" in groups[0]:
            return groups[0].PlaneOrientationSequence[0].ImageOrientationPatient
    raise ValueError("no orientation")


def _make_series(members: list[tuple[Path, pydicom.Dataset]]) -> Series:
    header = members[0][1]
    row, column = np.reshape(np.array(_orientation(header), dtype=float), (2, 3))
    normal = np.cross(row, column)
    by_place = {}
    for file, member in members:
        place = np.dot(member.get("ImagePositionPatient", np.zeros(3)), normal)
        by_place.setdefault(round(float(place), 2), file)
    description = str(header.get("SeriesDescription", "") or header.get("ProtocolName", ""))
    words = f"{description} {header.get('ProtocolName', '')} {header.get('SequenceName', '')}".lower()
    return Series(
        uid=str(header.SeriesInstanceUID),
        number=str(header.get("SeriesNumber", "")),
        description=description,
        files=tuple(by_place[place] for place in sorted(by_place)),
        normal=normal,
        uneven=len(by_place) > 2 and bool(np.ptp(np.diff(sorted(by_place))) > 0.1),
        slices=int(header.get("NumberOfFrames", len(by_place))),
        modality=str(header.get("Modality", "")),
        weighting=_weighting(words, header),
        is_scout=bool(re.search(r"scout|locali[sz]er|survey|3.?plane|myelo", words))
        or "LOCALIZER" in header.get("ImageType", []),
    )


def _weighting(words: str, header: pydicom.Dataset) -> Weighting:
    echo = header.get("EchoTime")
    return weighting(words, None if echo in (None, "") else float(echo), inverts=bool(header.get("InversionTime")))


def _read_series(series: Series, place: Path | str, note: str) -> Volume:
    import SimpleITK

    from ..source import input_name, volume_from_sitk

    try:
        if len(series.files) == 1:
            image = SimpleITK.ReadImage(str(series.files[0]))
        else:
            reader = SimpleITK.ImageSeriesReader()
            reader.SetFileNames([str(file) for file in series.files])
            image = reader.Execute()
    except RuntimeError as error:
        raise InputError(f"{place}: {series} cannot be read; a file may be damaged or incomplete.") from error
    odd = ("The slices are not evenly spaced; one may be missing.",) if series.uneven else ()
    return volume_from_sitk(image, input_name(place), series_instance_uid=series.uid, notes=(note,), warnings=odd)
