"""Results as one table for statistics programs: one header, one row a structure."""

import csv
from collections.abc import Iterable
from pathlib import Path

from ..result import Result, Structure

COLUMNS: tuple[str, ...] = (
    "study",
    "level",
    "kind",
    "state",
    "placed_by",
    "left_mm",
    "posterior_mm",
    "superior_mm",
    "i",
    "j",
    "k",
    "confidence",
    "name_confidence",
    "abnormal_probability",
    "label",
    "numbering_confidence",
    "model",
    "model_sha256",
    "series_instance_uid",
)
"""Headings of the table; millimetres are LPS, and i, j, k are continuous indices of the input's own voxel grid.

What follows ``label`` is the whole study's, and the same in each of its rows.
"""

_NOTHING = (None, None, None)


def rows(result: Result) -> list[dict[str, object]]:
    """One row a structure, head to foot, with the keys of :data:`COLUMNS`; what is not known is None."""
    return [dict(zip(COLUMNS, _values(result, structure), strict=True)) for structure in result.structures]


def write_csv(results: Iterable[Result], file: Path) -> None:
    """Write the rows of all results below one header; what is not known is an empty field."""
    with Path(file).open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        for result in results:
            table.writerows(rows(result))


def _values(result: Result, structure: Structure) -> tuple[object, ...]:
    return (
        result.input.name,
        structure.name,
        structure.kind,
        structure.state,
        structure.placed_by,
        *(structure.position_lps_mm or _NOTHING),
        *(structure.index_ijk or _NOTHING),
        structure.confidence,
        structure.name_confidence,
        structure.abnormal_probability,
        structure.label,
        result.numbering_confidence,
        result.model.name,
        result.model.sha256,
        result.input.series_instance_uid,
    )
