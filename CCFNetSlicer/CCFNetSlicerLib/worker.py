"""The process that runs the network, so that torch never enters the application's own process.

It is asked on its standard input and answers on its standard output, one JSON object a line. A request names its
number, what to do and the volume::

    {"request": 1, "do": "detect", "volume": {...}, "device": "auto", "model": "default"}
    {"request": 2, "do": "read", "places_lps_mm": {"L4": [0, 10, -20]}, "volume": {...}, ...}
    {"request": 3, "do": "report", "result": {...}, "file": "report.html", "volume": {...}, ...}

A reply names the number of its request and has one of: ``progress`` (0 to 1) with ``step`` in words, ``result``
(ccfnet-result/1), ``structures`` (as in a result), ``written`` (a file; see :mod:`.writing`), or ``error`` (one
sentence). ``notice``, one sentence, may stand beside a result or a file. A line that is no request is passed over.
The volume's voxels are in a NumPy file, so that they come over as they are. The process removes the file as soon as it
has read it and keeps the last volume: a request that describes the same one, with the same number for its ``voxels``,
may name a file that is gone. All its files begin with its one argument. It stays, with its network and its last volume
ready, until its input ends; what it has not read then, it removes.
"""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

from .handover import Inbox
from .request import Request, parse, part, places_in, volume_in
from .writing import WRITERS

if TYPE_CHECKING:
    from CCFNetCore.detector import Analysis, Detector
    from CCFNetCore.images.volume import Volume

_LOADED = 0.05
"""Share of the progress that PyTorch and the weights take."""


def main() -> None:
    """Serve requests until the input ends."""
    inbox = Inbox(sys.argv[1])
    Worker(_take_output(), inbox).serve(_requests(sys.stdin.buffer, inbox))


class Worker:
    """Answers requests, one after the other.

    Parameters
    ----------
    output : text file
        Where the replies go.
    inbox : Inbox
        Where the voxels come from.
    """

    def __init__(self, output: TextIO, inbox: Inbox) -> None:
        self.output, self.inbox = output, inbox
        self.detectors: dict[tuple[str, str], Detector] = {}
        self.volume: Volume | None = None
        self.described: dict[str, Any] | None = None
        self.analysis: Analysis | None = None
        self.analysed_by: tuple[str, str] | None = None

    def serve(self, requests: Iterator[Request]) -> None:
        """Answer each request; whatever goes wrong with one is its reply, and the next one is served."""
        for request in requests:
            try:
                self._reply(request, **self._answer(request))
            except Exception as error:
                self._reply(request, error=_sentence(error))

    def _answer(self, request: Request) -> dict[str, Any]:
        from CCFNetCore.errors import InputError

        do = part(request, "do", str)
        if do not in ("detect", "read", *WRITERS):
            raise InputError(f"There is no request {do!r}.")
        volume = self._volume(request)
        if do == "detect":
            self._analyse(request)
            notes = self._detector(request).processor.notes
            return {"result": self.analysis.result.to_dict()} | ({"notice": notes[0]} if notes else {})
        if do == "read":
            if self.analysed_by != _who_analyses(request):
                self._analyse(request)
            from dataclasses import asdict

            return {"structures": [asdict(s) for s in self.analysis.read_at(places_in(request))]}
        file, notice = WRITERS[do](request, volume)
        return {"written": os.fspath(file)} | ({"notice": notice} if notice else {})

    def _volume(self, request: Request) -> "Volume":
        """The request's volume: the one that is kept, or one that comes now and is kept from here on."""
        described = dict(part(request, "volume", dict))
        file = described.pop("file", None)
        if described == self.described and isinstance(file, str):
            self.inbox.remove(file)
            return self.volume
        # One volume at a time: they are large.
        self.volume = self.described = self.analysis = self.analysed_by = None
        self.volume = volume_in(request, self.inbox)
        self.described = described
        return self.volume

    def _analyse(self, request: Request) -> None:
        """Run the network on the volume that is kept."""
        self._report(request, 0.0, "Loading PyTorch")
        import torch  # noqa: F401

        self._report(request, _LOADED / 2, "Loading the weights")
        detector = self._detector(request)
        self.analysis = self.analysed_by = None
        self.analysis = detector.analyse(
            self.volume,
            report=lambda done, step: self._report(request, _LOADED + (1 - _LOADED) * done, step),
        )
        self.analysed_by = _who_analyses(request)

    def _detector(self, request: Request) -> "Detector":
        who = _who_analyses(request)
        if who not in self.detectors:
            from CCFNetCore import load_detector

            self.detectors[who] = load_detector(*who)
        return self.detectors[who]

    def _report(self, request: Request, done: float, step: str) -> None:
        self._reply(request, progress=done, step=step)

    def _reply(self, request: Request, **values: Any) -> None:
        self.output.write(json.dumps({"request": request.get("request"), **values}) + "\n")
        self.output.flush()


def _take_output() -> TextIO:
    """The real standard output for replies alone; whatever else prints goes to the error output."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _requests(lines: Iterable[bytes], inbox: Inbox) -> Iterator[Request]:
    """Requests as they come.

    The input is read beside the work: when it ends, the application is gone or wants no more, and the process ends
    at once, even in the middle of a volume; what was handed over and not read is removed.
    """
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()

    def listen() -> None:
        for line in lines:
            request = parse(line)
            if request is not None:
                waiting.put(request)
        inbox.empty()
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield waiting.get()


def _who_analyses(request: Request) -> tuple[str, str]:
    """Model and device."""
    return part(request, "model", str), part(request, "device", str)


def _sentence(error: Exception) -> str:
    """What a user can read; the traceback of what nobody foresaw goes to the application's log."""
    from CCFNetCore.unexpected import foreseen, named

    if isinstance(error, ModuleNotFoundError):
        return f"The Python package '{error.name}' is missing; install it in the section Packages."
    sentence = foreseen(error)
    if sentence is None:
        traceback.print_exc()
        sentence = f"The network's process met an unexpected error ({named(error)})."
    return sentence
