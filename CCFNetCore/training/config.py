"""What a training run is made of."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path

from ..errors import InputError
from .augment import Placing

IMAGENET = "imagenet"
DEFAULT_PLACING = Placing(size=(368, 256), turn_degrees=12.0, zoom=0.2, wander=0.15)


@dataclass(frozen=True)
class TrainingConfig:
    """What a run is made of; every field can stand in the config file.

    Attributes
    ----------
    trunk, context
        As for :class:`~CCFNetCore.network.CCFNet`.
    folds, held_out_fold
        Patients of the held-out fold are not trained on.
    dataset_weights : dict
        How much oftener than others an example of a data set is seen, by the name of its folder.
    gradings : list of str
        Other questions than normal or abnormal whose grades are learned as if they were that one, by name.
    frame_pixel_mm : float
        Size of a pixel of the network's frame.
    placing : Placing
        How pictures are cut at random.
    other_scanners : float
        Share of the pictures that are changed to look as from another scanner, sequence or archive.
    steps, batch, learning_rate, weight_decay
        AdamW under one learning-rate cycle.
    phantoms : int
        How many drawn studies are mixed in; they make up ``phantom_share`` of the examples seen.
    offset_weight, reading_weight : float
        Weights of these losses beside the heat's.
    start_from : str or None
        Model file whose weights the run starts from, or "imagenet" for a trunk trained on ImageNet's photographs
        (efficientnet-lite0 alone); random weights if None.
    seed : int
        The same seed gives the same run on the CPU.
    checkpoint_every, log_every : int
        In steps.
    """

    trunk: str = "resnet18"
    context: bool = True
    folds: int = 4
    held_out_fold: int = 0
    dataset_weights: dict[str, float] = field(default_factory=dict)
    gradings: list[str] = field(default_factory=list)
    frame_pixel_mm: float = 1.0
    placing: Placing = DEFAULT_PLACING
    other_scanners: float = 0.0
    steps: int = 1000
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    phantoms: int = 200
    phantom_share: float = 0.15
    offset_weight: float = 20.0
    reading_weight: float = 1.0
    start_from: str | None = None
    seed: int = 0
    checkpoint_every: int = 25
    log_every: int = 5

    @classmethod
    def read(cls, file: Path) -> "TrainingConfig":
        """A config from a JSON file.

        Raises
        ------
        InputError
            If the file cannot be read, names an unknown field, or a number or a yes or no is none.
        """
        try:
            values = json.loads(Path(file).read_text())
        except (OSError, ValueError) as error:
            raise InputError(f"{file}: not a readable JSON file ({error}).") from error
        if not isinstance(values, dict):
            raise InputError(f"{file}: not a JSON object with the fields of a training.")
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise InputError(f"{file}: unknown fields {', '.join(sorted(unknown))}.")
        try:
            if "placing" in values:
                values["placing"] = Placing(**values["placing"] | {"size": tuple(values["placing"]["size"])})
        except (KeyError, TypeError) as error:
            raise InputError(f"{file}: placing is not of its form ({error}).") from error
        _check_kinds(file, values)
        return cls(**values)


_KINDS = {bool: (bool,), int: (int,), float: (int, float)}
"""Of what kinds a value may be, by the kind of the field's default."""


def _check_kinds(file: Path, values: dict) -> None:
    for name, value in values.items():
        kinds = _KINDS.get(type(getattr(TrainingConfig, name, None)))
        if kinds and type(value) not in kinds:
            raise InputError(f"{file}: {name} cannot be {json.dumps(value)}.")
