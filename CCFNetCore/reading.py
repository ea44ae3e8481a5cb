"""What the network's maps of several planes say about places in the slab."""

from typing import NamedTuple

import numpy as np
import torch

from .grid import STRIDE, at_cells, cells_of, decode
from .network import Maps

SAME_PLACE_PX = STRIDE / 2
"""Planes whose points lie at most this far from the best plane's point speak of the same structure."""


class Reading(NamedTuple):
    """One answer a structure.

    Attributes
    ----------
    places : numpy.ndarray
        (S, 3), plane, row, column of the slab, continuous.
    heat : numpy.ndarray
        (S,), heat in the best plane, cut to 0..1.
    abnormal : numpy.ndarray
        (S,), probability of being abnormal.
    """

    places: np.ndarray
    heat: np.ndarray
    abnormal: np.ndarray


def merge_planes(maps: Maps) -> Reading:
    """One answer a structure from those of all planes.

    Each structure is placed at the mean of the planes that agree on it, weighted by the square of their heat:
    the network was trained on mid-sagittal pictures and is hottest there.
    """
    peaks = decode(maps.heat, maps.offset)
    best = peaks.heat.argmax(dim=0)
    at_best = peaks.points.gather(0, best[None, :, None].expand(1, -1, 2))
    agrees = (peaks.points - at_best).norm(dim=-1) <= SAME_PLACE_PX
    weight = _plane_weights(peaks.heat * agrees)
    plane = torch.arange(len(weight), dtype=weight.dtype)[:, None].expand_as(weight)
    places = torch.cat([plane[..., None], peaks.points], dim=-1)
    logits = at_cells(maps.abnormal, peaks.cell)
    merged = (places * weight[..., None]).sum(dim=0)
    abnormal = (logits * weight).sum(dim=0).sigmoid()
    return Reading(merged.numpy(), peaks.heat.amax(dim=0).clamp(0, 1).numpy(), abnormal.numpy())


def read_places(maps: Maps, places: np.ndarray) -> Reading:
    """What stands at given places, one a structure, whatever the maps' peaks; from each place's plane and the next.

    Parameters
    ----------
    maps : Maps
    places : numpy.ndarray
        (S, 3), plane, row, column of the slab; places beyond it are read at its edge.
    """
    heat, logits = (at_cells(m, _cells(maps, places).expand(len(m), -1, 2)) for m in (maps.heat, maps.abnormal))
    away = (torch.arange(len(heat))[:, None] - torch.as_tensor(places[:, 0].clip(0, len(heat) - 1))).abs()
    near = away <= max(1.0, float(away.amin(dim=0).max()))
    heat = torch.where(near, heat, torch.zeros_like(heat))
    weight = _plane_weights(heat + torch.finfo(heat.dtype).eps * near)
    return Reading(places, heat.amax(dim=0).clamp(0, 1).numpy(), (logits * weight).sum(dim=0).sigmoid().numpy())


def support(maps: Maps, places: np.ndarray) -> np.ndarray:
    """Heat of every structure at every structure's place, (S place, S name)."""
    plane = torch.as_tensor(places[:, 0].round().clip(0, len(maps.heat) - 1)).long()
    cells = _cells(maps, places)
    return maps.heat[plane, :, cells[:, 0], cells[:, 1]].numpy()


def _cells(maps: Maps, places: np.ndarray) -> torch.Tensor:
    return cells_of(torch.as_tensor(places[:, 1:]), *maps.heat.shape[-2:])


def _plane_weights(heat: torch.Tensor) -> torch.Tensor:
    """Squares of the heat (plane, S), scaled so that each structure's sum is 1."""
    weight = heat.clamp_min(0).square().double()
    return weight / weight.sum(dim=0).clamp_min(torch.finfo(weight.dtype).tiny)
