"""What is done and what failed, on disk, so that a run that was killed at any moment can go on."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import InputError, UsageError
from ..export.csv_table import write_csv
from ..result import Result
from ..whole_file import naming, whole_file
from .study import Failure, Outcome, Page, Study

FETCHED = "fetched-"
"""Begins the names of folders that hold a study from a server only while it is read."""

_LOCK = "cohort.lock"
"""Held by the run that is at work; the system lets go of it when that ends, however it ends."""

_FAILURE_COLUMNS = ("study", "path", "reason")


class Ledger:
    """The output folder of a cohort: ``results/NAME.json`` and ``failures.csv``.

    Where pages are asked for, ``thumbnails/NAME.jpg`` and ``reports/NAME.html`` too. A result's file is what says that
    its study is done, and appears whole. Failures are appended line by line.
    ``cohort.json`` says what was read by which weights, so that two cohorts are never mixed. One ledger has the folder
    for itself until it is closed or its process ends.

    Parameters
    ----------
    folder : Path
        Made if need be.
    source : str
        Where the studies are: a folder or a server.
    model_sha256 : str
    resume : bool
        Whether to go on with what is in the folder.
    with_pages : bool
        Whether a study without its page is to be read again.

    Raises
    ------
    UsageError
        If there is something in the folder and the run is not to go on with it, it is not of this cohort, or another
        run is at work there.
    """

    def __init__(
        self, folder: Path, source: str, model_sha256: str, resume: bool = False, with_pages: bool = False
    ) -> None:
        self.folder, self._model_sha256, self._with_pages = folder, model_sha256, with_pages
        self._claim(source, resume)
        (folder / "results").mkdir(exist_ok=True)
        self._clear_up()
        self._failures_file = folder / "failures.csv"
        self._failures = self._read_failures()
        self._write_failures(sorted(self._failures))

    def _claim(self, source: str, resume: bool) -> None:
        """Make sure that the folder is this cohort's, and nobody else's."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file, own = self.folder / "cohort.json", {"source": source, "model_sha256": self._model_sha256}
        is_empty = all(path.suffix == ".partial" or path.name == _LOCK for path in self.folder.iterdir())
        if is_empty or file.exists():
            self._lock_folder()
        if is_empty:
            with whole_file(file) as partial:
                partial.write_text(json.dumps(own, indent=1) + "\n", encoding="utf-8")
        elif not resume:
            raise UsageError(f"{self.folder}: is not empty; go on with --resume, or choose another folder.")
        elif not file.exists() or json.loads(file.read_text(encoding="utf-8")) != own:
            raise UsageError(
                f"{self.folder}: is not a cohort of {source}, read by the same weights; choose another folder."
            )

    def _lock_folder(self) -> None:
        from filelock import FileLock, Timeout

        self._lock = FileLock(self.folder / _LOCK)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(f"{self.folder}: another run is at work there; wait for it, or choose another.") from error

    def close(self) -> None:
        """Leave the folder to other runs."""
        self._lock.release()

    def _clear_up(self) -> None:
        """Delete what a run that was killed had no time to delete."""
        for leftover in [*self.folder.glob("*.partial"), *self.folder.glob("*/*.partial")]:
            leftover.unlink()
        for leftover in self.folder.glob(f"{FETCHED}*"):
            shutil.rmtree(leftover)

    def is_done(self, name: str) -> bool:
        """Whether the study of this name was read, or failed."""
        if name in self._failures:
            return True
        return self.result(name) is not None and (self.report(name).exists() or not self._with_pages)

    def result(self, name: str) -> Result | None:
        """The result of a study, None if there is no sound one of these weights."""
        try:
            result = Result.read(self.result_file(name))
        except InputError:
            return None
        return result if result.model.sha256 == self._model_sha256 else None

    def result_file(self, name: str) -> Path:
        """Where a study's result lies, if it was read."""
        return self.folder / "results" / f"{name}.json"

    def thumbnail(self, name: str) -> Path:
        """Where a study's thumbnail lies, if there is one."""
        return self.folder / "thumbnails" / f"{name}.jpg"

    def report(self, name: str) -> Path:
        """Where a study's report lies, if there is one."""
        return self.folder / "reports" / f"{name}.html"

    def failures(self, names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """Name, place and reason of those among these studies that failed."""
        return ((name, *self._failures[name]) for name in names if name in self._failures)

    def count_failures(self, names: Sequence[str]) -> int:
        """How many of these studies failed."""
        return sum(name in self._failures for name in names)

    def record(self, study: Study, outcome: Outcome) -> None:
        """Remember what became of a study."""
        if isinstance(outcome, Failure):
            self._failures[study.name] = (study.place, outcome.reason)
            with naming(self._failures_file), self._failures_file.open("ab") as file:
                file.write(_csv_rows([(study.name, study.place, outcome.reason)]))
            return
        if outcome.page is not None:
            self._write_page(study.name, outcome.page)
        # Last, for it says that all the rest is there.
        outcome.result.write(self.result_file(study.name))

    def _write_page(self, name: str, page: Page) -> None:
        for file, content in (
            (self.thumbnail(name), page.thumbnail),
            (self.report(name), page.report.encode("utf-8")),
        ):
            file.parent.mkdir(exist_ok=True)
            with whole_file(file) as partial:
                partial.write_bytes(content)

    def write_tables(self, names: Sequence[str]) -> None:
        """Write ``summary.csv`` and ``failures.csv`` of these studies, in this order; one result is held at a time."""
        results = (self.result(name) for name in names if name not in self._failures)
        with whole_file(self.folder / "summary.csv") as partial:
            write_csv((result for result in results if result is not None), partial)
        self._write_failures(names)

    def _read_failures(self) -> dict[str, tuple[str, str]]:
        if not self._failures_file.exists():
            return {}
        # Not read_text, which takes the first half of a line's end for a whole one.
        text = self._failures_file.read_bytes().decode("utf-8", "replace")
        # What comes after the last line's end was being written when the run was killed.
        whole = text[: text.rfind("\n") + 1]
        rows = list(csv.reader(io.StringIO(whole, newline="")))[1:]
        return {name: (place, reason) for name, place, reason in (row for row in rows if len(row) == 3)}

    def _write_failures(self, names: Sequence[str]) -> None:
        with whole_file(self._failures_file) as partial:
            partial.write_bytes(_csv_rows([_FAILURE_COLUMNS, *self.failures(names)]))


def _csv_rows(rows: Sequence[tuple[str, ...]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode("utf-8")
