"""A process beside the application, heard line by line. Nothing here blocks: Qt says when something has come."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import qt

_LONGEST_LOG, _LONGEST_END_MS = 2000, 2000


class Process:
    """One process and its lines.

    Parameters
    ----------
    command : sequence of str
    on_line : callable
        Takes each line of its output.
    on_end : callable
        Takes its exit code, or None if it could not be started; once, and not after :meth:`kill`.
    on_gone : callable, optional
        Told when there is no such process any more, however it ended.
    """

    # Killed processes until they are gone: Qt must not destroy one that still runs, and no user should wait for it.
    dying: ClassVar[list["Process"]] = []

    def __init__(
        self,
        command: Sequence[str],
        on_line: Callable[[bytes], None],
        on_end: Callable[[int | None], None],
        on_gone: Callable[[], None] = lambda: None,
    ) -> None:
        self.on_line, self.on_end, self.on_gone = on_line, on_end, on_gone
        self.last_words = ""
        self._output = b""
        self._is_killed = False
        self._process = qt.QProcess()
        self._process.connect("readyReadStandardOutput()", self._on_output)
        self._process.connect("readyReadStandardError()", self._on_error_output)
        self._process.connect("finished(int,QProcess::ExitStatus)", self._on_finished)
        self._process.connect("errorOccurred(QProcess::ProcessError)", self._on_error)
        program, *arguments = command
        self._process.start(program, arguments)

    def write_line(self, line: str) -> None:
        self._process.write((line + "\n").encode())

    def kill(self) -> None:
        self._is_killed = True
        if self._process.state() != qt.QProcess.NotRunning:
            self.dying.append(self)
            self._process.kill()

    def wait(self) -> None:
        self._process.waitForFinished(_LONGEST_END_MS)

    def _on_output(self) -> None:
        self._output += self._process.readAllStandardOutput().data()
        *lines, self._output = self._output.split(b"\n")
        for line in lines:
            if not self._is_killed:
                self.on_line(line)

    def _on_error_output(self) -> None:
        text = self._process.readAllStandardError().data().decode(errors="replace")
        self.last_words = (self.last_words + text)[-_LONGEST_LOG:]

    def _on_finished(self, exit_code: int, exit_status: object = None) -> None:
        self.on_gone()
        if self._is_killed:
            self.dying.remove(self)
            return
        self._on_output()
        self._on_error_output()
        self.on_end(exit_code)

    def _on_error(self, error: object = None) -> None:
        # A process that crashed is also reported as finished; only one that never started is not.
        if self._process.error() == qt.QProcess.FailedToStart:
            # On Windows this comes while it is being started, before anybody holds it.
            qt.QTimer.singleShot(0, self._on_not_started)

    def _on_not_started(self) -> None:
        self.on_gone()
        if not self._is_killed:
            self.on_end(None)


def wait_until_gone() -> None:
    """Wait for processes that were killed; before the application ends, for Qt must not destroy a running one."""
    for process in list(Process.dying):
        process.wait()


def python_command(code: str, *arguments: str) -> list[str]:
    """Slicer's own Python running a line of code, with this folder's and the core's place on its path."""
    import CCFNetCore

    python = shutil.which("PythonSlicer") or sys.executable
    here, core = Path(__file__).resolve().parents[1], Path(CCFNetCore.__file__).resolve().parents[1]
    folders = list(dict.fromkeys(map(os.fspath, (here, core))))
    return [python, "-c", f"import sys; sys.path[:0] = {folders!r}; {code}", *arguments]
