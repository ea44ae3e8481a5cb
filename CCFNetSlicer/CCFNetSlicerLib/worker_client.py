"""The application's end of the worker process: starts it, asks it, hears its answers, and ends it.

Nothing here blocks: Qt says when something has come. See :mod:`.worker` for what goes over the line.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from .handover import Outbox
from .process import Process, python_command

if TYPE_CHECKING:
    from CCFNetCore.images.volume import Volume

SILENCE_S = 180.0
"""A worker that has said nothing for so long while it should answer is taken to hang."""


@dataclass
class Job:
    """A request on its way, and who is told what becomes of it: one of the last three, once, or nobody if cancelled.

    Attributes
    ----------
    on_progress : callable
        Takes the share that is done and the step in words.
    on_reply : callable
        Takes the whole reply.
    on_failure : callable
        Takes one sentence.
    is_over : bool
        Whether it was answered, failed or was cancelled.
    """

    on_progress: Callable[[float, str], None]
    on_reply: Callable[[dict[str, Any]], None]
    on_failure: Callable[[str], None]
    is_over: bool = field(default=False, init=False)


class WorkerClient:
    """Keeps one worker process: started with the first request, warm between requests, ended by :meth:`stop`.

    Parameters
    ----------
    command : sequence of str, optional
        Program and arguments of the worker, to which one is added that tells it its files; by default the
        application's own Python.
    silence_s : float
    """

    def __init__(self, command: Sequence[str] | None = None, silence_s: float = SILENCE_S) -> None:
        self.command = command
        self.jobs: dict[int, Job] = {}
        self.process: Process | None = None
        self._outbox: Outbox | None = None
        self._number = 0
        self._silence_ms = int(silence_s * 1000)
        self._silence = qt.QTimer()
        self._silence.connect("timeout()", self._on_silence)

    @property
    def is_running(self) -> bool:
        """Whether there is a process, warm or at work."""
        return self.process is not None

    def ask(self, message: dict[str, Any], job: Job, volume: "Volume | None" = None, stamp: int = 0) -> Job:
        """Send a request; the process is started if there is none.

        Parameters
        ----------
        message : dict
            What to do; see :mod:`.worker`.
        job : Job
        volume : Volume, optional
            What to do it with. It is handed over unless the process has it.
        stamp : int
            Changes with the volume's voxels.
        """
        self._number += 1
        number = self._number
        self.jobs[number] = job
        if self.process is None:
            self._start()
        self._silence.start(self._silence_ms)
        try:
            handed_over = {} if volume is None else {"volume": self._outbox.put(volume, stamp)}
        except OSError as error:
            sentence = _("The volume could not be handed over: {reason}.").format(reason=error.strerror or error)
            # Whoever asks does not hold the job yet.
            qt.QTimer.singleShot(0, lambda: self._fail(number, sentence))
        else:
            self.process.write_line(json.dumps({"request": number, **message, **handed_over}))
        return job

    def cancel(self) -> None:
        """Kill the process and forget all that was asked; the next request starts a new one."""
        for job in self.jobs.values():
            job.is_over = True
        self.jobs.clear()
        self.stop()

    def stop(self, sentence: str | None = None) -> None:
        """Kill the process; what was asked fails with this sentence."""
        process, self.process = self.process, None
        self._silence.stop()
        if process is not None:
            process.kill()
        self._fail_all(sentence or _("The network's process was stopped."))

    def _start(self) -> None:
        self._outbox = Outbox(slicer.app.temporaryPath)
        command = [*(self.command or default_command()), self._outbox.prefix]
        self.process = Process(command, self._on_line, self._on_end, self._outbox.empty)

    def _on_line(self, line: bytes) -> None:
        try:
            reply = json.loads(line)
            job = self.jobs.get(reply["request"])
        except (ValueError, TypeError, KeyError):
            logging.warning("CCF-Net: the worker wrote something that is not a reply: %r", line[:200])
            return
        if job is None:
            return
        self._silence.start(self._silence_ms)
        if "progress" in reply:
            job.on_progress(reply["progress"], reply.get("step", ""))
            return
        self._close(reply["request"])
        if "error" in reply:
            # It may have come before the volume did.
            self._outbox.forget()
            job.on_failure(reply["error"])
            return
        try:
            job.on_reply(reply)
        except Exception as error:
            # Raised in a slot it would be lost, and whoever waits for the job would wait for ever.
            logging.exception("CCF-Net: a reply could not be used")
            job.on_failure(_("The result could not be shown: {error}").format(error=error))

    def _close(self, number: int) -> None:
        self.jobs.pop(number).is_over = True
        if not self.jobs:
            self._silence.stop()

    def _on_end(self, exit_code: int | None) -> None:
        process, self.process = self.process, None
        if exit_code is None:
            self._fail_all(_("The network's process could not be started: Slicer's Python was not found."))
            return
        logging.info("CCF-Net: the worker ended; its last words: %s", process.last_words)
        sentence = _("The network's process ended unexpectedly (exit code {code}); the next run starts it anew.")
        self._fail_all(sentence.format(code=exit_code))

    def _on_silence(self) -> None:
        sentence = _("The network's process gave no answer for {seconds:g} seconds and was ended.")
        self.stop(sentence.format(seconds=self._silence_ms / 1000))

    def _fail_all(self, sentence: str) -> None:
        while self.jobs:
            self._fail(next(iter(self.jobs)), sentence)

    def _fail(self, number: int, sentence: str) -> None:
        job = self.jobs.get(number)
        if job is not None:
            self._close(number)
            job.on_failure(sentence)


def default_command() -> list[str]:
    """Slicer's own Python running :mod:`.worker`; to be told its files."""
    return python_command("from CCFNetSlicerLib.worker import main; main()")
