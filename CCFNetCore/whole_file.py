"""Files that appear whole or not at all, whenever the program is stopped."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """A path beside the file to write to; what was written takes the file's place when the block ends well."""
    partial = file.with_name(f"{file.name}.partial")
    yield partial
    os.replace(partial, file)
