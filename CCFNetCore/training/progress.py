"""Shows how far a run is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from .config import TrainingConfig

LINE_SECONDS = 30.0


class TrainingProgress:
    """Steps done, pictures a second, time left and the latest losses, within a ``with`` block.

    Parameters
    ----------
    config : TrainingConfig
    first_step : int
        How many steps were done before.
    is_shown : bool
        False in all processes but one.
    """

    def __init__(self, config: TrainingConfig, first_step: int, is_shown: bool = True) -> None:
        console = Console()
        self._bar = _Bar(
            TextColumn("step {task.completed} of {task.total}"),
            BarColumn(bar_width=None),
            _Speed(config.batch),
            TimeRemainingColumn(),
            console=console,
            disable=not (is_shown and console.is_terminal),
            refresh_per_second=2,
            expand=True,
        )
        self._config, self._is_shown = config, is_shown
        self._number = self._bar.add_task("", total=config.steps, completed=first_step, losses="")
        self._next_line = time.monotonic()

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, step: int, losses: Mapping[str, float]) -> None:
        """So many steps are done; ``losses`` are the latest known, by name."""
        text = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
        self._bar.update(self._number, completed=step, losses=text)
        is_due = time.monotonic() >= self._next_line or step == self._config.steps
        if self._is_shown and self._bar.disable and losses and is_due:
            self._next_line = time.monotonic() + LINE_SECONDS
            print(self._line(self._bar.tasks[self._number]), flush=True)

    def _line(self, task: Task) -> str:
        left = "" if task.time_remaining is None else f", {timedelta(seconds=round(task.time_remaining))} left"
        speed = _pictures_a_second(task, self._config.batch)
        return f"step {task.completed} of {task.total}{speed and ', ' + speed}{left}: {task.fields['losses']}"


class _Bar(Progress):
    """With the losses on a line of their own: beside the bar they would not fit on a narrow terminal."""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        yield from (Text(task.fields["losses"], overflow="ellipsis", no_wrap=True) for task in self.tasks)


class _Speed(ProgressColumn):
    def __init__(self, batch: int) -> None:
        super().__init__()
        self._batch = batch

    def render(self, task: Task) -> Text:
        return Text(_pictures_a_second(task, self._batch))


def _pictures_a_second(task: Task, batch: int) -> str:
    return "" if not task.speed else f"{task.speed * batch:.1f} pictures/s"
