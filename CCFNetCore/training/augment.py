"""Random changes to an example that a scanner, a patient or an observer could have made."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms.v2.functional import gaussian_blur

from .. import anatomy
from .data import Example
from .scanners import as_of_another_scanner


class Sample(NamedTuple):
    """One example, ready for the network.

    Attributes
    ----------
    picture : Tensor
        (3, rows, columns), float32 in 0..1.
    points : Tensor
        (S, 2), row and column in pixels; not-a-number where a structure is not in the picture.
    abnormal : Tensor
        (S,), 1, 0 or not-a-number.
    exact : Tensor
        (S,), whether the point is where the centre is, or only near.
    """

    picture: Tensor
    points: Tensor
    abnormal: Tensor
    exact: Tensor


@dataclass(frozen=True)
class Placing:
    """How a picture is cut at random before it is learned from.

    Attributes
    ----------
    size : tuple of int
        Rows and columns of the cut.
    turn_degrees, zoom : float
        Largest turn, and largest change of scale (as a natural logarithm), either way.
    wander : float
        Share of the cuts that lie anywhere about the spine. Most of the others lie in height as the picture was
        taken, for the height tells something about the level.
    cut_off : float
        Share of the cuts that end within the spine, above or below, so that levels are missing.
    bend : float
        Standard deviation in pixels of a smooth deformation: vertebrae and discs of other shapes and distances.
    hide : float
        Share of the cuts in which a rectangle is hidden, so that names do not hang on one place alone.
    slip : float
        Share of the cuts in which the spine is broken at one height, what lies above slipped forward or back.
    go_on : float
        Share of the cuts in which the spine goes on above T12-L1 as far as one can see, with copies of the uppermost
        levels that have no names: as in whole spines. Some of these cuts show nothing else.
    """

    size: tuple[int, int]
    turn_degrees: float
    zoom: float
    wander: float
    cut_off: float = 0.1
    bend: float = 0.0
    hide: float = 0.0
    slip: float = 0.0
    go_on: float = 0.0


GOES_ON_BY = ("L1-L2", "L2-L3")
"""Where spines go on upwards, what lies between T12-L1 and one of these discs is repeated."""

MOST_SHRUNK = 1.3
"""Repeated levels are smaller by up to this factor, as thoracic ones are."""

BEND_NODES_PX = 40
"""Distance of the places between which a deformation is smooth: about a level and a half."""

SLIP_PX, SLIP_HEIGHT_PX = 12.0, 4.0
"""Farthest slip, and about how many rows it takes."""

HIDDEN_PX = (16, 72)
"""Shortest and longest side of a hidden rectangle."""


def augment(example: Example, placing: Placing, generator: np.random.Generator, other_scanners: float = 0.0) -> Sample:
    """Turn, scale, shift, mirror, bend, cut, re-light and partly hide an example.

    Parameters
    ----------
    example : Example
    placing : Placing
    generator : numpy.random.Generator
    other_scanners : float
        Share of the pictures that are changed as :mod:`.scanners` does.
    """
    repeat = _random_repeat(example, generator) if generator.random() < placing.go_on else None
    matrix = _random_affine(example, placing, generator, repeat is not None)
    bend = _random_bend(placing, generator)
    picture = _warp(torch.from_numpy(example.slices), matrix, bend, repeat)
    picture = _vary_neighbours(picture, generator)
    if generator.random() < other_scanners:
        picture = as_of_another_scanner(picture, generator)
    picture = _vary_intensity(picture, generator)
    jitter = generator.normal(0.0, 0.5, size=example.points.shape)
    points = _bend_points((example.points + jitter) @ matrix[:, :2].T + matrix[:, 2], bend)
    points[~((points >= 0) & (points <= np.array(placing.size) - 1)).all(axis=1)] = np.nan
    abnormal = example.abnormal
    if generator.random() < placing.hide:
        picture, abnormal = _hide_rectangle(picture, points, abnormal, generator)
    return Sample(
        picture,
        torch.from_numpy(points).float(),
        torch.from_numpy(abnormal).float(),
        torch.from_numpy(~example.approximate),
    )


class Repeat(NamedTuple):
    """What is seen above ``start``: what lies below it as far as ``step``, again and again, ``shrunk`` times smaller.

    Places are rows and columns in the example's pixels.
    """

    start: np.ndarray
    step: np.ndarray
    shrunk: float


def _random_repeat(example: Example, generator: np.random.Generator) -> Repeat | None:
    """None where the discs are not marked that it takes."""
    start = example.points[anatomy.index_of("T12-L1")]
    step = example.points[anatomy.index_of(generator.choice(GOES_ON_BY))] - start
    return None if np.isnan(start + step).any() else Repeat(start, step, generator.uniform(1.0, MOST_SHRUNK))


def _random_affine(
    example: Example, placing: Placing, generator: np.random.Generator, goes_on: bool = False
) -> np.ndarray:
    """2 x 3 matrix from (row, column) in the example to (row, column) in the cut."""
    angle = math.radians(generator.uniform(-1, 1) * placing.turn_degrees) if generator.random() < 0.8 else 0.0
    scale = math.exp(generator.uniform(-1, 1) * placing.zoom) if generator.random() < 0.8 else 1.0
    mirror = -1.0 if generator.random() < 0.5 else 1.0
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    linear = scale * turn @ np.diag([1.0, mirror])
    centre = _random_centre(example, linear, placing, generator)
    if goes_on and generator.random() < 0.5:
        centre[0] -= generator.uniform(0, placing.size[0])
    return np.column_stack([linear, (np.array(placing.size) - 1) / 2 - centre])


def _random_centre(
    example: Example, linear: np.ndarray, placing: Placing, generator: np.random.Generator
) -> np.ndarray:
    """Middle of the cut in the turned and scaled example."""
    size = np.array(placing.size)
    spine = example.points[~np.isnan(example.points).any(axis=1)] @ linear.T
    low, high = spine.min(axis=0), spine.max(axis=0)
    reach = np.minimum(np.abs(size - 24 - (high - low)) / 2, [np.inf, size[1] / 5])
    centre = (low + high) / 2 + generator.uniform(-reach, reach)
    kind = generator.random()
    if kind < placing.cut_off:
        end = generator.uniform(low[0], high[0])
        centre[0] = end + generator.choice([-0.5, 0.5]) * size[0]
    elif kind >= placing.cut_off + placing.wander:
        as_taken = linear @ ((np.array(example.slices.shape[1:]) - 1) / 2)
        centre[0] = as_taken[0] + generator.normal(0.0, 12.0)
    return centre


def _random_bend(placing: Placing, generator: np.random.Generator) -> Tensor:
    """(rows, columns, 2): by how many rows and columns what is seen at each pixel of the cut lies off."""
    bend = torch.zeros(*placing.size, 2)
    if placing.bend:
        nodes = [2 + length // BEND_NODES_PX for length in placing.size]
        moves = torch.from_numpy(generator.normal(0.0, placing.bend, size=(1, 2, *nodes))).float()
        smooth = functional.interpolate(moves, placing.size, mode="bicubic", align_corners=True)
        bend += smooth[0].permute(1, 2, 0)
    if generator.random() < placing.slip:
        bend[:, :, 1] += _slip(placing.size[0], generator)[:, None]
    return bend


def _slip(rows: int, generator: np.random.Generator) -> Tensor:
    """(rows,): columns by which each row is moved, nothing below one height and the same above it."""
    height = generator.uniform(0.25, 0.75) * rows
    above = torch.sigmoid((height - torch.arange(rows)) / SLIP_HEIGHT_PX)
    return above * generator.uniform(-SLIP_PX, SLIP_PX)


def _bend_points(points: np.ndarray, bend: Tensor) -> np.ndarray:
    """Where in the cut the points (S, 2) are seen: there, the bend leads back to them."""
    last = np.array(bend.shape[:2]) - 1
    seen = points
    for _ in range(4):
        row, column = np.nan_to_num(seen).round().clip(0, last).astype(int).T
        seen = points - bend.numpy()[row, column]
    return seen


def _warp(slices: Tensor, matrix: np.ndarray, bend: Tensor, repeat: Repeat | None = None) -> Tensor:
    """Resample (C, H, W) through bend and matrix into a cut; 0 outside."""
    back = torch.from_numpy(np.linalg.inv(matrix[:, :2])).float()
    rows, columns = (torch.arange(length) for length in bend.shape[:2])
    pixels = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1)
    source = (pixels + bend - torch.from_numpy(matrix[:, 2]).float()) @ back.T
    if repeat is not None:
        source = repeated(source, repeat)
    half = (torch.tensor(slices.shape[-2:]) - 1) / 2
    grid = (source / half - 1).flip(-1)
    return functional.grid_sample(slices[None], grid[None], align_corners=True)[0]


def repeated(source: Tensor, repeat: Repeat) -> Tensor:
    """Places (..., 2) above the start of what is repeated, moved down by whole steps to where there is something."""
    start, step = (torch.from_numpy(values).float() for values in (repeat.start, repeat.step))
    from_start = source - start
    is_above = (from_start @ step)[..., None] < 0
    magnified = from_start * repeat.shrunk
    steps = torch.ceil(-(magnified @ step) / step.square().sum())[..., None]
    return torch.where(is_above, start + magnified + steps * step, source)


def _vary_neighbours(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Move the outer channels a little: the pictures at hand are single, neighbouring slices are not equal."""
    if generator.random() < 0.5:
        return picture
    neighbours = []
    for channel in (0, 2):
        rows, columns = generator.integers(-2, 3, size=2)
        moved = picture[channel].roll((int(rows), int(columns)), dims=(0, 1))
        neighbours.append(moved * generator.uniform(0.8, 1.2))
    return torch.stack([neighbours[0], picture[1], neighbours[1]])


