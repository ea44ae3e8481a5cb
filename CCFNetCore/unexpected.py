"""One sentence for whatever goes wrong, foreseen or not; what a sentence cannot say goes to a log file."""

import errno
import os
import re
import tempfile
import traceback
from pathlib import Path

from .errors import CCFNetError
from .whole_file import whole_file

_IN_PLAIN_WORDS = {errno.EEXIST: "is a file, but a folder is needed there"}
"""Of the system's reasons, those that say little here."""

_BEFORE_ITK_SPEAKS = re.compile(r".*ITK ERROR: (\w+\(0x\w+\): )?", re.DOTALL)
"""Where in its source something was raised, and by which object."""


def foreseen(error: BaseException) -> str | None:
    """The sentence for an error whose reason is known; None for any other, which is worth its traceback."""
    if isinstance(error, CCFNetError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"The Python package {error.name} is needed for this and is not installed."
    if _is_lack_of_memory(error):
        return "There is too little memory for this."
    if isinstance(error, OSError) and error.strerror:
        reason = _IN_PLAIN_WORDS.get(error.errno, error.strerror)
        return f"{os.fsdecode(error.filename)}: {reason}." if error.filename else f"{reason}."
    return None


def sentence_of(error: BaseException, log_file: Path | None = None) -> str:
    """What a user can read of an error; the traceback of one that nobody foresaw goes to a log file."""
    sentence = foreseen(error)
    if sentence is None:
        log = write_log(error, log_file)
        details = f"; the details are in {log}" if log else ""
        sentence = f"an unexpected error ({named(error)}){details}."
    return sentence


def named(error: BaseException) -> str:
    """The kind of an error and the gist of what it says, such as "ValueError: 3 is odd"."""
    said = gist(str(error))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def gist(text: str) -> str:
    """The first sentence of what a library says, without its full stop."""
    first_line = _BEFORE_ITK_SPEAKS.sub("", text).strip().partition("\n")[0]
    return first_line.partition(". ")[0].removesuffix(".")


def write_log(error: BaseException, file: Path | None = None) -> Path | None:
    """Write an error's traceback to a file, or to one in the system's temporary folder; None if neither can be had."""
    text = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
    for choose in (lambda: file, _file_of_temporary_folder):
        try:
            chosen = choose()
            if chosen is not None:
                with whole_file(chosen) as partial:
                    partial.write_bytes(text)
                return chosen
        except OSError:
            continue
    return None


def _file_of_temporary_folder() -> Path:
    descriptor, name = tempfile.mkstemp(prefix="ccfnet-", suffix=".error.log")
    os.close(descriptor)
    return Path(name)


def _is_lack_of_memory(error: BaseException) -> bool:
    # PyTorch has an error of its own where its processor's memory ends.
    return isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error)
