"""Files that appear whole or not at all, whenever the program is stopped and whoever else writes there."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """A path beside the file to write to; what was written takes the file's place when the block ends well.

    Otherwise it is deleted, and an error of the disk names the file.
    """
    # Not after the file: its name could be as long as the system allows, and two may write it at once.
    partial = file.with_name(f"{secrets.token_hex(8)}.partial")
    try:
        with naming(file, partial):
            yield partial
            os.replace(partial, file)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


@contextmanager
def naming(file: Path, partial: Path | None = None) -> Iterator[None]:
    """Let an error of the disk name the file where it names none, as that of a full disk, or its partial one."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(partial)):
            raise
        raise OSError(error.errno, error.strerror, str(file)) from error
