"""What lies in a DICOM folder, on the terminal and as plain data."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .errors import InputError
from .images.dicom import Contents, Series, choose, reason


def contents_as_data(contents: Contents, place: str) -> dict[str, Any]:
    """All series, best first, which one would be read, and why; as JSON takes it."""
    chosen, why = _choice(contents, place)
    return {
        "would_read": chosen.key if chosen else None,
        "reason": why,
        "other_files": contents.other_files,
        "copies": contents.copies,
        "series": [_as_data(series) for series in contents.series],
    }


def print_contents(contents: Contents, place: str, console: Console | None = None) -> None:
    """Print one row a series, best first, why some cannot be read, which one would be, and why."""
    console = console or Console()
    chosen, why = _choice(contents, place)
    console.print(_table(contents, place, chosen))
    sentences = [f"{series.key}: cannot be read: {series.why_not}." for series in contents.series if series.why_not]
    if contents.other_files:
        sentences.append(f"{contents.other_files} other file(s) are not DICOM images.")
    sentences.append(f"Would read {chosen}: {why}." if chosen else f"Would read none: {why}")
    for sentence in sentences:
        console.print(sentence, highlight=False, markup=False)


def _table(contents: Contents, place: str, chosen: Series | None) -> Table:
    table = Table(title=Text(place), box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for heading in ("Series", "Description", "Plane", "Contrast"):
        table.add_column(heading, overflow="fold")
    for heading in ("Slices", "Spacing [mm]", "Files"):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    table.add_column("Readable")
    for series in contents.series:
        table.add_row(*_cells(series), style="bold" if series is chosen else "" if series.is_usable else "dim")
    return table


def _choice(contents: Contents, place: str) -> tuple[Series | None, str]:
    try:
        chosen = choose(contents, place)
    except InputError as error:
        return None, str(error)
    return chosen, reason(chosen, contents)


def _as_data(series: Series) -> dict[str, Any]:
    rows_mm, columns_mm = series.frames[0].pixel_mm
    has_geometry = series.frames[0].fault is None
    return {
        "series": series.key,
        "series_instance_uid": series.uid or None,
        "study_instance_uid": series.study_uid or None,
        "description": series.description,
        "modality": series.modality or None,
        "region": series.region,
        "plane": series.plane,
        "weighting": series.weighting,
        "kind": series.kind or None,
        "is_scout": series.is_scout,
        "slices": series.slices,
        "spacing_mm": [columns_mm, rows_mm, series.slice_mm] if has_geometry else None,
        "files": len(series.files),
        "why_not": series.why_not,
        "taken_for_granted": list(series.taken_for_granted),
    }


def _cells(series: Series) -> list[Text]:
    spacing = _as_data(series)["spacing_mm"] or []
    cells = [
        series.key,
        series.description,
        series.plane,
        series.contrast_in_words,
        str(series.slices),
        " x ".join("?" if length is None else f"{length:.2f}" for length in spacing) or "unknown",
        str(len(series.files)),
        "yes" if series.is_usable else "no",
    ]
    return [Text(cell) for cell in cells]
