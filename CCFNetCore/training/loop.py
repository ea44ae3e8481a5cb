"""The training run: one config in, checkpoints, a log and the trained weights with their card out."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import anatomy
from ..errors import InputError
from ..model_file import NetworkDescription, load_model, save_model
from ..network import CCFNet, Maps
from ..network.efficientnet_lite import load_imagenet_weights
from ..whole_file import whole_file
from .augment import Sample
from .config import IMAGENET, TrainingConfig
from .loss_log import LossLog
from .losses import Losses, ccfnet_losses
from .model_card import write_card
from .processes import Processes, join_processes
from .progress import TrainingProgress
from .sampling import DataSet, batches, make_sampler, read_data_sets, sha256_of
from .stopping import Stopping

DRAW_SECONDS = 60.0
"""The losses are drawn at most so often."""


def train(config: TrainingConfig, data: Sequence[Path], output: Path, device: str = "cpu") -> Path:
    """Train, or go on with the training that stands in ``output``, and write ``output/model.safetensors``.

    Under ``torchrun`` all its processes train together. A run that is finished is not repeated.

    Raises
    ------
    InputError
        If the data cannot be read, ``output`` holds a run of another config or a stopped one on other data, or the
        model to start from is of another network or may have seen the patients to hold out.
    KeyboardInterrupt
        After Ctrl-C, when the step is done and the checkpoint written.
    """
    output.mkdir(parents=True, exist_ok=True)
    model = output / "model.safetensors"
    with join_processes(device) as processes:
        data_sets = read_data_sets(config, data)
        if processes.is_first:
            _refuse_other_config(config, output)
        # The card is written last.
        if processes.as_the_first(model.exists() and model.with_suffix(".md").exists()):
            return model
        first_network = _first_network(config, data_sets)
        if processes.is_first:
            (output / "config.json").write_text(json.dumps(asdict(config), indent=1))
        run = _Run(config, first_network, data_sets, processes, output)
        run.go_on()
        if processes.is_first:
            save_model(run.average.module, _describe(config, data_sets), model)
            write_card(model, config, data_sets, processes, run.log.last())
    return model


def _refuse_other_config(config: TrainingConfig, output: Path) -> None:
    file = output / "config.json"
    if file.exists() and TrainingConfig.read(file) != config:
        raise InputError(f"{output}: holds a run of another config; choose another output folder.")


def _describe(config: TrainingConfig, data_sets: Sequence[DataSet]) -> NetworkDescription:
    return NetworkDescription(
        config.trunk,
        config.context,
        config.frame_pixel_mm,
        folds=config.folds,
        held_out_fold=config.held_out_fold,
        datasets=tuple(data_set.name for data_set in data_sets),
    )


class _Run:
    """The moving state of a training run, with its checkpoint on disk."""

    def __init__(
        self,
        config: TrainingConfig,
        first_network: CCFNet,
        data_sets: Sequence[DataSet],
        processes: Processes,
        output: Path,
    ) -> None:
        self.config, self.processes, self.output = config, processes, output
        self.device = processes.device
        self.sampler = make_sampler(config, data_sets)
        self.data_sha256 = sha256_of(data_sets)
        self.network = processes.on_device(first_network).to(memory_format=torch.channels_last)
        # The last tenth of a short run, the last 200 steps of a long one.
        memory = min(0.995, 1 - 1 / max(1, config.steps / 10))
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(memory), use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, config.learning_rate, total_steps=config.steps + 1, pct_start=0.1
        )
        abnormal = np.stack([example.abnormal for example in self.sampler.real])
        self.abnormal_share = _share_by_kind(abnormal).to(self.device)
        self.log = LossLog(output / "log.jsonl")
        self.step = 0
        self._resume()
        self.answer = processes.share(self.network)
        self.started = self.drawn = time.monotonic()

    @property
    def checkpoint(self) -> Path:
        return self.output / "checkpoint.pt"

    def go_on(self) -> None:
        """Take the steps that are left, with a checkpoint now and then and when somebody stops the run."""
        prepared = batches(self.sampler, self.processes, self.step)
        losses: dict[str, float] = {}
        with Stopping() as stopping, TrainingProgress(self.config, self.step, self.processes.is_first) as progress:
            for samples in prepared:
                taken = self.take_step(Sample(*samples))
                if self._is_due(self.config.log_every):
                    losses = self._log(taken)
                progress.show(self.step, losses)
                is_stopped = self.processes.any(stopping.asked)
                if is_stopped or self._is_due(self.config.checkpoint_every):
                    self._save()
                if is_stopped:
                    done = f"{self.checkpoint} holds step {self.step} of {self.config.steps}"
                    raise KeyboardInterrupt(f"{done}; the same command goes on from there")

    def _is_due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.steps

    def take_step(self, sample: Sample) -> Losses:
        """One step of the optimizer, with this process's share of a batch."""
        sample = Sample(*(tensor.to(self.device, non_blocking=True) for tensor in sample))
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            maps = self.answer(sample.picture.contiguous(memory_format=torch.channels_last))
        maps = Maps(*(values.float() for values in maps))
        weights = self.config.offset_weight, self.config.reading_weight
        losses = ccfnet_losses(maps, sample, self.abnormal_share, *weights)
        self.optimizer.zero_grad()
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return losses

    def _log(self, losses: Losses) -> dict[str, float]:
        values = self.processes.mean(torch.stack([value.detach() for value in losses])).tolist()
        by_name = dict(zip(Losses._fields, values, strict=True))
        if self.processes.is_first:
            self.log.append(self.step, time.monotonic() - self.started, by_name)
        return by_name

    def _parts(self) -> dict:
        return {
            "network": self.network,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }

    def _save(self) -> None:
        if not self.processes.is_first:
            return
        state = {name: part.state_dict() for name, part in self._parts().items()}
        with whole_file(self.checkpoint) as partial:
            torch.save({"step": self.step, "data": self.data_sha256, **state}, partial)
        if time.monotonic() >= self.drawn + DRAW_SECONDS or self.step == self.config.steps:
            self.log.draw(self.output / "losses.png")
            self.drawn = time.monotonic()

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one; the first process reads it for all."""
        state = None
        if self.processes.is_first and self.checkpoint.exists():
            state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        state = self.processes.as_the_first(state)
        if state is None:
            return
        if state.get("data") != self.data_sha256:
            raise InputError(f"{self.output}: holds a run on other data; choose another output folder.")
        self.step = state["step"]
        for name, part in self._parts().items():
            part.load_state_dict(state[name])


def _first_network(config: TrainingConfig, data_sets: Sequence[DataSet]) -> CCFNet:
    torch.manual_seed(config.seed)
    if config.start_from not in (None, IMAGENET):
        return _network_to_start_from(config, data_sets)
    network = CCFNet(config.trunk, config.context)
    if config.start_from == IMAGENET:
        if config.trunk != "efficientnet-lite0":
            raise InputError(f"There are no weights from ImageNet for {config.trunk}, only for efficientnet-lite0.")
        load_imagenet_weights(network.trunk)
    return network


def _network_to_start_from(config: TrainingConfig, data_sets: Sequence[DataSet]) -> CCFNet:
    """Refuses a model that may have seen the patients to hold out: the new one would have seen them, too."""
    network, start = load_model(Path(config.start_from))
    if (start.trunk, start.context) != (config.trunk, config.context):
        raise InputError(
            f"{config.start_from}: is a {_in_words(start)}, and the config asks for a {_in_words(config)}."
        )
    held_out = config.folds, config.held_out_fold
    knows_data = start.datasets is None or any(data_set.name in start.datasets for data_set in data_sets)
    if config.held_out_fold >= 0 and knows_data and (start.folds, start.held_out_fold) != held_out:
        raise InputError(
            f"{config.start_from}: may have seen patients of fold {config.held_out_fold} of {config.folds}, who are to "
            "be held out."
        )
    return network


def _in_words(network: TrainingConfig | NetworkDescription) -> str:
    return f"{network.trunk} {'with' if network.context else 'without'} context"


def _share_by_kind(abnormal: np.ndarray) -> torch.Tensor:
    """The share of abnormal examples of each structure's kind, kept away from 0 and 1; a half where none is known."""
    out = torch.full((anatomy.COUNT,), 0.5)
    for kind in ("disc", "vertebra"):
        indices = anatomy.indices_of(kind)
        known = abnormal[:, indices][~np.isnan(abnormal[:, indices])]
        if known.size:
            out[indices] = float(known.mean())
    return out.clamp(0.05, 0.95)
