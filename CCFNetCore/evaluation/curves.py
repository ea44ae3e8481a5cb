"""Measures as curves: errors, ROC, and how far probabilities and confidences can be believed."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import anatomy
from ..confidence import SURE
from .measures import (
    KINDS,
    RECALL_MM,
    Judged,
    area_under_curve,
    judged_names,
    judged_numberings,
    judged_places,
    readings,
    reliability,
    risk_coverage,
)
from .outcomes import Outcomes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE_EDGES = np.array([0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1])
"""Most confidences lie near 1: bins of equal width would hold next to nothing but for the last."""

LEAST_COVERAGE = 0.1
"""Of the curve of risk, this is shown whole."""

_COLOURS = {"disc": "tab:blue", "vertebra": "tab:orange"}
_CONFIDENCE_COLOUR = "tab:green"


def draw(outcomes: Outcomes, title: str, file: Path) -> None:
    """Errors, ROC and readings; below them a column each for the confidences of places, names and numberings."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(15, 13), layout="constrained")
    (errors, roc, reading), *of_confidences = canvas.subplots(3, 3)
    exact = outcomes.of_exact()
    for kind in KINDS:
        _draw_errors(errors, exact, kind)
        _draw_roc(roc, exact, kind)
        _draw_readings(reading, *readings(exact, kind), kind)
    for axes, x, y in (
        (errors, "distance from landmark [mm]", "share of marked structures"),
        (roc, "1 - specificity", "sensitivity"),
        (reading, "abnormal probability", "share graded abnormal"),
    ):
        axes.set(xlabel=x, ylabel=y, ylim=(0, 1.02))
        axes.legend(loc="lower right")
        axes.grid(alpha=0.3)
    for column, of_one in zip(np.transpose(of_confidences), _confidences(outcomes), strict=True):
        _draw_column(*column, *of_one)
    canvas.suptitle(title)
    canvas.savefig(file, dpi=100)


def _confidences(outcomes: Outcomes) -> tuple[tuple[str, str, Judged], ...]:
    return (
        (f"Point within {RECALL_MM:g} mm", "structures", judged_places(outcomes)),
        ("Name right", "structures", judged_names(outcomes)),
        ("All names right", "pictures", judged_numberings(outcomes)),
    )


def _draw_column(bars: "Axes", risk: "Axes", what: str, of_what: str, judged: Judged) -> None:
    count = len(judged[0])
    bars.set_title(f"{what}: {f'{count} {of_what}' if count else 'nothing to count'}")
    if not count:
        bars.set_axis_off()
        risk.set_axis_off()
        return
    _draw_confidences(bars, *judged)
    _draw_risk(risk, *judged)
    risk.set(xlabel=f"the surest {of_what} [%]", ylabel="wrong ones among them [%]")


def _draw_errors(axes: "Axes", outcomes: Outcomes, kind: str) -> None:
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


def _draw_readings(axes: "Axes", p: np.ndarray, truth: np.ndarray, kind: str) -> None:
    said, seen, count = reliability(p, truth)
    filled = count > 0
    axes.plot(said[filled], seen[filled], color=_COLOURS[kind], label=kind)
    axes.scatter(said, seen, s=10 + 150 * count / max(1, count.sum()), color=_COLOURS[kind])
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.set_xlim(0, 1)


def _draw_confidences(axes: "Axes", p: np.ndarray, truth: np.ndarray) -> None:
    """A bar for each bin, all equally wide, with the share that is right and the number of all in its foot."""
    said, seen, count = reliability(p, truth, CONFIDENCE_EDGES)
    bins = np.arange(len(count))
    axes.bar(bins, seen, width=0.9, color=_CONFIDENCE_COLOUR, alpha=0.3, label="share that is right")
    axes.hlines(said, bins - 0.45, bins + 0.45, color="black", label="mean confidence")
    for bin_, share, n in zip(bins, seen, count, strict=True):
        if n:
            axes.text(bin_, 0.02, f"{100 * share:.1f} %\nof {n}", ha="center", fontsize="small")
    axes.set_xticks(np.arange(len(CONFIDENCE_EDGES)) - 0.5, [f"{edge:g}" for edge in CONFIDENCE_EDGES])
    axes.set(xlabel="confidence", xlim=(-0.6, len(count) - 0.4))
    axes.set(ylabel="share that is right", ylim=(0, 1.2), yticks=np.arange(6) / 5)
    axes.legend(loc="upper left", ncols=2)
    axes.grid(axis="y", alpha=0.3)


def _draw_risk(axes: "Axes", p: np.ndarray, truth: np.ndarray) -> None:
    coverage, risk = risk_coverage(p, truth)
    # Of the equally sure ones at the beginning, any are as likely to be wrong as all.
    axes.plot(100 * np.append(0, coverage), 100 * np.append(risk[0], risk), color=_CONFIDENCE_COLOUR)
    sure = truth[p >= SURE]
    if len(sure):
        at = 100 * len(sure) / len(p), 100 * (1 - sure.mean())
        axes.plot(*at, "o", color="black", label=f"confidence from {SURE:g} on: {at[0]:.1f} %, {at[1]:.1f} % wrong")
        axes.legend(loc="upper left")
    # Among the few surest, one wrong is a large share.
    axes.set(xlim=(0, 101), ylim=(0, 130 * max(0.01, *risk[coverage >= LEAST_COVERAGE])))
    axes.grid(alpha=0.3)
