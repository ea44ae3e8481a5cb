"""Ends a run between two steps when the user, or the machine, asks for it."""

import os
import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Within its ``with`` block, Ctrl-C or a request to terminate only sets :attr:`asked`; a second one ends at once.

    Attributes
    ----------
    asked : bool
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "Stopping":
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self.__exit__()


def leave_group(worker: int) -> None:
    """For a process that prepares data: what stops the group must not stop it, for the last step needs its data."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()
