"""The eleven structures that CCF-Net reads, head to foot, and how they lie to one another."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["vertebra", "disc"]


@dataclass(frozen=True)
class Level:
    """One named structure of the lumbar spine."""

    name: str
    kind: Kind


LEVELS: tuple[Level, ...] = (
    Level("T12-L1", "disc"),
    Level("L1", "vertebra"),
    Level("L1-L2", "disc"),
    Level("L2", "vertebra"),
    Level("L2-L3", "disc"),
    Level("L3", "vertebra"),
    Level("L3-L4", "disc"),
    Level("L4", "vertebra"),
    Level("L4-L5", "disc"),
    Level("L5", "vertebra"),
    Level("L5-S1", "disc"),
)
"""All structures head to foot; every array with a structure axis is in this order."""

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
