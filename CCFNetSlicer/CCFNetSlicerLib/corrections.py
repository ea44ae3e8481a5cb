"""Corrections that a reader makes to a result; each gives a new result, so that the one before stands for undo."""

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from CCFNetCore.result import Result, Structure

Position = tuple[float, float, float]

_NAMED_BY_HAND = {"second_numbering": None, "numbering_confidence": None}
"""What the network no longer tells of the names once they are a reader's."""


def placed(result: "Result", structures: "Iterable[Structure]") -> "Result":
    """The result with these structures in the place of those of the same names."""
    new = {structure.name: structure for structure in structures}
    return replace(result, structures=tuple(new.get(s.name, s) for s in result.structures))


def removed(result: "Result", names: "Iterable[str]") -> "Result":
    """The result with these structures reported as outside the picture, by hand."""
    gone = set(names)
    structures = tuple(_without_place(s) if s.name in gone else s for s in result.structures)
    return replace(result, structures=structures)


def shifted(result: "Result", levels: int) -> "Result":
    """The result with all names this many levels further down (positive) or up.

    Points whose new name lies beyond T12-L1 or L5-S1 are left out, and structures that no point stands for are
    outside. The readings are those of the old names until the places are read again.
    """
    from CCFNetCore.anatomy import STRUCTURES_PER_LEVEL

    step = levels * STRUCTURES_PER_LEVEL
    old = result.structures
    structures = []
    for index, structure in enumerate(old):
        source = old[index - step] if 0 <= index - step < len(old) else None
        if source is None or source.position_lps_mm is None:
            structures.append(_without_place(structure))
        else:
            structures.append(
                replace(source, name=structure.name, kind=structure.kind, placed_by="hand", name_confidence=None)
            )
    return replace(result, structures=tuple(structures), warnings=(), **_NAMED_BY_HAND)


def name_afterwards(name: str, before: "Result", after: "Result") -> str | None:
    """Name that a structure has after a correction; None where its name would lie beyond T12-L1 or L5-S1."""
    old, new = positions(before), positions(after)
    if name not in old:
        return name
    renamed = next((other for other, place in new.items() if place == old[name]), None)
    # Where nothing lies at its place, it was moved or taken away, unless another structure has its name now.
    return renamed or (name if new.get(name) not in old.values() else None)


def levels_to_name(old_name: str, new_name: str) -> int:
    """How many levels down all names must go for one structure to get another's name.

    Raises
    ------
    ValueError
        If one is a vertebra and the other a disc.
    """
    from CCFNetCore.anatomy import LEVELS, STRUCTURES_PER_LEVEL, index_of

    old, new = index_of(old_name), index_of(new_name)
    if LEVELS[old].kind != LEVELS[new].kind:
        raise ValueError(f"{old_name} is a {LEVELS[old].kind} and cannot be {new_name}.")
    return (new - old) // STRUCTURES_PER_LEVEL


def positions(result: "Result") -> dict[str, Position]:
    """Places of the structures that have one, LPS millimetres."""
    return {s.name: s.position_lps_mm for s in result.structures if s.position_lps_mm is not None}


def placed_by_hand(result: "Result") -> list[str]:
    """Names of the structures that a reader placed, named or took away."""
    return [s.name for s in result.structures if s.placed_by == "hand"]


def keep_hand_placed(new: "Result", old: "Result") -> "Result":
    """A new result of the same volume, with what the reader had placed by hand left as it was."""
    kept = placed(new, [s for s in old.structures if s.placed_by == "hand"])
    # Where every name is the reader's, what the network makes of its own is said of others.
    return replace(kept, **_NAMED_BY_HAND) if len(placed_by_hand(kept)) == len(kept.structures) else kept


def _without_place(structure: "Structure") -> "Structure":
    return replace(
        structure,
        state="outside",
        position_lps_mm=None,
        index_ijk=None,
        confidence=0.0,
        abnormal_probability=None,
        label=None,
        placed_by="hand",
        name_confidence=None,
    )
