"""Waiting with the event loop running, and measuring how long it stood still."""

import time
from collections.abc import Callable

from PySide6 import QtCore

from .views import process_events


def wait_until(condition: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    """Run the event loop until the condition holds; returns True.

    Raises
    ------
    TimeoutError
        If it does not in time.
    """
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not so within {timeout_s:g} s: {condition}")
        process_events(10)
        time.sleep(0.001)
    return True


class GuiBlockMeter:
    """Context manager: how long the window did not answer.

    Attributes
    ----------
    longest_ms : float
        The longest time between two ticks of a timer that should tick every 5 ms.
    """

    INTERVAL_MS = 5

    def __enter__(self) -> "GuiBlockMeter":
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(self.INTERVAL_MS)
        return self

    def __exit__(self, *_error) -> None:
        self._timer.stop()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, 1000 * (now - self._last))
        self._last = now
