"""Tells people how far a cohort is: a bar with rate and time left on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from ..progress import Progress

if TYPE_CHECKING:
    from ..result import Result


class TextProgress(Progress):
    """Prints the bar or the lines, and which files were written."""

    def __init__(self) -> None:
        self._console = Console()
        self._bar: Bar | None = None
        self._total = self._done = 0

    @contextmanager
    def studies(self, total: int, done: int = 0, failed: int = 0) -> Iterator[None]:
        self._total, self._done = total, done
        if not self._console.is_terminal:
            yield
            return
        columns = (TextColumn("Studies"), BarColumn(), MofNCompleteColumn(), _RateColumn(), TimeRemainingColumn())
        with Bar(*columns, console=self._console) as self._bar:
            self._bar.add_task("Studies", total=total, completed=done)
            yield

    def read(self, name: str, result: "Result", file: Path) -> None:
        self._advance(f"{name}: read")

    def failed(self, name: str, reason: str) -> None:
        sentence = f"{name}: failed; {reason}"
        if self._bar is not None:
            self._bar.console.print(sentence, style="yellow", markup=False)
        self._advance(sentence)

    def _advance(self, sentence: str) -> None:
        self._done += 1
        if self._bar is None:
            print(f"{self._done} of {self._total}  {sentence}", flush=True)
        else:
            self._bar.advance(self._bar.task_ids[0])

    def written(self, file: Path, studies: int | None = None) -> None:
        count = "" if studies is None else f" ({_studies_in_words(studies)})"
        print(f"Written: {file}{count}")


class _RateColumn(ProgressColumn):
    """Studies a minute."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{60 * task.speed:.0f} a minute")


def _studies_in_words(count: int) -> str:
    return "1 study" if count == 1 else f"{count} studies"