def _vary_intensity(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Contrast, coil shading, blur and noise."""
    if generator.random() < 0.8:
        picture = picture.clamp_min(0) ** math.exp(generator.uniform(-0.4, 0.4)) * generator.uniform(0.7, 1.3)
    if generator.random() < 0.8:
        picture = picture * _shading(picture.shape[-2:], generator)
    if generator.random() < 0.3:
        sigma = float(generator.uniform(0.4, 1.2))
        picture = gaussian_blur(picture, [5, 5], [sigma, sigma])
    if generator.random() < 0.5:
        noise = generator.standard_normal(picture.shape, dtype=np.float32)
        picture = picture + torch.from_numpy(noise) * generator.uniform(0.0, 0.06)
    return picture.clamp(0, 1)


def _hide_rectangle(
    picture: Tensor, points: np.ndarray, abnormal: np.ndarray, generator: np.random.Generator
) -> tuple[Tensor, np.ndarray]:
    """One grey over a rectangle of the picture; what lies in it has no reading, but keeps its name and place."""
    low = generator.uniform(0, np.array(picture.shape[1:]) - HIDDEN_PX[0]).astype(int)
    high = low + generator.integers(*HIDDEN_PX, size=2)
    picture = picture.clone()
    picture[:, low[0] : high[0], low[1] : high[1]] = generator.random()
    is_hidden = ((points >= low) & (points < high)).all(axis=1)
    return picture, np.where(is_hidden, np.nan, abnormal)


def _shading(size: tuple[int, int], generator: np.random.Generator) -> Tensor:
    """A smooth multiplicative field: the exponential of a polynomial of order three."""
    rows, columns = (torch.stack([torch.linspace(-1, 1, n) ** order for order in range(4)]) for n in size)
    weights = torch.from_numpy(generator.uniform(-0.3, 0.3, size=(4, 4))).float()
    return torch.exp(rows.T @ weights @ columns)
