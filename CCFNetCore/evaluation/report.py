"""Measures as a table on the terminal, as markdown, as JSON and as figures."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .curves import draw
from .measures import RECALL_MM, Figure, Measures
from .outcomes import Outcomes

Row = tuple[str, ...]


def table_rows(measures: Measures) -> list[Row]:
    """What is measured, then discs, then vertebrae; figures of both stand in the second column alone."""
    kinds = measures.kinds
    rows = [
        ("marked structures", *(str(k.count) for k in kinds)),
        (f"recall within {RECALL_MM:g} mm [%]", *(percent(k.recall) for k in kinds)),
        ("named rightly [%]", *(percent(k.named) for k in kinds)),
        ("error, median [mm]", *(decimals(k.median_mm) for k in kinds)),
        ("error, 95th percentile [mm]", *(decimals(k.percentile_95_mm) for k in kinds)),
        ("area under the ROC curve", *(decimals(k.auc, 3) for k in kinds)),
        ("calibration error of the reading", *(_three_digits(k.calibration_error) for k in kinds)),
        ("calibration error of the confidence", *(_three_digits(k.confidence_error) for k in kinds)),
        ("calibration error of the name's confidence", *(_three_digits(k.name_error) for k in kinds)),
        ("calibration error of the numbering's confidence", _three_digits(measures.numbering_error), ""),
        ("score", decimals(measures.score, 3), ""),
        ("pictures all right [%]", percent(measures.all_right), ""),
        ("pictures with wrong names: doubted [%]", _doubted(measures.wrong_doubted, measures.doubts["wrong"]), ""),
        ("pictures with right names: doubted [%]", _doubted(measures.right_doubted, measures.doubts["right"]), ""),
        ("patients with names shifted", _patients(measures.shifted), ""),
        ("  of them without a warning", _patients(measures.shifted_unwarned), ""),
    ]
    for state, counts in measures.confusion.items():
        rows.append((f"reported {state}", ", ".join(f"{n} {truth}" for truth, n in counts.items()), ""))
    return rows


def _doubted(share: Figure, counts: dict[str, int]) -> str:
    total = sum(counts.values())
    return f"{percent(share)}, {counts['doubted']} of {total}" if total else "-"


def _three_digits(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"


def percent(figure: Figure, digits: int = 1) -> str:
    """As in ``95.1 (92.0 to 97.9)``."""
    return decimals(Figure(*(100 * v for v in (figure.value, figure.low, figure.high))), digits)


def decimals(figure: Figure, digits: int = 2) -> str:
    """Value and interval."""
    if np.isnan(figure.value):
        return "-"
    return f"{figure.value:.{digits}f} ({figure.low:.{digits}f} to {figure.high:.{digits}f})"


def print_measures(measures: Measures, title: str) -> None:
    """The table on the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{title}: {_count(measures)}", box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for heading in ("95 % intervals over patients", "discs", "vertebrae"):
        table.add_column(heading)
    for row in table_rows(measures):
        table.add_row(*map(Text, row))
    Console().print(table, highlight=False)


def markdown(measures: Measures, title: str) -> str:
    """The table in markdown."""
    head = [(f"{title}: {_count(measures)}", "discs", "vertebrae"), ("---",) * 3]
    return "\n".join("| " + " | ".join(row) + " |" for row in head + table_rows(measures)) + "\n"


def write_report(measures: Measures, outcomes: Outcomes, title: str, folder: Path) -> None:
    """``measures.json``, ``measures.md`` and ``measures.png`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json({"title": title, **asdict(measures)}, folder / "measures.json")
    (folder / "measures.md").write_text(markdown(measures, title))
    draw(outcomes, title, folder / "measures.png")


def write_json(values: dict, file: Path) -> None:
    """Write values; what is not a number becomes null, which JSON knows."""
    file.write_text(json.dumps(_without_nan(values), indent=1) + "\n", encoding="utf-8")


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def _count(measures: Measures) -> str:
    return f"{measures.pictures} pictures of {measures.patients} patients"


def _patients(names: tuple[str, ...]) -> str:
    return f"{len(names)}" + (f" ({', '.join(names)})" if names else "")
