"""The three losses of CCF-Net: heat, offset and reading."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .. import anatomy, grid
from ..network import Maps
from .augment import Sample

NEAR_PEAK = 0.6
"""Offsets are learned in the cells whose heat is at most this far below the peak."""


class Losses(NamedTuple):
    """Scalars; ``total`` is their weighted sum."""

    total: Tensor
    heat: Tensor
    offset: Tensor
    reading: Tensor


def ccfnet_losses(
    maps: Maps, sample: Sample, abnormal_share: Tensor, offset_weight: float, reading_weight: float
) -> Losses:
    """Losses of a batch.

    The heat's squared error is summed over each map, not averaged as in the paper: averaged, it vanishes beside
    the offsets and a network with random initial weights hardly learns. The other weights follow from that.

    Parameters
    ----------
    maps : Maps
        The network's answer.
    sample : Sample
        A batch of examples; where the points are not exact, their offsets are not learned.
    abnormal_share : Tensor
        (S,), share of abnormal examples, by which the two classes are balanced.
    offset_weight, reading_weight : float
        Weights of these losses beside the heat's.
    """
    abnormal = sample.abnormal
    targets = grid.encode(sample.points, *maps.heat.shape[-2:])
    present = ~torch.isnan(sample.points).any(dim=-1)
    heat = (maps.heat - targets.heat).square().sum(dim=(-2, -1)).mean()
    near = (targets.heat >= 1 - NEAR_PEAK) & sample.exact[:, :, None, None]
    offset_error = functional.smooth_l1_loss(maps.offset, targets.offset, reduction="none").sum(dim=2)
    offset = offset_error[near].sum() / near.sum().clamp_min(1)
    logits = grid.at_cells(maps.abnormal, targets.cell)
    known = present & ~torch.isnan(abnormal)
    reading = sum(
        _balanced_cross_entropy(logits[:, kind], abnormal[:, kind], known[:, kind], abnormal_share[kind])
        for kind in (anatomy.indices_of("disc"), anatomy.indices_of("vertebra"))
    )
    return Losses(heat + offset_weight * offset + reading_weight * reading, heat, offset, reading)


def _balanced_cross_entropy(logits: Tensor, abnormal: Tensor, known: Tensor, share: Tensor) -> Tensor:
    """Binary cross entropy in which both classes weigh the same over the whole training set."""
    weight = torch.where(abnormal > 0.5, 0.5 / share, 0.5 / (1 - share)) * known
    target = torch.nan_to_num(abnormal)
    loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (loss * weight).sum() / known.sum().clamp_min(1)
