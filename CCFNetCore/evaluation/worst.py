"""The pictures read worst, on one page to look at: where a person put the structures, and where the model did."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from .. import __version__, anatomy
from ..images.grey_values import normalise
from ..images.picture import read_picture
from ..report.pictures import MARGINS_MM, data_uri
from ..result import Result, State
from ..templates import load_template
from ..training.data import Record
from ..whole_file import whole_file
from ..wording import UNCERTAIN_MARK
from .measures import is_silent, names_off
from .outcomes import Outcomes, places_of

Place = tuple[float, float]
LABEL_MM = 7.0
"""Labels one below the other are so far apart."""

_TEMPLATE = Path(__file__).with_name("worst.html.jinja")


@dataclass(frozen=True)
class Line:
    """What is said of one structure of a picture.

    Attributes
    ----------
    name : str
    state : "found", "uncertain" or "outside"
    mark_mm, point_mm : tuple of float or None
        Where a person put it, and where the model did, millimetres to the right and down from the picture's corner.
    mark_label_mm, point_label_mm : float
        How far down the labels of both stand, so that none lies on another.
    approximate : bool
        Whether the mark only tells what is where.
    nearest : str or None
        Name of the point of its kind that lies nearest to the mark; None where none is near.
    off : bool
        Whether that is another name, or none.
    error_mm : float or None
        From the mark to the point of the same name; None where one is missing or the mark is approximate.
    """

    name: str
    state: State
    mark_mm: Place | None
    point_mm: Place | None
    mark_label_mm: float
    point_label_mm: float
    approximate: bool
    nearest: str | None
    off: bool
    error_mm: float | None


@dataclass(frozen=True)
class Entry:
    """One picture on the page; windows are left, top, width and height in millimetres.

    Attributes
    ----------
    record, result
        What is marked and what was said.
    said : "warned", "uncertain" or "silent"
        The first of these that is true of the result: it bears a warning, one of its structures is uncertain, neither.
    lines : list of Line
        Head to foot.
    uri : str
        The pixels around the points and marks.
    pixels_mm, view_mm : tuple of float
        Windows of these pixels, and of what is shown: there is room for names where the picture ends.
    """

    record: Record
    result: Result
    said: str
    lines: list[Line]
    uri: str
    pixels_mm: tuple[float, ...]
    view_mm: tuple[float, ...]

    @property
    def errors_mm(self) -> list[float]:
        """All that are known, the smallest first."""
        return sorted(line.error_mm for line in self.lines if line.error_mm is not None)

    @property
    def median_mm(self) -> float:
        """Of the errors that are known."""
        return median(self.errors_mm)


def write_worst(outcomes: Outcomes, count: int, title: str, file: Path) -> None:
    """Write one page with so many of the pictures, the worst first; it needs no other file.

    Raises
    ------
    InputError
        If a picture cannot be read.
    """
    worst = outcomes.of(worst_first(outcomes)[:count])
    entries = [_entry(worst.of(np.array([row]))) for row in range(len(worst.patients))]
    page = load_template(_TEMPLATE, uncertain_mark=UNCERTAIN_MARK).render(
        title=title,
        entries=entries,
        pictures=len(outcomes.patients),
        patients=len(set(outcomes.patients)),
        models=sorted({(entry.result.model.name, entry.result.model.sha256) for entry in entries}),
        version=__version__,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as partial:
        partial.write_text(page, encoding="utf-8")


def worst_first(outcomes: Outcomes) -> np.ndarray:
    """(N,), indices of the pictures: those with most names off first, then those with the largest error.

    Like elsewhere, errors count only where the landmarks are exact.
    """
    largest = np.nan_to_num(_exact_error_mm(outcomes), nan=-1.0).max(axis=1)
    return np.lexsort((-largest, -names_off(outcomes).sum(axis=1)))


def _exact_error_mm(outcomes: Outcomes) -> np.ndarray:
    return np.where(outcomes.approximate, np.nan, outcomes.error_mm)


def _entry(one: Outcomes) -> Entry:
    """Of the outcomes of one picture."""
    (record,), (result,) = one.records, one.results
    said = "warned" if one.warned[0] else "silent" if is_silent(one)[0] else "uncertain"
    marks, points = (_in_mm(places, record.pixel_mm) for places in (record.points, places_of(result)))
    mark_labels, point_labels = (_apart(places[:, 1]) for places in (marks, points))
    lines = [
        Line(
            name=name,
            state=str(one.state[0, index]),
            mark_mm=_if_known(marks[index]),
            point_mm=_if_known(points[index]),
            mark_label_mm=float(mark_labels[index]),
            point_label_mm=float(point_labels[index]),
            approximate=bool(one.approximate[0, index]),
            nearest=anatomy.NAMES[one.nearest[0, index]] if one.nearest[0, index] >= 0 else None,
            off=bool(names_off(one)[0, index]),
            error_mm=None if np.isnan(error) else float(error),
        )
        for index, (name, error) in enumerate(zip(anatomy.NAMES, _exact_error_mm(one)[0], strict=True))
    ]
    return Entry(record, result, said, lines, *_cut(record, np.concatenate([marks, points])))


def _in_mm(places: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Rows and columns of pixels' middles, as millimetres to the right and down from the picture's corner."""
    return (places[:, ::-1] + 0.5) * pixel_mm


def _apart(heights: np.ndarray) -> np.ndarray:
    """Heights at least :data:`LABEL_MM` apart, in the same order, none above its own; not-a-number stays."""
    out = heights.copy()
    lowest = -np.inf
    for index in np.argsort(heights):
        out[index] = lowest = np.maximum(heights[index], lowest + LABEL_MM)
    return out


def _if_known(place: np.ndarray) -> Place | None:
    return None if np.isnan(place).any() else tuple(place.tolist())


def _cut(record: Record, places_mm: np.ndarray) -> tuple[str, tuple[float, ...], tuple[float, ...]]:
    """Pixels around these places, the window that they fill, and the one to show."""
    grey = normalise(read_picture(record.image))
    size = np.array(grey.shape[::-1])
    known = places_mm[~np.isnan(places_mm).any(axis=1)]
    around = known if len(known) else np.array([[0, 0], size]) * record.pixel_mm
    low, high = around.min(axis=0) - MARGINS_MM[0], around.max(axis=0) + MARGINS_MM[1]
    first = np.floor(low / record.pixel_mm).astype(int).clip(0, size - 1)
    last = np.ceil(high / record.pixel_mm).astype(int).clip(first + 1, size)
    pixels = grey[first[1] : last[1], first[0] : last[0]]
    left, top, width, height = (np.array([first, last - first]) * record.pixel_mm).ravel().tolist()
    view = float(low[0]), top, float(high[0] - low[0]), height
    return data_uri(pixels), (left, top, width, height), view
