"""Runs one case as the command line does, and judges it."""

import ctypes
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pydicom import config

from . import cases
from .case import Case, NotHereError
from .judge import Run, Verdict, judge
from .truth import truth_of


def keep_detector() -> None:
    """Let this process load each model once; the command itself is the real one."""
    from CCFNetCore import detector

    kept = cache(detector.load_detector)
    detector.load_detector = lambda weights="default", device="auto": kept(weights, device)


def handle(name: str, on_start: Callable[[int], None] = lambda inputs: None, folder: Path | None = None) -> Verdict:
    """Build a case, run it and judge it; in this folder, or in one that is deleted again."""
    if folder is None:
        with TemporaryDirectory(prefix="hard-", ignore_cleanup_errors=True) as temporary:
            return handle(name, on_start, Path(temporary))
    case = cases.CASES[name]
    try:
        truth = truth_of(case.clean) if case.clean else None
        inputs = _build(case, folder)
    except NotHereError as error:
        return Verdict("skipped", (str(error),))
    except Exception as error:
        return Verdict("wrong", (f"case: its input cannot be built ({type(error).__name__}: {error})",))
    on_start(len(inputs))
    return judge(case, run(case, inputs, folder), truth)


def _build(case: Case, folder: Path) -> list[Path]:
    """The case's inputs, however little DICOM allows what is written there."""
    before = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            built = case.build(folder)
    finally:
        config.settings.writing_validation_mode = before
    return built if isinstance(built, list) else [built]


def run(case: Case, inputs: list[Path], folder: Path) -> Run:
    """Run a case's command in this process."""
    from CCFNetCore.cli import main

    output = folder / "out"
    begin = time.monotonic()
    # Warnings are shown once a process; on the way into this block that is forgotten.
    with captured(folder) as streams, warnings.catch_warnings():
        exit_code = _exit_code(main, case.arguments(inputs, output))
    return Run(tuple(inputs), exit_code, *streams, time.monotonic() - begin, output)


def _exit_code(main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """What the process would have ended with."""
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 1


@contextmanager
def captured(folder: Path) -> Iterator[list[str]]:
    """What is written to stdout and stderr meanwhile, by Python or any library, is in the list at the end."""
    texts: list[str] = []
    files = [folder / ".stdout", folder / ".stderr"]
    kept = [os.dup(1), os.dup(2)]
    for number, file in enumerate(files, start=1):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, number)
        os.close(descriptor)
    try:
        yield texts
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        ctypes.CDLL(None).fflush(None)
        for number, descriptor in enumerate(kept, start=1):
            os.dup2(descriptor, number)
            os.close(descriptor)
        texts += [file.read_text(encoding="utf-8", errors="replace") for file in files]
