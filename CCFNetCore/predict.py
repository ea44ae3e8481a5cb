"""Reads the inputs of ``ccfnet predict`` one after the other; what is wrong with one does not keep the next."""

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CCFNetError, UsageError
from .images.source import input_name
from .progress import JsonProgress, Progress
from .result import Result
from .unexpected import sentence_of

if TYPE_CHECKING:
    from .detector import Detector


def run(options: Namespace) -> int:
    """Read the inputs of the command's options; returns how many of them failed.

    Raises
    ------
    UsageError
        If the results of several inputs would have one name.
    WeightsError
        If there is no such model.
    """
    names = [input_name(path) for path in options.inputs]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"several inputs are named {', '.join(doubled)}; choose an output folder each.")
    from .detector import load_detector

    detector = load_detector(options.model, options.device)
    options.output.mkdir(parents=True, exist_ok=True)
    progress = JsonProgress() if options.progress == "json" else _Tables()
    with progress.studies(len(names)):
        failed = [path for path in options.inputs if not _read(path, detector, options, progress)]
    progress.end()
    return len(failed)


class _Tables(Progress):
    """Prints each result as a table; of what failed, the error output tells."""

    def read(self, name: str, result: Result, file: Path) -> None:
        from .table import print_result

        print_result(result)
        print(f"Written: {file}")


def _read(path: Path, detector: "Detector", options: Namespace, progress: Progress) -> bool:
    """Read one input, and whatever goes wrong with it, say so in a sentence; returns whether all went well."""
    name = input_name(path)
    file = options.output / f"{name}.json"
    progress.begin(name)
    try:
        result = detector.detect(path, options.series, partial(progress.step, name))
        result.write(file)
    except BrokenPipeError:
        # Whoever read the progress has gone.
        raise
    except Exception as error:
        is_own = isinstance(error, CCFNetError)
        reason = str(error) if is_own else f"{path}: {sentence_of(error, file.with_suffix('.error.log'))}"
        print(f"ccfnet: {reason}", file=sys.stderr)
        progress.failed(name, reason)
        return False
    progress.read(name, result, file)
    return True
