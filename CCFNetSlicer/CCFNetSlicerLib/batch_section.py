"""The section "Batch" of the panel: all studies of a folder, read by ``ccfnet cohort`` in a process of its own."""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from . import packages
from .long_words import breakable
from .process import Process, python_command, wait_until_gone

SUMMARY = "index.html"
"""The page that the command writes into the output folder."""

_LONGEST_NAME = 48
"""Letters of a study's name; a label cannot break a name, and the panel would become as wide."""


class BatchSection:
    """What the widgets of the section do.

    Parameters
    ----------
    ui : object
        Has the panel's widgets as attributes.
    device : callable
        Returns what the network runs on: "auto", "cpu" or "cuda".
    """

    def __init__(self, ui: object, device: Callable[[], str]) -> None:
        self.ui, self.device = ui, device
        self.process: Process | None = None
        self._forget()
        self._start_tool_tip = ui.batchStartButton.toolTip
        ui.batchStartButton.connect("clicked(bool)", lambda *_args: self.start())
        ui.batchCancelButton.connect("clicked(bool)", lambda *_args: self.cancel())
        ui.batchSummaryButton.connect("clicked(bool)", lambda *_args: self.open_summary())
        for edit in (ui.batchInputEdit, ui.batchOutputEdit):
            edit.filters = ctk.ctkPathLineEdit.Dirs
            edit.connect("currentPathChanged(QString)", lambda *_args: self.update())
        self.update()

    @property
    def is_running(self) -> bool:
        return self.process is not None

    @property
    def summary(self) -> Path:
        return Path(self.ui.batchOutputEdit.currentPath) / SUMMARY

    def start(self) -> None:
        """Begin to read the folder's studies, or go on where the output folder says that it was stopped."""
        with slicer.util.tryWithErrorDisplay(_("The batch could not be started.")):
            try:
                self._require_packages()
            except packages.InstallError as error:
                self.say(str(error))
                return
            source, output = self.ui.batchInputEdit.currentPath, self.ui.batchOutputEdit.currentPath
            options = ["--output", output, "--resume", "--html", "--device", self.device(), "--progress", "json"]
            self._forget()
            # One that was cancelled a moment ago may still hold the output folder.
            wait_until_gone()
            self.process = Process(_command("cohort", source, *options), self._on_line, self._on_end)
            self.say(_("Looking for studies..."))

    def cancel(self) -> None:
        """End the process at once; what it has written stays."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            self.say(_("Cancelled; Start goes on from there."))

    def open_summary(self) -> None:
        """Show the page of all studies in the user's browser."""
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self.summary)))

    def update(self) -> None:
        """Make the buttons available where they can do something, and let the others say why they cannot."""
        reason = self._reason_to_wait()
        grey = _("This is grey: {reason}")
        self.ui.batchStartButton.enabled = not reason
        self.ui.batchStartButton.toolTip = grey.format(reason=reason) if reason else self._start_tool_tip
        for edit in (self.ui.batchInputEdit, self.ui.batchOutputEdit):
            edit.enabled = not self.is_running
        self.ui.batchCancelButton.visible = self.ui.batchProgressBar.visible = self.is_running
        has_summary = bool(self.ui.batchOutputEdit.currentPath) and self.summary.is_file() and not self.is_running
        self.ui.batchSummaryButton.enabled = has_summary
        self.ui.batchSummaryButton.toolTip = (
            str(self.summary) if has_summary else grey.format(reason=_("The batch has not come to its end."))
        )
        self.ui.batchLabel.visible = bool(self.ui.batchLabel.text)

    def say(self, sentence: str) -> None:
        self.ui.batchLabel.text = breakable(sentence)
        self.update()

    def _reason_to_wait(self) -> str:
        source, output = self.ui.batchInputEdit.currentPath, self.ui.batchOutputEdit.currentPath
        if self.is_running:
            return _("The batch is running.")
        if not source or not Path(source).is_dir():
            return _("Choose the folder that holds the studies.")
        if not output:
            return _("Choose the folder that the results go into.")
        return ""

    @staticmethod
    def _require_packages() -> None:
        sentence = packages.missing_sentence()
        if sentence:
            raise packages.InstallError(sentence)
        packages.ensure("jinja2")

    def _forget(self) -> None:
        """Forget the run before."""
        self._clock = _Clock(0)
        self._failed, self._study, self._is_complete = 0, "", False
        self.ui.batchProgressBar.maximum = self.ui.batchProgressBar.value = 0
        self.ui.batchLabel.toolTip = ""

    def _on_line(self, line: bytes) -> None:
        """Take an event of the command; :mod:`CCFNetCore.progress` says which there are."""
        match _event(line):
            case {"event": "start", "done": int(done), "failed": int(failed), "total": int(total)}:
                self._clock = _Clock(done)
                self._count(done, failed, total)
            case {"event": "reading", "name": str(name)}:
                self._study = _("reading {name}").format(name=_short(name))
            case {
                "event": "study",
                "name": str(name),
                "done": int(done),
                "failed": int(failed),
                "total": int(total),
                **more,
            }:
                self._study = _("last was {name}").format(name=_short(name))
                self._count(done, failed, total)
                if "reason" in more:
                    self.ui.batchLabel.toolTip = str(more["reason"])
            case {"event": "end"}:
                self._is_complete = True
            case _:
                return
        self._show()

    def _count(self, done: int, failed: int, total: int) -> None:
        """Take how many studies are done, and have failed; those of earlier runs as well."""
        self.ui.batchProgressBar.maximum, self.ui.batchProgressBar.value = total, done
        self._failed = failed

    def _show(self) -> None:
        bar = self.ui.batchProgressBar
        time_left = self._clock.left(bar.value, bar.maximum)
        left = _("about {time} left").format(time=time_left) if time_left else ""
        self.say("; ".join(filter(None, (self._words(), left, self._study))))

    def _words(self) -> str:
        bar = self.ui.batchProgressBar
        sentence = _("{done} of {total} done, {failed} failed")
        return sentence.format(done=bar.value, total=bar.maximum, failed=self._failed)

    def _on_end(self, exit_code: int | None) -> None:
        process, self.process = self.process, None
        if exit_code is None:
            self.say(_("The batch could not be started: Slicer's Python was not found."))
        elif self._is_complete:
            nothing = _("nothing was left to read, {failed} failed").format(failed=self._failed)
            self.say(_("Finished: {words}.").format(words=self._words() if self._study else nothing))
        else:
            logging.info("CCF-Net: the batch ended; its last words: %s", process.last_words)
            words = process.last_words.strip().splitlines() or [_("The batch ended unexpectedly; Start goes on.")]
            self.say(words[-1].removeprefix("ccfnet: "))


class _Clock:
    """Tells how long the rest will take, from the studies that were read while it ran."""

    def __init__(self, done: int) -> None:
        self._done, self._started = done, time.monotonic()

    def left(self, done: int, total: int) -> str:
        """Such as "12 min"; empty as long as there is nothing to go by, and at the end."""
        if done == self._done or done == total:
            return ""
        minutes = (time.monotonic() - self._started) / (done - self._done) * (total - done) / 60
        if minutes < 1:
            return _("1 min")
        if minutes < 60:
            return _("{minutes:.0f} min").format(minutes=minutes)
        return _("{hours:.0f} h {minutes:.0f} min").format(hours=minutes // 60, minutes=minutes % 60)


def _event(line: bytes) -> Any:
    """What a line of the command says; None where it is no event, which goes to the log."""
    try:
        return json.loads(line)
    except ValueError:
        logging.info("CCF-Net: the batch wrote something that is no event: %r", line[:200])
        return None


def _short(name: str) -> str:
    """A study's name without the middle of a long one."""
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}...{name[-half:]}"


def _command(*arguments: str) -> list[str]:
    """The core's command line."""
    return python_command("from CCFNetCore.cli import main; sys.exit(main())", *arguments)
