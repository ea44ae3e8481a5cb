"""Tells how far a cohort is: a bar with rate and time left on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from .study import Failure, Outcome

Report = Callable[[str, Outcome], None]
"""Told the name of each study that is done, and what became of it."""


class _RateColumn(ProgressColumn):
    """Studies a minute."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{60 * task.speed:.0f} a minute")


@contextmanager
def reporting(total: int, done: int, console: Console | None = None) -> Iterator[Report]:
    """Show progress from a number of done studies on, and yield what is to be called with each further one."""
    console = console or Console()
    if not console.is_terminal:
        yield _plain_lines(total, done)
        return
    columns = (TextColumn("Studies"), BarColumn(), MofNCompleteColumn(), _RateColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Studies", total=total, completed=done)

        def report(name: str, outcome: Outcome) -> None:
            if isinstance(outcome, Failure):
                progress.console.print(f"{name}: failed; {outcome.reason}", style="yellow", markup=False)
            progress.advance(bar)

        yield report


def _plain_lines(total: int, done: int) -> Report:
    def report(name: str, outcome: Outcome) -> None:
        nonlocal done
        done += 1
        what = f"failed; {outcome.reason}" if isinstance(outcome, Failure) else "read"
        print(f"{done} of {total}  {name}: {what}", flush=True)

    return report
