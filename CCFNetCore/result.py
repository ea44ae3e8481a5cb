"""What the detector found, as plain data, and its JSON form ``ccfnet-result/1``."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from .anatomy import NAMES, Kind
from .errors import InputError
from .kinds import is_of
from .whole_file import whole_file

SCHEMA = "ccfnet-result/1"

State = Literal["found", "uncertain", "outside"]
PlacedBy = Literal["network", "hand"]
Label = Literal["normal", "abnormal"]
Triple = tuple[float, float, float]

_SHARES = ("confidence", "name_confidence", "abnormal_probability", "numbering_confidence")
"""Fields whose values are 0..1."""


@dataclass(frozen=True)
class Structure:
    """One vertebra or disc.

    Attributes
    ----------
    name, kind
        As in :data:`CCFNetCore.anatomy.LEVELS`.
    state : "found", "uncertain" or "outside"
        Outside: not in the picture. Where the model is calibrated for both confidences, what the network placed is
        found only if each of them is at least 0.9.
    position_lps_mm : tuple of float or None
        Left, posterior, superior; None where the structure is outside or the picture's millimetres are unknown.
    index_ijk : tuple of float or None
        The same place in the input's own voxel grid, continuous; column, row, 0 for a single picture. Of a file
        whose grid is left-handed k counts as the file does; Slicer turns most such grids round when it loads them
        (5.11: NIfTI, MetaImage, NRRD), so that its k is the number of slices less one, less this one.
    confidence : float
        0..1. Where the model is calibrated for it, the probability that the point lies within 6 mm of the structure
        that bears this name; of a model that is not, and at a place chosen by hand, the height of the heat map.
    abnormal_probability : float or None
        0..1; None where the structure is outside, or was not read: vertebrae in T1 pictures are not.
    label : "normal", "abnormal" or None
    placed_by : "network" or "hand"
        Who put it there; what stands at a place chosen by hand is still the network's reading.
    name_confidence : float or None
        0..1, the probability that the point's name is right: that it lies on the structure that bears this name.
        None where the structure is outside or was placed by hand, or where the model does not tell.
    """

    name: str
    kind: Kind
    state: State
    position_lps_mm: Triple | None
    index_ijk: Triple | None
    confidence: float
    abnormal_probability: float | None
    label: Label | None
    placed_by: PlacedBy = "network"
    name_confidence: float | None = None

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Structure":
        """A structure from its part of the JSON form."""
        return _known(cls, values)


@dataclass(frozen=True)
class Numbering:
    """The second-best naming of the same points.

    Attributes
    ----------
    shift_levels : int
        How many levels further down (positive) or up its names lie, such as 1 where L4 would be L5.
    support : float
        How well the network's maps support it, where 1 is as well as the names that were given.
    """

    shift_levels: int
    support: float


@dataclass(frozen=True)
class Input:
    """What was read: size and spacing in the order i, j, k of the input's voxel grid; spacing None if unknown.

    One DICOM series may hold several stacks; ``series`` names the one that was read, as ``ccfnet series`` lists it.
    """

    name: str
    size: tuple[int, int, int]
    spacing_mm: Triple | None
    series_instance_uid: str | None = None
    series: str | None = None


@dataclass(frozen=True)
class Model:
    """Which weights were used: a name, and the SHA256 of their file."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Result:
    """Everything that is known of one input; structures head to foot.

    Attributes
    ----------
    input : Input
    model : Model
    structures : tuple of Structure
    warnings, notes : tuple of str
        What makes the result doubtful, and what a user should know of how it came about, in sentences.
    second_numbering : Numbering or None
        None where there is too little to tell, or a reader chose the names.
    numbering_confidence : float or None
        0..1, the probability that the names as a whole are right. None where a reader chose the names, or where the
        model does not tell.

    Raises
    ------
    InputError
        If a value is not of the kind that its field says, a number is infinite or undefined, or a share is not 0..1.
    """

    input: Input
    model: Model
    structures: tuple[Structure, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    second_numbering: Numbering | None = None
    numbering_confidence: float | None = None

    def __post_init__(self) -> None:
        parts = {"the whole": self, "input": self.input, "model": self.model, "numbering": self.second_numbering}
        for name, part in (*parts.items(), *((structure.name, structure) for structure in self.structures)):
            if part is not None and not _is_sound(part):
                raise InputError(f"Not a sound CCF-Net result (a value of {name} is of the wrong kind).")

    @property
    def tells_of_names(self) -> bool:
        """Whether any structure has a confidence of its name."""
        return any(structure.name_confidence is not None for structure in self.structures)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form as a dictionary."""
        return {"schema": SCHEMA, **asdict(self)}

    def write(self, file: Path) -> None:
        """Write the JSON form; the file appears whole or not at all."""
        with whole_file(file) as partial:
            partial.write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Result":
        """The reverse of :meth:`to_dict`; keys it does not know are passed over.

        Raises
        ------
        InputError
            If the dictionary is not of the schema.
        """
        schema = values.get("schema") if isinstance(values, dict) else None
        if schema != SCHEMA:
            raise InputError(f"Not a CCF-Net result: its schema is {schema!r}, not {SCHEMA!r}.")
        try:
            result = cls(
                input=_known(Input, values["input"]),
                model=_known(Model, values["model"]),
                structures=tuple(map(Structure.from_dict, values["structures"])),
                warnings=_hashable(values["warnings"]),
                notes=_hashable(values.get("notes", ())),
                second_numbering=_known(Numbering, second) if (second := values.get("second_numbering")) else None,
                numbering_confidence=values.get("numbering_confidence"),
            )
        except (KeyError, TypeError) as error:
            raise InputError(f"Not a complete CCF-Net result ({error}).") from error
        if tuple(structure.name for structure in result.structures) != NAMES:
            raise InputError("Not a complete CCF-Net result (its structures are not the eleven from head to foot).")
        return result

    @classmethod
    def read(cls, file: Path) -> "Result":
        """A result from its JSON file.

        Raises
        ------
        InputError
            If the file cannot be read or is not of the schema.
        """
        try:
            text = Path(file).read_text(encoding="utf-8")
            return cls.from_dict(json.loads(text, parse_constant=_refuse_constant))
        except InputError as error:
            raise InputError(f"{file}: {error}") from error
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{file}: cannot be read as a result ({error}).") from error


def _is_sound(part: Any) -> bool:
    """Whether values are of the kinds that the fields say; those of a file, or of a damaged network, need not be."""
    shares = [getattr(part, name, None) for name in _SHARES]
    are_of_kinds = all(is_of(field.type, getattr(part, field.name)) for field in fields(part))
    return are_of_kinds and all(0 <= share <= 1 for share in shares if share is not None)


def _known(kind: type, values: dict[str, Any]) -> Any:
    """A dataclass from those values that it has fields for."""
    if not isinstance(values, dict):
        raise TypeError(f"no {kind.__name__.lower()}")
    return kind(**{key: _hashable(value) for key, value in values.items() if key in kind.__dataclass_fields__})


def _hashable(value: Any) -> Any:
    """Lists become tuples, so that results compare equal."""
    return tuple(value) if isinstance(value, list) else value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
