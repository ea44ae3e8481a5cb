"""A result as a table on the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .result import Result, Structure

_STYLES = {"normal": "cyan", "abnormal": "dark_orange", None: "dim"}


def print_result(result: Result, console: Console | None = None) -> None:
    """Print notes, one row a structure, and warnings."""
    console = console or Console()
    for note in result.notes:
        console.print(note, highlight=False, markup=False)
    console.print(result_table(result))
    for warning in result.warnings:
        console.print(f"Warning: {warning}", style="yellow", highlight=False, markup=False)


def result_table(result: Result) -> Table:
    """One row a structure, head to foot."""
    model = f"{result.model.name} ({result.model.sha256[:12]})"
    title = f"{result.input.name}, read by {model}. Research use only."
    table = Table(title=Text(title), box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for heading in ("Level", "Kind", "State", "Reading"):
        table.add_column(heading)
    for heading in ("Abnormal\nprobability", "Confidence", "L [mm]", "P [mm]", "S [mm]"):
        table.add_column(Text(heading), justify="right")
    for structure in result.structures:
        table.add_row(*_cells(structure), style=_STYLES[structure.label])
    return table


def _cells(structure: Structure) -> list[str]:
    probability = structure.abnormal_probability
    position = structure.position_lps_mm
    return [
        structure.name,
        structure.kind,
        structure.state,
        structure.label or "-",
        "-" if probability is None else f"{probability:.2f}",
        f"{structure.confidence:.2f}",
        *(["-"] * 3 if position is None else [f"{x:.1f}" for x in position]),
    ]
