"""The training run: one config in, checkpoints, a log and the trained weights out."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from .. import anatomy
from ..errors import InputError
from ..model_file import NetworkDescription, load_model, save_model
from ..network import CCFNet, Maps
from .augment import Placing, Sample, augment
from .data import Example, draw_example, fold_of, load_example, read_landmarks
from .losses import ccfnet_losses

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
    reading_weight : float
        Weight of the reading's loss beside those of heat and offset.
    start_from : str or None
        Model file whose weights the run starts from; random weights if None.
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


@dataclass
class Sampler(Dataset):
    """Augmented examples; each index has random numbers of its own, so that a resumed run goes on exactly."""

    config: TrainingConfig
    real: list[Example]
    weights: np.ndarray
    drawn: list[Example] = field(default_factory=list)

    def __len__(self) -> int:
        return self.config.steps * self.config.batch

    def __getitem__(self, index: int) -> Sample:
        generator = np.random.default_rng([self.config.seed, index])
        use_drawn = self.drawn and generator.random() < self.config.phantom_share
        if use_drawn:
            example = self.drawn[generator.integers(len(self.drawn))]
        else:
            example = self.real[generator.choice(len(self.real), p=self.weights)]
        return augment(example, self.config.placing, generator)


def train(config: TrainingConfig, data: Sequence[Path], output: Path, device: str = "cpu") -> Path:
    """Train, or go on with the training that stands in ``output``, and write ``output/model.safetensors``.

    Raises
    ------
    InputError
        If the data cannot be read, or ``output`` holds a run of another config.
    """
    output.mkdir(parents=True, exist_ok=True)
    _keep_config(config, output)
    sampler = make_sampler(config, data)
    run = _Run(config, sampler, torch.device(device), output)
    for samples in _batches(sampler, config, first_step=run.step):
        run.take_step(samples)
    model = output / "model.safetensors"
    save_model(run.average.module, NetworkDescription(config.trunk, config.context, config.frame_pixel_mm), model)
    return model


def _keep_config(config: TrainingConfig, output: Path) -> None:
    file = output / "config.json"
    if file.exists() and TrainingConfig.read(file) != config:
        raise InputError(f"{output}: holds a run of another config; choose another output folder.")
    file.write_text(json.dumps(asdict(config), indent=1))


def make_sampler(config: TrainingConfig, data: Sequence[Path]) -> Sampler:
    """The examples of these folders without the held-out patients, and phantoms."""
    real, weights = [], []
    for folder in data:
        records = [r for r in read_landmarks(folder) if fold_of(r.patient, config.folds) != config.held_out_fold]
        real += [load_example(record, config.frame_pixel_mm) for record in records]
        weights += [config.dataset_weights.get(folder.resolve().name, 1.0)] * len(records)
    drawn = [draw_example(seed, config.frame_pixel_mm) for seed in range(1000, 1000 + config.phantoms)]
    return Sampler(config, real, np.array(weights) / sum(weights), drawn)


def _batches(sampler: Sampler, config: TrainingConfig, first_step: int) -> Iterator[list[torch.Tensor]]:
    indices = range(first_step * config.batch, len(sampler))
    workers = min(8, max(1, (os.cpu_count() or 2) - 1))
    return iter(DataLoader(sampler, config.batch, sampler=indices, num_workers=workers, persistent_workers=False))


class _Run:
    """The moving state of a training run, with its checkpoint on disk."""

    def __init__(self, config: TrainingConfig, sampler: Sampler, device: torch.device, output: Path) -> None:
        torch.manual_seed(config.seed)
        self.config, self.device, self.output = config, device, output
        self.network = _first_network(config).to(device)
        # The last tenth of a short run, the last 200 steps of a long one.
        memory = min(0.995, 1 - 1 / max(1, config.steps / 10))
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(memory), use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, config.learning_rate, total_steps=config.steps + 1, pct_start=0.1
        )
        self.abnormal_share = _share_by_kind(np.stack([example.abnormal for example in sampler.real])).to(device)
        self.step = 0
        self.started = time.monotonic()
        if self.checkpoint.exists():
            self._resume()

    @property
    def checkpoint(self) -> Path:
        return self.output / "checkpoint.pt"

    def take_step(self, samples: list[torch.Tensor]) -> None:
        sample = Sample(*(tensor.to(self.device) for tensor in samples))
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            maps = self.network(sample.picture)
        maps = Maps(*(values.float() for values in maps))
        losses = ccfnet_losses(maps, sample, self.abnormal_share, self.config.reading_weight)
        self.optimizer.zero_grad()
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1
        if self.step % self.config.log_every == 0:
            self._log({name: round(value.item(), 5) for name, value in losses._asdict().items()})
        if self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps:
            self._save()

    def _log(self, losses: dict[str, float]) -> None:
        line = {"step": self.step, "seconds": round(time.monotonic() - self.started), **losses}
        with (self.output / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def _parts(self) -> dict:
        return {
            "network": self.network,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }

    def _save(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        partial = self.checkpoint.with_suffix(".partial")
        torch.save({"step": self.step, **state}, partial)
        partial.replace(self.checkpoint)

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.step = state["step"]
        for name, part in self._parts().items():
            part.load_state_dict(state[name])


def _first_network(config: TrainingConfig) -> CCFNet:
    if config.start_from is None:
        return CCFNet(config.trunk, config.context)
    network, _ = load_model(Path(config.start_from))
    return network


def _share_by_kind(abnormal: np.ndarray) -> torch.Tensor:
    """The share of abnormal examples of each structure's kind, kept away from 0 and 1; a half where none is known."""
    out = torch.full((anatomy.COUNT,), 0.5)
    for kind in ("disc", "vertebra"):
        indices = anatomy.indices_of(kind)
        known = abnormal[:, indices][~np.isnan(abnormal[:, indices])]
        if known.size:
            out[indices] = float(known.mean())
    return out.clamp(0.05, 0.95)
