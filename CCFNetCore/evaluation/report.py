"""Measures as a table on the terminal, as markdown, as JSON and as figures."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .measures import KINDS, RECALL_MM, Figure, Measures, area_under_curve, readings, reliability, right
from .outcomes import Outcomes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = tuple[str, ...]
_COLOURS = {"disc": "tab:blue", "vertebra": "tab:orange"}


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
        ("score", decimals(measures.score, 3), ""),
        ("pictures all right [%]", percent(measures.all_right), ""),
        ("patients with names shifted", _patients(measures.shifted), ""),
        ("  of them without a warning", _patients(measures.shifted_unwarned), ""),
    ]
    for state, counts in measures.confusion.items():
        rows.append((f"reported {state}", ", ".join(f"{n} {truth}" for truth, n in counts.items()), ""))
    return rows


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


def draw(outcomes: Outcomes, title: str, file: Path) -> None:
    """Errors, ROC curves, and how far probability and confidence can be believed."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(11, 10), layout="constrained")
    errors, roc, reading, confidence = canvas.subplots(2, 2).flat
    exact = outcomes.of_exact()
    for kind in KINDS:
        _draw_errors(errors, exact, kind)
        _draw_roc(roc, exact, kind)
        _draw_reliability(reading, *readings(exact, kind), kind)
    given = ~np.isnan(exact.confidence) & exact.marked
    _draw_reliability(confidence, exact.confidence[given], right(exact)[given].astype(float), "all structures")
    for axes, x, y in (
        (errors, "distance from landmark [mm]", "share of marked structures"),
        (roc, "1 - specificity", "sensitivity"),
        (reading, "abnormal probability", "share graded abnormal"),
        (confidence, "confidence", f"share within {RECALL_MM:g} mm"),
    ):
        axes.set(xlabel=x, ylabel=y, ylim=(0, 1.02))
        axes.legend(loc="lower right")
        axes.grid(alpha=0.3)
    canvas.suptitle(title)
    canvas.savefig(file, dpi=110)


def _draw_errors(axes: "Axes", outcomes: Outcomes, kind: str) -> None:
    from .. import anatomy

    columns = anatomy.indices_of(kind)
    marked = outcomes.marked[:, columns]
    errors = np.sort(np.nan_to_num(outcomes.error_mm[:, columns][marked], nan=np.inf))
    axes.plot(errors, np.arange(1, len(errors) + 1) / max(1, len(errors)), color=_COLOURS[kind], label=kind)
    axes.axvline(RECALL_MM, color="grey", linestyle=":")
    axes.set_xlim(0, 2 * RECALL_MM)


def _draw_roc(axes: "Axes", outcomes: Outcomes, kind: str) -> None:
    p, truth = readings(outcomes, kind)
    order = np.argsort(-p, kind="stable")
    hits = truth[order] > 0.5
    sensitivity, fall_out = (np.r_[0, np.cumsum(h) / max(1, h.sum())] for h in (hits, ~hits))
    label = f"{kind}, area {area_under_curve(p, truth):.3f}"
    axes.plot(fall_out, sensitivity, color=_COLOURS[kind], label=label)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")


def _draw_reliability(axes: "Axes", p: np.ndarray, truth: np.ndarray, label: str) -> None:
    said, seen, count = reliability(p, truth)
    colour = _COLOURS.get(label, "tab:green")
    axes.plot(said, seen, color=colour, label=label)
    axes.scatter(said, seen, s=10 + 150 * count / max(1, count.sum()), color=colour)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.set_xlim(0, 1)


def _count(measures: Measures) -> str:
    return f"{measures.pictures} pictures of {measures.patients} patients"


def _patients(names: tuple[str, ...]) -> str:
    return f"{len(names)}" + (f" ({', '.join(names)})" if names else "")
