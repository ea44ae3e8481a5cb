"""What can rightly come of an input, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Read:
    """Points lie where the anatomy is.

    Attributes
    ----------
    within_mm : float
        From the points of the clean study.
    found : int
        So many structures at least have the state "found".
    warns, notes : str
        Regular expressions, whatever the case of letters, that the result's warnings, or its notes and warnings, match.
    quiet : bool
        Nothing is odd, so that there are no warnings at all.
    millimetres : bool
        Whether there are positions in the patient; where the size of pixels is unknown there are indices alone.
    """

    within_mm: float = 1.5
    found: int = 11
    warns: str = ""
    notes: str = ""
    quiet: bool = False
    millimetres: bool = True


@dataclass(frozen=True)
class Refused:
    """One sentence on stderr that names the input, a file or a series, and says what is odd: a regular expression."""

    says: str
    exit_code: int = 1
    names_input: bool = True


@dataclass(frozen=True)
class Unsure:
    """A result that nobody can take for a good one: no structure "found", or a warning that matches.

    Only here may points lie anywhere.
    """

    warns: str


@dataclass(frozen=True)
class Some:
    """So many inputs or studies read, each within so many millimetres, and so many failed, for this reason.

    The reasons of ``predict`` stand on stderr, those of ``cohort`` in a table.
    """

    read: int
    failed: int = 0
    says: str = ""
    within_mm: float = 1.5


@dataclass(frozen=True)
class Listed:
    """The list of a folder's series matches a regular expression."""

    shows: str


@dataclass(frozen=True)
class Either:
    """Any of several outcomes is right."""

    outcomes: tuple

    def __init__(self, *outcomes: "Read | Refused | Unsure | Some") -> None:
        object.__setattr__(self, "outcomes", outcomes)
