"""A study of a cohort, and the one way to read it, whoever does the work."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CCFNetError
from ..kinds import printable
from ..unexpected import foreseen, named

if TYPE_CHECKING:
    from ..detector import Detector
    from ..result import Result


@dataclass(frozen=True)
class Study:
    """What is read as one.

    Attributes
    ----------
    name : str
        Unique in its cohort and safe as a file's name.
    place : str
        Where a person would look for it: a file, a folder or an address.
    files : tuple of Path
        The volume file, or all DICOM files of the study.
    is_dicom : bool
    """

    name: str
    place: str
    files: tuple[Path, ...] = ()
    is_dicom: bool = True


@dataclass(frozen=True)
class Page:
    """What a person looks at: a thumbnail for the index, the content of a JPEG file, and the report, HTML."""

    thumbnail: bytes
    report: str


@dataclass(frozen=True)
class StudyReading:
    """A study that was read; its page is None if it was not asked for."""

    result: "Result"
    page: Page | None = None


@dataclass(frozen=True)
class Failure:
    """A study that was not read, and why, in one sentence."""

    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", printable(" ".join(self.reason.split())))


Outcome = StudyReading | Failure


def read_study(study: Study, detector: "Detector", with_page: bool = False) -> StudyReading:
    """Read a study; the result bears its name.

    Raises
    ------
    InputError
        If it cannot be read, or sagittal slices cannot be had from it.
    """
    from ..images.dicom import read_dicom_files
    from ..images.source import read_volume

    is_dicom, files = study.is_dicom, study.files
    volume = read_dicom_files(files, study.place, study.name) if is_dicom else read_volume(files[0])
    volume = replace(volume, name=study.name)
    result = detector.detect(volume)
    if not with_page:
        return StudyReading(result)
    from ..report import render_report
    from .thumbnail import draw_thumbnail

    return StudyReading(result, Page(draw_thumbnail(volume, result), render_report(result, volume)))


def try_study(study: Study, detector: "Detector", with_page: bool = False) -> Outcome:
    """Read a study; whatever is wrong with it is a failure of this study alone."""
    try:
        return read_study(study, detector, with_page)
    except Exception as error:  # One study in two thousand must not end the run.
        return failure_of(study, error)


def failure_of(study: Study, error: Exception) -> Failure:
    """The failure that an error is to a study."""
    if isinstance(error, CCFNetError):
        return Failure(str(error))
    reason = foreseen(error) or named(error)
    return Failure(f"{study.place}: could not be read ({reason.removesuffix('.')}).")
