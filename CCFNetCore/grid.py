"""Coarse and fine targets on the network's grid, and the way back to points.

The picture is covered by square cells of :data:`STRIDE` pixels. The coarse task says which cell a structure
lies in (a heat map), the fine task where inside it (an offset), as in arXiv 2203.08408, section 2.1.

Points are (row, column) in pixels of the network's frame, in index coordinates: the centre of the first
pixel is (0, 0). The paper counts from the picture's corner, half a pixel earlier.
"""

from typing import NamedTuple

import torch
from torch import Tensor

STRIDE = 16
"""Pixels along the side of a cell."""

HEAT_SIGMA = 16.0
"""Standard deviation of the heat around a point, in pixels."""


class GridTargets(NamedTuple):
    """What the network should answer, for points of shape (..., S, 2).

    Attributes
    ----------
    heat : Tensor
        (..., S, h, w), 1 in the cell nearest to the point, 0 everywhere where the point is not a number.
    offset : Tensor
        (..., S, 2, h, w), from the centre of each cell to the point, in cells, (row, column).
    cell : Tensor
        (..., S, 2), the cell that holds the point, (row, column); (0, 0) where the point is not a number.
    """

    heat: Tensor
    offset: Tensor
    cell: Tensor


class Peaks(NamedTuple):
    """What the maps say, structure by structure.

    Attributes
    ----------
    points : Tensor
        (..., S, 2), row and column in pixels.
    heat : Tensor
        (..., S), the heat at the chosen cell.
    cell : Tensor
        (..., S, 2), the chosen cell, row and column.
    """

    points: Tensor
    heat: Tensor
    cell: Tensor


def cell_centres(height: int, width: int) -> Tensor:
    """Centres of all cells in pixels, (2, height, width): rows, then columns."""
    rows = torch.arange(height) * STRIDE + (STRIDE - 1) / 2
    columns = torch.arange(width) * STRIDE + (STRIDE - 1) / 2
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij"))


def encode(points: Tensor, height: int, width: int) -> GridTargets:
    """Coarse and fine targets for points.

    Parameters
    ----------
    points : Tensor
        (..., S, 2), row and column in pixels; not-a-number where a structure is not in the picture.
    height, width : int
        Size of the grid in cells.
    """
    centres = cell_centres(height, width).to(points)
    absent = torch.isnan(points).any(dim=-1)
    points = torch.where(absent[..., None], torch.zeros_like(points), points)
    away = points[..., None, None] - centres
    heat = torch.exp(-away.square().sum(dim=-3) / (2 * HEAT_SIGMA**2))
    peak = heat.amax(dim=(-2, -1), keepdim=True).clamp_min(torch.finfo(heat.dtype).tiny)
    heat = torch.where(absent[..., None, None], torch.zeros_like(heat), heat / peak)
    return GridTargets(heat, away / STRIDE, cells_of(points, height, width))


def cells_of(points: Tensor, height: int, width: int) -> Tensor:
    """Cells (..., 2), row and column, that hold points (..., 2) in pixels; the nearest one outside the picture."""
    cell = torch.floor((points + 0.5) / STRIDE).long()
    return torch.minimum(cell.clamp_min(0), torch.tensor([height - 1, width - 1], device=cell.device))


def decode(heat: Tensor, offset: Tensor) -> Peaks:
    """Points from maps: the hottest cell of each structure, moved by the offset found there.

    Parameters
    ----------
    heat : Tensor
        (..., S, h, w).
    offset : Tensor
        (..., S, 2, h, w), in cells, (row, column).
    """
    width = heat.shape[-1]
    hottest = heat.flatten(-2).argmax(dim=-1)
    cell = torch.stack((hottest // width, hottest % width), dim=-1)
    at_cell = offset.flatten(-2).gather(-1, hottest[..., None, None].expand(*hottest.shape, 2, 1)).squeeze(-1)
    points = (cell + 0.5 + at_cell) * STRIDE - 0.5
    return Peaks(points, heat.flatten(-2).amax(dim=-1), cell)


def at_cells(maps: Tensor, cell: Tensor) -> Tensor:
    """Values of maps (..., S, h, w) in one cell (..., S, 2) of each."""
    flat = cell[..., 0] * maps.shape[-1] + cell[..., 1]
    return maps.flatten(-2).gather(-1, flat[..., None]).squeeze(-1)
