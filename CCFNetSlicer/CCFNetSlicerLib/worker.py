"""The process that runs the network, so that torch never enters the application's own process.

It is asked on its standard input and answers on its standard output, one JSON object a line. A request names its
number, what to do and the volume::

    {"request": 1, "do": "detect", "volume": {...}, "device": "auto", "model": "default"}
    {"request": 2, "do": "read", "places_lps_mm": {"L4": [0, 10, -20]}, "volume": {...}, ...}
    {"request": 3, "do": "report", "result": {...}, "file": "report.html", "volume": {...}, ...}

A reply names the number of its request and has one of: ``progress`` (0 to 1) with ``step`` in words, ``result``
(ccfnet-result/1), ``structures`` (as in a result), ``written`` (a file; see :mod:`.writing`), or ``error`` (one
sentence). ``notice`` may stand beside a result.
The volume's voxels are in a NumPy file, so that they come over as they are. The process stays, with its network and
its last volume ready, until its input ends.
"""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from .writing import WRITERS

if TYPE_CHECKING:
    from CCFNetCore.detector import Analysis, Detector
    from CCFNetCore.images.volume import Volume

Message = dict[str, Any]

_LOADED = 0.05
"""Share of the progress that PyTorch and the weights take."""


def main() -> None:
    """Serve requests until the input ends."""
    Worker(_take_output()).serve(_requests(sys.stdin))


class Worker:
    """Answers requests, one after the other.

    Parameters
    ----------
    output : text file
        Where the replies go.
    """

    def __init__(self, output: TextIO) -> None:
        self.output = output
        self.detectors: dict[tuple[str, str], Detector] = {}
        self.analysis: Analysis | None = None
        self.analysed: tuple | None = None

    def serve(self, requests: Iterator[Message]) -> None:
        """Answer each request; whatever goes wrong with one is its reply, and the next one is served."""
        for request in requests:
            try:
                self._reply(request, **self._answer(request))
            except Exception as error:
                self._reply(request, error=_sentence(error))

    def _answer(self, request: Message) -> Message:
        if request["do"] == "detect":
            notice = self._analyse(request)
            return {"result": self.analysis.result.to_dict()} | ({"notice": notice} if notice else {})
        if request["do"] == "read":
            if self.analysed != _what_is_analysed(request):
                self._analyse(request)
            from dataclasses import asdict

            return {"structures": [asdict(s) for s in self.analysis.read_at(request["places_lps_mm"])]}
        if request["do"] in WRITERS:
            return {"written": os.fspath(WRITERS[request["do"]](request, _read_volume(request["volume"])))}
        raise ValueError(f"There is no request {request['do']!r}.")

    def _analyse(self, request: Message) -> str | None:
        """Run the network on the request's volume; on the CPU if the graphics memory does not suffice."""
        self._report(request, 0.0, "Loading PyTorch")
        import torch

        try:
            self._analyse_on(request, request["device"])
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
            self._analyse_on(request, "cpu")
            return "The graphics processor has too little free memory; the volume was read on the CPU."
        return None

    def _analyse_on(self, request: Message, device: str) -> None:
        self._report(request, _LOADED / 2, "Loading the weights")
        detector = self._detector(request["model"], device)
        self.analysed = None
        self.analysis = detector.analyse(
            _read_volume(request["volume"]),
            report=lambda done, step: self._report(request, _LOADED + (1 - _LOADED) * done, step),
        )
        self.analysed = _what_is_analysed(request)

    def _detector(self, model: str, device: str) -> "Detector":
        if (model, device) not in self.detectors:
            from CCFNetCore import load_detector

            self.detectors[model, device] = load_detector(model, device)
        return self.detectors[model, device]

    def _report(self, request: Message, done: float, step: str) -> None:
        self._reply(request, progress=done, step=step)

    def _reply(self, request: Message, **values: Any) -> None:
        self.output.write(json.dumps({"request": request.get("request"), **values}) + "\n")
        self.output.flush()


def _take_output() -> TextIO:
    """The real standard output for replies alone; whatever else prints goes to the error output."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _requests(lines: TextIO) -> Iterator[Message]:
    """Requests as they come.

    The input is read beside the work: when it ends, the application is gone or wants no more, and the process ends
    at once, even in the middle of a volume.
    """
    waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def listen() -> None:
        for line in lines:
            try:
                request = json.loads(line)
            except json.JSONDecodeError:
                print(f"Not a request: {line!r}", file=sys.stderr)
                continue
            if isinstance(request, dict):
                waiting.put(request)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield waiting.get()


def _read_volume(described: Message) -> "Volume":
    import numpy as np

    from CCFNetCore.images.volume import Volume

    return Volume(
        name=described["name"],
        array=np.load(described["file"]),
        spacing_mm=tuple(described["spacing_mm"]),
        origin_lps_mm=tuple(described["origin_lps_mm"]),
        direction=np.array(described["direction"]),
        series_instance_uid=described.get("series_instance_uid"),
    )


def _what_is_analysed(request: Message) -> tuple:
    return request["volume"], request["device"], request["model"]


def _sentence(error: Exception) -> str:
    """What a user can read; the traceback goes to the application's log."""
    if type(error).__module__ != "CCFNetCore.errors":
        traceback.print_exc()
    if isinstance(error, ModuleNotFoundError):
        return f"The Python package '{error.name}' is missing; install it in the section Packages."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, MemoryError):
        return "There is too little memory to read this volume."
    return str(error) or type(error).__name__
