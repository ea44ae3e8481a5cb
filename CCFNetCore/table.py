"""A result as a table on the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .result import Result, Structure
from .wording import per_cent

_STYLES = {"normal": "cyan", "abnormal": "dark_orange", None: "dim"}


def print_result(result: Result, console: Console | None = None) -> None:
    """Print notes, one row a structure, how sure the names are, and warnings."""
    console = console or Console()
    for note in result.notes:
        console.print(note, highlight=False, markup=False)
    console.print(result_table(result))
    if result.numbering_confidence is not None:
        console.print(f"Numbering: {per_cent(result.numbering_confidence)} sure.", highlight=False)
    for warning in result.warnings:
        console.print(f"Warning: {warning}", style="yellow", highlight=False, markup=False)


def result_table(result: Result) -> Table:
    """One row a structure, head to foot."""
    model = f"{result.model.name} ({result.model.sha256[:12]})"
    title = f"{result.input.name}, read by {model}. Research use only."
    table = Table(title=Text(title), box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for heading in ("Level", "Kind", "State", "Reading"):
        table.add_column(heading)
    confidences = ("Conf.\npoint", "Conf.\nname") if result.tells_of_names else ("Confidence",)
    for heading in ("Abnormal\nprobability", *confidences, "L [mm]", "P [mm]", "S [mm]"):
        table.add_column(Text(heading), justify="right")
    for structure in result.structures:
        table.add_row(*_cells(structure, result.tells_of_names), style=_STYLES[structure.label])
    return table


def _cells(structure: Structure, with_name: bool) -> list[str]:
    position = structure.position_lps_mm
    return [
        structure.name,
        structure.kind,
        structure.state,
        structure.label or "-",
        _share(structure.abnormal_probability),
        _share(structure.confidence),
        *([_share(structure.name_confidence)] if with_name else []),
        *(["-"] * 3 if position is None else [f"{x:.1f}" for x in position]),
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"
