"""Lays out ``index.html``: one row a study, those with most warnings first.

Pictures lie beside it, so that a page of two thousand studies opens at once; nothing is fetched from elsewhere.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..result import Result
from ..templates import load_template
from ..whole_file import whole_file
from ..wording import per_cent
from .ledger import Ledger

_TEMPLATE = Path(__file__).with_name("index.html.jinja")


@dataclass(frozen=True)
class Row:
    """What the page says of a study: counts of structures by state, abnormal discs, sureness of names, warnings."""

    name: str
    report: str | None
    thumbnail: str | None
    found: int
    uncertain: int
    outside: int
    abnormal_discs: tuple[str, ...]
    numbering_confidence: float | None
    warnings: tuple[str, ...]


def write_index(ledger: Ledger, names: Sequence[str]) -> None:
    """Write the page of these studies into the ledger's folder."""
    rows = sorted(_rows(ledger, names), key=lambda row: (-len(row.warnings), row.name))
    failures = list(ledger.failures(names))
    page = load_template(_TEMPLATE, per_cent=per_cent).generate(rows=rows, failures=failures, version=__version__)
    with whole_file(ledger.folder / "index.html") as partial, partial.open("w", encoding="utf-8") as stream:
        stream.writelines(page)


def _rows(ledger: Ledger, names: Sequence[str]) -> Iterator[Row]:
    for name in names:
        result = ledger.result(name)
        if result is not None:
            yield _row(name, result, *(_beside(ledger, file) for file in (ledger.report(name), ledger.thumbnail(name))))


def _beside(ledger: Ledger, file: Path) -> str | None:
    """The file as the page names it, None if it is not there."""
    return file.relative_to(ledger.folder).as_posix() if file.exists() else None


def _row(name: str, result: Result, report: str | None, thumbnail: str | None) -> Row:
    states = Counter(structure.state for structure in result.structures)
    discs = tuple(s.name for s in result.structures if s.kind == "disc" and s.label == "abnormal")
    return Row(
        name,
        report,
        thumbnail,
        states["found"],
        states["uncertain"],
        states["outside"],
        discs,
        result.numbering_confidence,
        result.warnings,
    )
