"""Files that the worker writes of a result: the page for its reader, the DICOM report, an example to train on.

Each writer takes the request, with the result and what it needs beside it, and the volume, and returns the file and
what a user should know of it, empty if nothing. It runs in the worker's process, for drawing pictures takes longer than
a window may stand still.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .request import Request, part

if TYPE_CHECKING:
    from CCFNetCore.images.volume import Volume
    from CCFNetCore.result import Result

Written = tuple[Path, str]


def _write_page(request: Request, volume: "Volume") -> Written:
    from CCFNetCore.report import render_report
    from CCFNetCore.whole_file import whole_file

    file = _file(request)
    with whole_file(file) as partial:
        partial.write_text(render_report(_result(request), volume), encoding="utf-8")
    return file, ""


def _write_dicom_report(request: Request, _volume: "Volume") -> Written:
    from CCFNetCore.export.dicom_sr import left_empty_sentence, write_report_of_files

    file = _file(request)
    images = [Path(image) for image in part(request, "images", list)]
    left_empty = write_report_of_files(_result(request), images, file)
    return file, left_empty_sentence(left_empty) if left_empty else ""


def _write_training_example(request: Request, volume: "Volume") -> Written:
    from CCFNetCore.export.training_example import write_training_example

    folder = Path(part(request, "folder", str))
    return write_training_example(_result(request), volume, folder, request.get("patient_id")), ""


def _result(request: Request) -> "Result":
    from CCFNetCore.result import Result

    return Result.from_dict(part(request, "result", dict))


def _file(request: Request) -> Path:
    return Path(part(request, "file", str))


WRITERS: dict[str, Callable[[Request, "Volume"], Written]] = {
    "report": _write_page,
    "dicom-report": _write_dicom_report,
    "training-example": _write_training_example,
}
