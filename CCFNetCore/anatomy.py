"""The eleven structures that CCF-Net reads, head to foot, and how they lie to one another."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["vertebra", "disc"]


@dataclass(frozen=True)
class Level:
    """One named structure of the lumbar spine.

    Attributes
    ----------
    name : str
    kind : "vertebra" or "disc"
    code, meaning : str
        SNOMED CT code and its meaning, from DICOM PS3.16, context groups 7603 and 7604.
    """

    name: str
    kind: Kind
    code: str
    meaning: str


LEVELS: tuple[Level, ...] = (
    Level("T12-L1", "disc", "76206002", "T12/L1 disc"),
    Level("L1", "vertebra", "66794005", "L1 vertebra"),
    Level("L1-L2", "disc", "80064006", "L1/L2 disc"),
    Level("L2", "vertebra", "14293000", "L2 vertebra"),
    Level("L2-L3", "disc", "67459009", "L2/L3 disc"),
    Level("L3", "vertebra", "36470004", "L3 vertebra"),
    Level("L3-L4", "disc", "62551000", "L3/L4 disc"),
    Level("L4", "vertebra", "11994002", "L4 vertebra"),
    Level("L4-L5", "disc", "84020006", "L4/L5 disc"),
    Level("L5", "vertebra", "49668003", "L5 vertebra"),
    Level("L5-S1", "disc", "715056000", "L5/S1 disc"),
)
"""All structures head to foot; every array with a structure axis is in this order."""

STRUCTURES_PER_LEVEL = 2
"""One level up or down is a vertebra and a disc in :data:`LEVELS`."""

NAMES: tuple[str, ...] = tuple(level.name for level in LEVELS)
COUNT = len(LEVELS)


def index_of(name: str) -> int:
    """Place of a structure in :data:`LEVELS`.

    Raises
    ------
    ValueError
        If no structure has that name.
    """
    if name not in NAMES:
        raise ValueError(f"Unknown structure {name!r}; known are {', '.join(NAMES)}.")
    return NAMES.index(name)


def indices_of(kind: Kind) -> list[int]:
    """Places of all vertebrae, or of all discs, head to foot."""
    return [index for index, level in enumerate(LEVELS) if level.kind == kind]
