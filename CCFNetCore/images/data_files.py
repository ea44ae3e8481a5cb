"""The voxels that a header of text, MetaImage's or NRRD's, names: in its own file or in others, in one or in parts."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import InputError

_NUMBER_IN_NAME = re.compile(r"(%0?\d?d)")
_MOST_FILES = 10_000
_LONGEST_NAME = 100

ReadPart = Callable[[Path, tuple[int, ...]], np.ndarray]
"""Reads so many voxels (i, j, k) of a file."""


def data_files(path: Path, named: str, lines_after: list[str]) -> list[Path]:
    """The files that hold the voxels.

    Parameters
    ----------
    path : Path
        Of the header; the others lie beside it.
    named : str
        A file, ``LOCAL``, ``LIST``, or a pattern with its first and last number and its step.
    lines_after : list of str
        What follows the header: a list's names.

    Raises
    ------
    InputError
        If none are named, or one is not there.
    """
    if named == "LOCAL":
        return [path]
    names = [named]
    if named.split()[:1] == ["LIST"]:
        names = [line.strip() for line in lines_after if line.strip()]
    elif _NUMBER_IN_NAME.search(named):
        names = _numbered(named)
    files = [path.parent / name for name in names]
    if not files:
        raise InputError(f"{path}: its header is damaged; it does not name the files of its voxels.")
    for name, file in zip(names, files, strict=True):
        if not file.is_file():
            raise InputError(f"{path}: the file {name[:_LONGEST_NAME]!r} with its voxels is not there.")
    return files


def _numbered(named: str) -> list[str]:
    """The names that a pattern stands for; none if it is damaged."""
    pattern, *numbers = named.split()
    try:
        first, last, step = map(int, numbers[:3])
        counted = range(first, last + 1, step)[:_MOST_FILES]
    except ValueError:
        return []
    before, text, after = _NUMBER_IN_NAME.split(pattern, maxsplit=1)
    return [f"{before}{text % number}{after}" for number in counted]


def read_parts(path: Path, files: list[Path], size: tuple[int, ...], read_part: ReadPart) -> np.ndarray:
    """The voxels (k, j, i) of one file or of several, each of which holds as many slices as the others.

    Raises
    ------
    InputError
        If they cannot be read, or are too few.
    """
    i, j, k = size
    if k % len(files):
        raise InputError(f"{path}: its header is damaged; it names {len(files)} files for {k} slices.")
    parts = [read_part(file, (i, j, k // len(files))) for file in files]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
