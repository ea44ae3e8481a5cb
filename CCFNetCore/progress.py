"""How far a command is that reads several studies, told to people or, with ``--progress json``, to programs.

To programs ``ccfnet cohort`` and ``ccfnet predict`` write one JSON object a line on standard output, each as soon as
it is so, and nothing else. Errors stay on the error output, and exit codes are the same. A study is one of a cohort,
or one input of ``predict``. In the order in which they come::

    {"event": "start", "total": 12, "done": 4, "failed": 1}
    {"event": "reading", "name": "site_one"}
    {"event": "step", "name": "site_one", "share": 0.3, "step": "Reading planes 5 to 8 of 13"}
    {"event": "study", "name": "site_one", "state": "read", "file": "out/results/site_one.json", "seconds": 2.4,
     "done": 5, "failed": 1, "total": 12}
    {"event": "study", "name": "two", "state": "failed", "reason": "two: has 1 slice(s), ...", "seconds": 0.1,
     "done": 6, "failed": 2, "total": 12}
    {"event": "written", "file": "out/summary.csv", "studies": 10}
    {"event": "end", "read": 10, "failed": 2}

``start``
    The studies are known, and reading begins. ``done`` counts those that earlier runs have read or could not read,
    ``failed`` the latter alone.
``reading``
    A study is begun. On a cluster several are under way at a time, and they end in any order.
``step``
    Of ``predict`` alone: the share of the study that is done, 0 to 1, and what is done next, in words.
``study``
    A study was read (``state`` is ``read``, and ``file`` its result, which is there) or not (``failed``; ``reason`` is
    one sentence). ``seconds`` have passed since it was begun. ``done`` and ``failed`` count those of earlier runs too.
``written``
    A table or page of the whole cohort. ``studies`` is how many it holds, where it holds only some.
``end``
    All studies are done. A command that was stopped, or cannot go on, ends without this event.

More events and fields may be added; a reader passes over what it does not know. Lines are ASCII; what of a name or
path is not Unicode stands there as Python escapes it.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .kinds import printable

if TYPE_CHECKING:
    from .result import Result


class Progress:
    """Is told how far a command is; each kind passes on what its readers want to know."""

    @contextmanager
    def studies(self, total: int, done: int = 0, failed: int = 0) -> Iterator[None]:
        """A block in which so many studies are read, less those that were done, or even failed, before."""
        yield

    def begin(self, name: str) -> None:
        """A study is begun."""

    def step(self, name: str, share: float, step: str) -> None:
        """Of a study this share is done, 0 to 1, and what is done next, in words."""

    def read(self, name: str, result: "Result", file: Path) -> None:
        """A study was read, and its result written to a file."""

    def failed(self, name: str, reason: str) -> None:
        """A study was not read, and why, in one sentence."""

    def written(self, file: Path, studies: int | None = None) -> None:
        """A file of all studies, or of so many of them, was written."""

    def end(self) -> None:
        """All studies are done, and all files are written."""


class JsonProgress(Progress):
    """Writes the events that the head of this file lists."""

    def __init__(self) -> None:
        self._total = self._done = self._failed = 0
        self._begun: dict[str, float] = {}

    @contextmanager
    def studies(self, total: int, done: int = 0, failed: int = 0) -> Iterator[None]:
        self._total, self._done, self._failed = total, done, failed
        _write("start", total=total, done=done, failed=failed)
        yield

    def begin(self, name: str) -> None:
        self._begun[name] = time.monotonic()
        _write("reading", name=printable(name))

    def step(self, name: str, share: float, step: str) -> None:
        _write("step", name=printable(name), share=round(share, 3), step=step)

    def read(self, name: str, result: "Result", file: Path) -> None:
        self._count(name, "read", file=printable(str(file)))

    def failed(self, name: str, reason: str) -> None:
        self._failed += 1
        self._count(name, "failed", reason=printable(reason))

    def _count(self, name: str, state: str, **more: str) -> None:
        self._done += 1
        seconds = round(time.monotonic() - self._begun.pop(name), 3)
        counts = {"done": self._done, "failed": self._failed, "total": self._total}
        _write("study", name=printable(name), state=state, **more, seconds=seconds, **counts)

    def written(self, file: Path, studies: int | None = None) -> None:
        _write("written", file=printable(str(file)), **({} if studies is None else {"studies": studies}))

    def end(self) -> None:
        _write("end", read=self._done - self._failed, failed=self._failed)


def _write(event: str, **fields: str | float) -> None:
    # In one piece, so that a program that is stopped leaves whole lines.
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()
