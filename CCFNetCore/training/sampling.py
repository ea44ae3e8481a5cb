"""What a run learns from: which patients, and which example at which step in which process."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from ..errors import InputError
from .augment import Sample, augment
from .config import TrainingConfig
from .data import Example, Record, draw_example, fold_of, load_example, read_landmarks
from .processes import Processes
from .stopping import leave_group

MOST_WORKERS = 16
FIRST_PHANTOM = 1000
"""Seed of the first drawn example; those below are left for tests."""


@dataclass(frozen=True)
class DataSet:
    """The pictures of one folder, split by patient.

    Attributes
    ----------
    folder : Path
    learned, held_out : list of Record
        Pictures without any marked structure are not learned.
    """

    folder: Path
    learned: list[Record]
    held_out: list[Record]

    @property
    def name(self) -> str:
        return self.folder.resolve().name


def read_data_sets(config: TrainingConfig, folders: Sequence[Path]) -> list[DataSet]:
    """The data sets of these folders; the patients of the held-out fold are the same in all of them.

    Raises
    ------
    InputError
        If a folder cannot be read, there is no such fold, or nothing is left to learn from.
    """
    if not -1 <= config.held_out_fold < config.folds:
        raise InputError(f"There is no fold {config.held_out_fold} of {config.folds}; the first is 0, and -1 is none.")
    data_sets = []
    for folder in folders:
        parts: tuple[list[Record], list[Record]] = [], []
        for record in read_landmarks(folder):
            is_held_out = fold_of(record.patient, config.folds) == config.held_out_fold
            if is_held_out or record.is_marked.any():
                parts[is_held_out].append(record.with_grades_of(config.gradings))
        data_sets.append(DataSet(Path(folder), *parts))
    if not any(data_set.learned for data_set in data_sets):
        names = ", ".join(str(folder) for folder in folders)
        raise InputError(f"{names}: no patient to train on outside fold {config.held_out_fold} of {config.folds}.")
    return data_sets


def sha256_of(data_sets: Sequence[DataSet]) -> str:
    """SHA256 of what is learned from: which pictures, and what is marked and graded in them.

    Neither where the folders lie counts, nor where exactly the points: what ``ccfnet refine`` makes of them can differ
    by a hundredth of a pixel between processors.
    """
    digest = hashlib.sha256()
    for data_set in data_sets:
        digest.update(data_set.name.encode())
        for record in data_set.learned:
            digest.update(f"{record.patient} {record.image.name}".encode())
            for marked in (record.is_marked, record.approximate, record.abnormal):
                digest.update(marked.tobytes())
    return digest.hexdigest()


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
        return augment(example, self.config.placing, generator, self.config.other_scanners)


def make_sampler(config: TrainingConfig, data_sets: Sequence[DataSet]) -> Sampler:
    """The examples to learn from, and phantoms."""
    real, weights = [], []
    for data_set in data_sets:
        real += [load_example(record, config.frame_pixel_mm) for record in data_set.learned]
        weights += [config.dataset_weights.get(data_set.name, 1.0)] * len(data_set.learned)
    seeds = range(FIRST_PHANTOM, FIRST_PHANTOM + config.phantoms)
    drawn = [draw_example(seed, config.frame_pixel_mm) for seed in seeds]
    return Sampler(config, real, np.array(weights) / sum(weights), drawn)


def indices_of(config: TrainingConfig, processes: Processes, first_step: int = 0) -> list[int]:
    """Indices of the examples that this process sees: its share of each batch, step by step."""
    share = share_of_batch(config, processes)
    of_all = range(first_step * config.batch, config.steps * config.batch)
    return [index for index in of_all if index % config.batch // share == processes.rank]


def share_of_batch(config: TrainingConfig, processes: Processes) -> int:
    """How many examples of a batch each process takes.

    Raises
    ------
    InputError
        If the batch cannot be divided equally.
    """
    if config.batch % processes.count:
        raise InputError(f"A batch of {config.batch} cannot be divided over {processes.count} processes.")
    return config.batch // processes.count


def batches(sampler: Sampler, processes: Processes, first_step: int) -> Iterator[list[torch.Tensor]]:
    """A process's share of each batch from this step on, prepared by workers of its own."""
    cores = (os.cpu_count() or 2) // processes.count_here
    loader = DataLoader(
        sampler,
        share_of_batch(sampler.config, processes),
        sampler=indices_of(sampler.config, processes, first_step),
        num_workers=min(MOST_WORKERS, max(1, cores - 1)),
        worker_init_fn=leave_group,
        pin_memory=processes.device.type == "cuda",
    )
    return iter(loader)
