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
    frame_pixel_mm : float
        Size of a pixel of the network's frame.
    placing : Placing
        How pictures are cut at random.
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
    frame_pixel_mm: float = 1.0
    placing: Placing = DEFAULT_PLACING
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
            If the file cannot be read or names an unknown field.
        """
        try:
            values = json.loads(Path(file).read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise InputError(f"{file}: not a readable JSON file ({error}).") from error
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise InputError(f"{file}: unknown fields {', '.join(sorted(unknown))}.")
        placing = values.pop("placing", None)
        if placing is not None:
            values["placing"] = Placing(**placing | {"size": tuple(placing["size"])})
        return cls(**values)
