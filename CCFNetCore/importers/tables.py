"""Reads tables: CSV files with a header."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..errors import InputError
from .landmarks_file import NOT_OF_THE_FORM

Row = TypeVar("Row")


def read_table(file: Path, parse: Callable[[dict[str, str]], Row]) -> list[Row]:
    """The rows of a CSV file with a header, each through ``parse``.

    Raises
    ------
    InputError
        If the file cannot be read or is another table.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            return [parse(row) for row in csv.DictReader(opened)]
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}).") from error
    except (*NOT_OF_THE_FORM, csv.Error) as error:
        raise InputError(f"{file}: not the table of that name in this data set ({error!r}).") from error
