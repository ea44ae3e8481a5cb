"""The processes, on one machine or several, that train one network together under ``torchrun``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """One process among all; the default trains alone.

    Attributes
    ----------
    device : torch.device
        What this process computes on.
    rank, count : int
        Which of how many it is.
    count_here : int
        How many of them share this machine.
    """

    device: torch.device
    rank: int = 0
    count: int = 1
    count_here: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the one that logs and writes."""
        return self.rank == 0

    def on_device(self, network: nn.Module) -> nn.Module:
        """The network where this process computes; on graphics processors, batch statistics are those of all."""
        if self.count > 1 and self.device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return network.to(self.device)

    def share(self, network: nn.Module) -> nn.Module:
        """The network, with its gradients averaged over all processes."""
        if self.count == 1:
            return network
        return DistributedDataParallel(network, [self.device] if self.device.type == "cuda" else None)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Mean over all processes."""
        if self.count > 1:
            values = values.clone()
            distributed.all_reduce(values)
            values /= self.count
        return values

    def any(self, value: bool) -> bool:
        """Whether it is true in any process."""
        if self.count == 1:
            # Nobody to ask, and a question to a graphics processor would wait for it after each step.
            return value
        return bool(self.mean(torch.tensor(float(value), device=self.device)) > 0)

    def as_the_first(self, value: T) -> T:
        """The first process's value, in all."""
        values = [value]
        if self.count > 1:
            distributed.broadcast_object_list(values, device=self.device)
        return values[0]


def is_first_process() -> bool:
    """Whether this is the first that ``torchrun`` started, or the only one; known before and after they join."""
    return not distributed.is_torchelastic_launched() or os.environ["RANK"] == "0"


@contextmanager
def join_processes(device: str) -> Iterator[Processes]:
    """All processes that ``torchrun`` started, or this one alone.

    Parameters
    ----------
    device : str
        "cpu" or "cuda"; of several graphics processors each process takes its own.
    """
    if not distributed.is_torchelastic_launched():
        yield Processes(torch.device(device))
        return
    chosen = torch.device(device)
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        here = int(os.environ["LOCAL_WORLD_SIZE"])
        yield Processes(chosen, distributed.get_rank(), distributed.get_world_size(), here)
    finally:
        distributed.destroy_process_group()
