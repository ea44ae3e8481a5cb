"""Reads the best, or the wanted, series among DICOM files as a volume."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...errors import InputError
from ..volume import Volume
from .frames import files_below, find_frames
from .grid import MISSING_GAP, make_grid
from .pixels import read_values
from .series import PREFERRED_KINDS, Series, describe_stacks
from .stacks import across, make_stacks


@dataclass(frozen=True)
class Contents:
    """What lies among some files.

    Attributes
    ----------
    series : list of Series
        Best first.
    other_files : int
        Files that hold no DICOM images.
    copies : int
        Pictures that are there more than once, and count once.
    """

    series: list[Series]
    other_files: int
    copies: int

    @property
    def skipped(self) -> str:
        """What is passed over, in words; empty if nothing is."""
        return f"; {self.other_files} other file(s) are not DICOM images" if self.other_files else ""

    @property
    def studies(self) -> set[str]:
        """StudyInstanceUID of all that is there, as far as it is known."""
        return {series.study_uid for series in self.series} - {""}

    @property
    def patients(self) -> set[str]:
        """PatientID of all that is there, as far as it is known."""
        return {series.frames[0].origin.patient_id for series in self.series} - {""}

    def require_images(self, place: Path | str) -> None:
        """Check that there is a series at all.

        Raises
        ------
        InputError
            If there is none.
        """
        if not self.series:
            raise InputError(f"{place}: no DICOM images in this folder{self.skipped}.")


def find_series(folder: Path) -> Contents:
    """All image series in a folder and below, best first."""
    return sort_into_series(files_below(folder))


def sort_into_series(files: Iterable[Path]) -> Contents:
    """All image series among files, best first."""
    found = find_frames(files)
    return Contents(describe_stacks(make_stacks(found.frames)), found.other_files, found.copies)


def read_dicom_files(files: Iterable[Path], place: Path | str, name: str, series: str | None = None) -> Volume:
    """Read one series among files, wherever they lie: the wanted one, or the best sagittal T2.

    Parameters
    ----------
    files : iterable of Path
    place : Path or str
        What errors call them.
    name : str
        Of the volume.
    series : str, optional
        Key of a series, as ``ccfnet series`` lists it, series number, or series instance UID.

    Raises
    ------
    InputError
        If there are several studies, no series fits, the wanted one is not there, or it cannot be read.
    """
    contents = sort_into_series(files)
    contents.require_images(place)
    chosen = choose(contents, place) if series is None else _wanted(contents, place, series)
    try:
        volume = _read(chosen, name, tuple(_notes(chosen, contents, is_asked_for=series is not None)))
    except InputError as error:
        raise InputError(f"{place}: {chosen} cannot be read: {error}") from error
    return replace(volume, warnings=(*volume.warnings, *_warn_of_the_rest(chosen, contents)))


def choose(contents: Contents, place: Path | str) -> Series:
    """The best series.

    Raises
    ------
    InputError
        If they are of several patients or studies, or none of them can be read.
    """
    for whose, uids in (("patients", contents.patients), ("studies", contents.studies)):
        if len(uids) > 1:
            raise InputError(
                f"{place}: holds images of {len(uids)} {whose}; read each by itself, or all with 'ccfnet cohort'."
            )
    best = contents.series[0]
    if not best.is_usable:
        why = _listed([f"{series}: {series.why_not}" for series in contents.series])
        raise InputError(f"{place}: no series there can be read: {why}.")
    return best


def _wanted(contents: Contents, place: Path | str, wanted: str) -> Series:
    """The best of the series with this key, number or UID."""
    fitting = [s for s in contents.series if wanted == s.key] or [
        s for s in contents.series if wanted == s.number or wanted in s.uids
    ]
    if not fitting:
        raise InputError(f"{place}: no series {wanted} there; found {_listed(list(map(str, contents.series)))}.")
    if len({series.study_uid for series in fitting}) > 1:
        raise InputError(f"{place}: several studies there have a series {wanted}; name it by its UID.")
    if not fitting[0].is_usable:
        raise InputError(f"{place}: {fitting[0]} cannot be read: {fitting[0].why_not}.")
    return fitting[0]


def _listed(sentences: list[str], most: int = 8) -> str:
    more = [f"and {len(sentences) - most} more"] if len(sentences) > most else []
    return "; ".join(sentences[:most] + more)


def reason(chosen: Series, contents: Contents) -> str:
    """Why a series is the one to read."""
    usable = [series for series in contents.series if series.is_usable]
    if chosen.weighting == "T2" and chosen.is_sagittal:
        return f"best sagittal T2 of {len(contents.series)} series"
    if len(usable) == 1:
        return f"the only one of {len(contents.series)} series that can be read"
    return f"best of {len(contents.series)} series by part of the body, contrast and plane"


def _notes(chosen: Series, contents: Contents, is_asked_for: bool) -> Iterator[str]:
    """How the series was chosen, what else is there, and what was taken for granted."""
    yield f"Read {chosen}: {'as asked' if is_asked_for else reason(chosen, contents) + contents.skipped}."
    others = [series for series in contents.series if series.is_usable and series is not chosen]
    if others and not is_asked_for:
        yield f"Next best: {others[0]}."
    if contents.copies:
        yield f"{contents.copies} picture(s) are there more than once and count once."
    yield from chosen.taken_for_granted


def _read(series: Series, name: str, notes: Sequence[str]) -> Volume:
    values = read_values(series.frames)
    grid = make_grid(series.frames, values)
    moved = ["Its slices were resampled to where each lies; index_ijk counts the slices of the new grid."]
    return Volume(
        name=name,
        array=grid.array,
        spacing_mm=grid.spacing_mm,
        origin_lps_mm=grid.origin_lps_mm,
        direction=grid.direction,
        series_instance_uid=series.uid or None,
        series=series.key,
        weighting=series.weighting,
        notes=(*notes, *(moved if grid.is_resampled else [])),
        warnings=tuple(_warnings(series, values)),
    )


def _warnings(series: Series, values: np.ndarray) -> Iterator[str]:
    """What is odd about a series that can be read."""
    if series.gaps_mm.max() > MISSING_GAP * series.slice_mm:
        yield "The slices are not evenly spaced; one may be missing."
    if series.region not in ("lumbar", None):
        part = "another part of the body" if series.region == "other" else f"the {series.region} spine"
        yield f"Its header says that it shows {part}; names of levels then mean nothing."
    if series.kind not in PREFERRED_KINDS:
        yield f"It is a picture of another kind ({series.kind}) than those that the network was trained on."
    if doubled := _doubled_places(series, values):
        yield f"At {doubled} place(s) lie several pictures that differ; the first of each was read."


def _warn_of_the_rest(chosen: Series, contents: Contents) -> Iterator[str]:
    """That the series holds other slices of the same contrast and plane, which were not read."""
    rest = [s for s in contents.series if s is not chosen and s.uids & chosen.uids and s.is_like(chosen)]
    if rest:
        yield (
            f"Its series holds several stacks of this contrast (times, stations, or slices beyond a gap): "
            f"{sum(series.slices for series in rest)} other slice(s) were not read."
        )


def _doubled_places(series: Series, values: np.ndarray) -> int:
    """At how many places a picture was left out that is not the one read, once more.

    Raises
    ------
    InputError
        If that is so at half of the places or more: what was read may be a patchwork.
    """
    left_out = series.stack.left_out
    if not left_out:
        return 0
    distances = np.abs([[frame.place @ series.normal] for frame in left_out] - across(series.frames))
    at = distances.argmin(axis=1)
    doubled = len(set(at[(read_values(left_out) != values[at]).any(axis=(1, 2))]))
    if 2 * doubled >= series.slices:
        raise InputError(
            f"at {doubled} of its places lie several pictures that differ, and nothing in the headers tells which of "
            "them belong together."
        )
    return doubled
