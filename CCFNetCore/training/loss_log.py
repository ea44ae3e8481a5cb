"""The losses of a run, step by step: a file, and a picture of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = ("heat", "offset", "reading", "total")
LAST_LINES = 20
"""So many logged steps at the end are taken together: single batches differ much."""


class LossLog:
    """One JSON line for each logged step; what a resumed run logs again counts."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def append(self, step: int, seconds: float, losses: Mapping[str, float]) -> None:
        """Write one step's losses, ``seconds`` after the run was started or resumed."""
        line = {"step": step, "seconds": round(seconds), **{name: round(value, 5) for name, value in losses.items()}}
        with self.file.open("a") as log:
            log.write(json.dumps(line) + "\n")

    def read(self) -> dict[str, np.ndarray]:
        """Columns by name, "step" among them, in the order of the steps."""
        by_step = {line["step"]: line for line in map(json.loads, self.file.read_text().splitlines())}
        lines = [by_step[step] for step in sorted(by_step)]
        return {name: np.array([line[name] for line in lines]) for name in ("step", *SHOWN)}

    def last(self) -> dict[str, float]:
        """Mean losses of the last logged steps."""
        columns = self.read()
        return {name: float(columns[name][-LAST_LINES:].mean()) for name in SHOWN}

    def draw(self, file: Path) -> None:
        """Each loss against the steps, smoothed over the raw values.

        Nothing where matplotlib is not installed, or nothing was logged yet.
        """
        if not self.file.exists():
            return
        try:
            from matplotlib.figure import Figure
        except ModuleNotFoundError:
            return
        canvas = Figure(figsize=(10, 7), layout="constrained")
        columns = self.read()
        for axes, name in zip(canvas.subplots(2, 2, sharex=True).flat, SHOWN, strict=True):
            _draw_loss(axes, columns["step"], columns[name], name)
        with whole_file(file) as partial:
            canvas.savefig(partial, dpi=110, format="png")


def _draw_loss(axes: "Axes", steps: np.ndarray, losses: np.ndarray, name: str) -> None:
    positive = losses > 0
    axes.plot(steps[positive], losses[positive], color="tab:blue", alpha=0.3, linewidth=0.8)
    axes.plot(steps[positive], smooth(losses[positive]), color="tab:blue", linewidth=1.8)
    if positive.any():
        from matplotlib.ticker import LogFormatter

        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    axes.set(title=name, xlabel="step")
    axes.grid(alpha=0.3, which="both")


def smooth(values: np.ndarray) -> np.ndarray:
    """Mean over the neighbouring tenth of all values, or over what there is of it at the ends."""
    window = np.ones(min(len(values), 2 * (len(values) // 20) + 1))
    if not len(values):
        return values
    return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")
