"""A case: how its input is made, what is asked, and what is right."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .outcome import Either, Listed, Read, Refused, Some, Unsure

Build = Callable[[Path], Path | list[Path]]
"""Makes an input, or several, in an empty folder; results will go to ``out`` there."""

UNMOVED = np.eye(4)

CLEAN = "phantom"


class NotHereError(Exception):
    """What a case needs is not on this machine; its text says what."""


@dataclass(frozen=True, eq=False)
class Case:
    """One input and its one right outcome.

    Attributes
    ----------
    name : str
    build : Build
    outcome
        See :mod:`hard.outcome`.
    source : str
        Public thread in which users met the situation.
    command, options : str, tuple of str
        Of ``ccfnet``.
    moves : tuple of numpy.ndarray
        (4, 4) each: where the case's patient lies, from where the clean one does, in LPS millimetres. Several, where
        each of several is right, but no mixture.
    clean : str
        Whose points are right: the phantom's, or those of a real volume, by name.
    """

    name: str
    build: Build
    outcome: Read | Refused | Unsure | Some | Listed | Either
    source: str = ""
    command: str = "predict"
    options: tuple[str, ...] = ()
    moves: tuple[np.ndarray, ...] = (UNMOVED,)
    clean: str = CLEAN

    def arguments(self, inputs: list[Path], output: Path) -> list[str]:
        """What is typed after ``ccfnet``."""
        where = [] if self.command == "series" else ["--output", str(output), "--device", "cpu"]
        return [self.command, *map(str, inputs), *where, *self.options]
