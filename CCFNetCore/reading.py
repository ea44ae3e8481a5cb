"""What the network's maps of several planes say about places in the slab."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.polynomial import Polynomial
from torch.nn import functional

from .grid import STRIDE, at_cells, cells_of, decode
from .network import Maps
from .spine_path import Candidates, cheapest_path

CANDIDATES = 6
"""Peaks of each map that may be the structure."""

LEAST_HEAT = 0.1
"""Lower peaks are none."""

SAME_PLACE_PX = STRIDE / 2
"""Planes, or scales, whose points lie at most this far from the best one's speak of the same structure."""


class Reading(NamedTuple):
    """One answer a structure.

    Attributes
    ----------
    places : numpy.ndarray
        (S, 3), plane, row, column of the slab, continuous.
    heat : numpy.ndarray
        (S,), heat in the best plane, cut to 0..1.
    logit : numpy.ndarray
        (S,), the network's log-odds of being abnormal.
    present : numpy.ndarray or None
        (S,), whether the structure belongs to the spine that was seen; None where that was not asked.
    """

    places: np.ndarray
    heat: np.ndarray
    logit: np.ndarray
    present: np.ndarray | None = None


def read_spine(maps: Maps, pixel_mm: float) -> Reading:
    """One answer a structure: the candidates that make the likeliest spine, read in all planes that agree on them.

    A structure that no candidate fits but whose neighbours above and below are there is placed between them.

    Parameters
    ----------
    maps : Maps
        (plane, ...), of a slab.
    pixel_mm : float
        Side of a pixel of the slab's pictures.
    """
    candidates, cells = find_candidates(maps, pixel_mm)
    path = cheapest_path(candidates)
    chosen = cells[np.arange(len(path)), path.clip(0)]
    reading = merge_planes(maps, torch.from_numpy(chosen))
    there = np.flatnonzero(path >= 0)
    present = path >= 0
    if there.size:
        present[there[0] : there[-1]] = True
        reading = _fill_gaps(maps, reading, there, np.flatnonzero(present & (path < 0)))
        reading.places[:, 0] = _one_curve(reading, present, len(maps.heat))
    return reading._replace(present=present)


def find_candidates(maps: Maps, pixel_mm: float) -> tuple[Candidates, np.ndarray]:
    """The hottest peaks of each structure's map over all planes, and their cells (S, N, 2)."""
    plane_of = maps.heat.argmax(dim=0)
    heat = maps.heat.amax(dim=0)
    is_peak = heat == functional.max_pool2d(heat, kernel_size=3, stride=1, padding=1)
    at_peaks = (heat * is_peak).flatten(1).clamp(0, 1)
    height, flat = at_peaks.topk(min(CANDIDATES, at_peaks.shape[1]), dim=1)
    width = heat.shape[-1]
    cells = torch.stack((flat // width, flat % width), dim=-1)
    of_best_plane = plane_of[:, None].expand(-1, 2, -1, -1)[None]
    offset = maps.offset.gather(0, of_best_plane)[0].flatten(2)
    offset = offset.gather(2, flat[:, None].expand(-1, 2, -1)).transpose(1, 2)
    points_mm = ((cells + 0.5 + offset) * STRIDE - 0.5) * pixel_mm
    height = torch.where(height >= LEAST_HEAT, height, torch.zeros_like(height))
    return Candidates(points_mm.double().numpy(), height.double().numpy()), cells.numpy()


def merge_planes(maps: Maps, cells: torch.Tensor) -> Reading:
    """One answer a structure from those of all planes, near the cells (S, 2) chosen.

    Each structure is placed at the mean of the planes that agree on it, weighted by the square of their heat:
    the network was trained on mid-sagittal pictures and is hottest there.
    """
    peaks = decode(_only_near(maps.heat, cells), maps.offset)
    best = peaks.heat.argmax(dim=0)
    at_best = peaks.points.gather(0, best[None, :, None].expand(1, -1, 2))
    agrees = (peaks.points - at_best).norm(dim=-1) <= SAME_PLACE_PX
    weight = _plane_weights(peaks.heat * agrees)
    plane = torch.arange(len(weight), dtype=weight.dtype)[:, None].expand_as(weight)
    places = torch.cat([plane[..., None], peaks.points], dim=-1)
    logits = at_cells(maps.abnormal, peaks.cell)
    merged = (places * weight[..., None]).sum(dim=0)
    logit = (logits * weight).sum(dim=0)
    return Reading(merged.numpy(), peaks.heat.amax(dim=0).clamp(0, 1).numpy(), logit.numpy())


def merge_scales(best: Reading, others: list[Reading]) -> Reading:
    """The best reading of a picture or volume, averaged with readings of the same at other scales.

    Structure by structure, at least half of the readings say whether it is present, and only what agrees on the place
    is averaged. What disagrees takes its share of the heat away: a structure whose place depends on the scale is less
    sure.

    Parameters
    ----------
    best : Reading
    others : list of Reading
        Their places in the best one's slab.
    """
    places, heat, logit, present = (np.stack(parts) for parts in zip(best, *others, strict=True))
    is_present = present.mean(axis=0) >= 0.5
    has_say = present == is_present
    # The best reading's place, or that of the first one that sees what the best one does not.
    place = places[has_say.argmax(axis=0), np.arange(len(is_present))]
    agrees = (np.linalg.norm(places - place, axis=-1) <= SAME_PLACE_PX) & has_say
    share = agrees / agrees.sum(axis=0)
    return Reading(
        (places * share[..., None]).sum(axis=0), (heat * agrees).mean(axis=0), (logit * share).sum(axis=0), is_present
    )


def _only_near(heat: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    """Heat (plane, S, h, w) in the cells chosen (S, 2) and those that touch them; none elsewhere."""
    rows, columns = (torch.arange(length) for length in heat.shape[-2:])
    near_row = (rows - cells[:, :1]).abs() <= 1
    near_column = (columns - cells[:, 1:]).abs() <= 1
    near = near_row[:, :, None] & near_column[:, None, :]
    return torch.where(near, heat, torch.full_like(heat, -1.0))


def _fill_gaps(maps: Maps, reading: Reading, there: np.ndarray, between: np.ndarray) -> Reading:
    places = reading.places.copy()
    places[between] = np.stack([np.interp(between, there, places[there, axis]) for axis in range(3)], axis=1)
    read = read_places(maps, places)
    heat, logit = reading.heat.copy(), reading.logit.copy()
    heat[between], logit[between] = read.heat[between], read.logit[between]
    return Reading(places, heat, logit)


def _one_curve(reading: Reading, present: np.ndarray, planes: int) -> np.ndarray:
    """Planes of the structures on one smooth curve: a spine has no steps sideways, and one heat alone says little."""
    seen = np.flatnonzero(present)
    weight = reading.heat[seen].clip(LEAST_HEAT)
    ends = [0, len(present) - 1]
    curve = Polynomial.fit(seen, reading.places[seen, 0], deg=min(2, len(seen) - 1), domain=ends, w=weight)
    return curve(np.arange(len(present))).clip(0, planes - 1)


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
    return Reading(places, heat.amax(dim=0).clamp(0, 1).numpy(), (logits * weight).sum(dim=0).numpy())


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
