"""Each data set measured with the model that never saw it: how a model does on scanners that are new to it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..detector import load_detector
from ..errors import InputError
from ..model_file import find_model, read_description
from .data_sets import by_name, name_of, together
from .measures import RECALL_MM, Measures, measure
from .outcomes import Outcomes, by_detector, collect, records_of
from .report import decimals, percent, write_json

HEADINGS = (
    "data set",
    "pictures of patients",
    "",
    "named rightly [%]",
    f"within {RECALL_MM:g} mm [%]",
    "AUC",
    "shifted, silently",
)
_TITLE = "Each data set, read by the model that never saw it"
_KEY = (
    "In brackets, 95 % intervals over patients. AUC: area under the ROC curve of the reading. Shifted, silently: "
    "patients in a picture of whom most names are off by the same number of levels, and those of them in such a "
    "picture of whom there was neither a warning nor an uncertain structure."
)


@dataclass(frozen=True)
class Row:
    """Measures of one contrast of a data set, or of several data sets together.

    Attributes
    ----------
    data_sets : tuple of str
        Names of their folders.
    contrast : str
        Empty if unknown, and of several data sets, of which all contrasts count together.
    model : str
        The one that never saw them.
    measures : Measures
    """

    data_sets: tuple[str, ...]
    contrast: str
    model: str
    measures: Measures

    @property
    def name(self) -> str:
        """Such as "spider T1", or "chu2015 + zukic2014"."""
        return f"{' + '.join(self.data_sets)} {self.contrast.upper()}".strip()


def measure_left_out(folders: Sequence[Path], models: Sequence[str], device: str) -> list[Row]:
    """The rows of all data sets, each read by the model that never saw it.

    Parameters
    ----------
    folders : sequence of Path
        Each with a ``landmarks.json``.
    models : sequence of str
        As for :func:`~CCFNetCore.detector.load_detector`.
    device : str

    Raises
    ------
    InputError
        If of a data set not exactly one model is known to have learned from others only, two folders bear one name, or
        the data cannot be read.
    WeightsError
        If a model is missing or damaged.
    """
    sets_of: dict[str, dict[str, Path]] = {}
    for name, folder in by_name(folders).items():
        sets_of.setdefault(model_that_never_saw(folder, models), {})[name] = folder
    records = {folder: records_of(folder) for folder in folders}
    rows = []
    for model, own in sets_of.items():
        predict = by_detector(load_detector(model, device))
        rows += rows_of(model, {name: collect(records[folder], predict) for name, folder in own.items()})
    return rows


def model_that_never_saw(folder: Path, models: Sequence[str]) -> str:
    """The one whose file names the folders that it learned from, and none of this name.

    Raises
    ------
    InputError
        If there is none, or more than one.
    WeightsError
        If a model is missing or damaged.
    """
    learned = {model: read_description(find_model(model)).datasets for model in models}
    fitting = [model for model in models if learned[model] is not None and name_of(folder) not in learned[model]]
    if not fitting:
        raise InputError(f"{folder}: every model has learned from a folder of this name, or does not say from which.")
    if len(fitting) > 1:
        raise InputError(f"{folder}: {' and '.join(fitting)} never saw it, but one alone has to measure it.")
    return fitting[0]


def rows_of(model: str, outcomes: Mapping[str, Outcomes]) -> list[Row]:
    """Of one data set a row for each contrast, of several one row together.

    Parameters
    ----------
    model : str
        Who read them.
    outcomes : mapping
        By the data sets' names.
    """
    if len(outcomes) > 1:
        return [Row(tuple(outcomes), "", model, measure(together(outcomes)))]
    return [
        Row((name,), str(contrast), model, measure(of_set.of(of_set.contrasts == contrast)))
        for name, of_set in outcomes.items()
        for contrast in np.unique(of_set.contrasts)
    ]


def print_left_out(rows: Sequence[Row]) -> None:
    """The table on the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # On a narrow terminal the long cells are broken, and these stay whole.
    narrow = ("", "pictures of patients", "shifted, silently")
    columns = (Column(heading, width=10 if heading in narrow else None, overflow="fold") for heading in HEADINGS)
    table = Table(*columns, title=_TITLE, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for line in _lines(rows):
        table.add_row(*map(Text, line))
    console = Console()
    console.print(table, highlight=False)
    console.print(_KEY, highlight=False)


def write_left_out(rows: Sequence[Row], folder: Path) -> None:
    """``leave-out.json`` and ``leave-out.md`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json({"rows": [{"name": row.name, **asdict(row)} for row in rows]}, folder / "leave-out.json")
    lines = [HEADINGS, ("---",) * len(HEADINGS), *_lines(rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    (folder / "leave-out.md").write_text(f"{_TITLE}:\n\n{table}\n\n{_KEY}\n", encoding="utf-8")


def _lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Two lines for each row: its discs, and its vertebrae."""
    lines = []
    for row in rows:
        measures = row.measures
        discs, vertebrae = (
            (percent(kind.named), percent(kind.recall), decimals(kind.auc, 3)) for kind in measures.kinds
        )
        count = f"{measures.pictures} of {measures.patients}"
        shifted = f"{len(measures.shifted)}, {len(measures.shifted_silent)}"
        lines.append((row.name, count, "discs", *discs, shifted))
        lines.append(("", "", "vertebrae", *vertebrae, ""))
    return lines
