"""Results from their JSON files to files of another form."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from ..errors import CCFNetError, UsageError
from ..measurements import measure
from ..result import Result
from ..whole_file import whole_file
from .csv_table import write_csv

Form = Literal["csv", "json", "mrk.json", "dicom-sr"]

ENDINGS: dict[Form, str] = {"csv": ".csv", "json": ".json", "mrk.json": ".mrk.json", "dicom-sr": ".dcm"}
"""The forms, and what their files' names end with."""


def export(
    files: Sequence[Path], form: Form, output: Path, dicom: Path | None = None
) -> Iterator[Path | str | CCFNetError]:
    """Write results in another form, and yield each file that was written and each error as it comes.

    A sentence about a file that was written, which a user should know of, follows it.

    Parameters
    ----------
    files : sequence of Path
        Result JSON files. A table takes them all; of the other forms each result gets a file.
    form : Form
    output : Path
        A file if its name ends as the form's files do, otherwise a folder, which is made if need be.
    dicom : Path, optional
        Folder with the series that the results were read from; a DICOM report needs it.

    Raises
    ------
    UsageError
        If several results would go to one file, or a DICOM report is wanted without its series.
    """
    if form == "dicom-sr" and dicom is None:
        raise UsageError("A DICOM report needs the series that was read: name its folder with --dicom.")
    if form == "csv":
        yield from _export_table(files, _target(output, form, "results"))
        return
    targets = [_target(output, form, file.name.removesuffix(".json")) for file in files]
    if len(set(targets)) < len(targets):
        raise UsageError(f"{output}: several results would be written to one file; choose an output folder each.")
    for file, target in zip(files, targets, strict=True):
        try:
            result = Result.read(file)
            with whole_file(target) as partial:
                sentence = _write(result, form, partial, dicom)
            yield target
            if sentence:
                yield f"{target}: {sentence}"
        except CCFNetError as error:
            yield error


def _target(output: Path, form: Form, name: str) -> Path:
    if output.name.endswith(ENDINGS[form]):
        return output
    output.mkdir(parents=True, exist_ok=True)
    return output / f"{name}{ENDINGS[form]}"


def _export_table(files: Sequence[Path], target: Path) -> Iterator[Path | CCFNetError]:
    results = []
    for file in files:
        try:
            results.append(Result.read(file))
        except CCFNetError as error:
            yield error
    with whole_file(target) as partial:
        write_csv(results, partial)
    yield target


def _write(result: Result, form: Form, file: Path, dicom: Path | None) -> str | None:
    """Write one file, and return what a user should know of it."""
    if form == "dicom-sr":
        from .dicom_sr import left_empty_sentence, write_report

        left_empty = write_report(result, dicom, file)
        return left_empty_sentence(left_empty) if left_empty else None
    if form == "mrk.json":
        from .slicer_markups import write_markups

        write_markups(result, file)
    else:
        _write_json(result, file)
    return None


def _write_json(result: Result, file: Path) -> None:
    """The result with what is estimated from its points."""
    values = {**result.to_dict(), "measurements": [asdict(measurement) for measurement in measure(result)]}
    file.write_text(json.dumps(values, indent=1, allow_nan=False) + "\n", encoding="utf-8")
