"""Changes to a picture that make it look as if another scanner, sequence or archive had made it.

Points and readings stay what they are. Each change takes and gives a picture (3, rows, columns), float32 in 0..1.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..images.grey_values import normalise

Change = Callable[[Tensor, np.random.Generator], Tensor]

MOST_CHANGES = 3
"""Pictures that are changed get from one to so many changes."""

_CURVE_NODES = 6
_LEFT_RIGHT, _UP_DOWN = 2, 1


def as_of_another_scanner(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """A picture after one to three of the changes, in random order; its grey values are scaled as any input's."""
    count = generator.integers(1, MOST_CHANGES + 1)
    for change in generator.choice(np.array(CHANGES, dtype=object), size=count, replace=False):
        picture = change(picture, generator).clamp(0, 1)
    return torch.from_numpy(normalise(picture.numpy()))


def with_other_contrast(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Grey values through a random smooth curve, not always rising: T1, fat-suppressed or water images of a kind.

    Air stays dark.
    """
    heights = np.concatenate([[0.0], generator.uniform(0, 1, size=_CURVE_NODES - 1)])
    if generator.random() < 0.5:
        heights.sort()
    curve = np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, _CURVE_NODES), heights).astype(np.float32)
    position = picture.clamp(0, 1) * 255
    low = position.floor().long().clamp_max(254)
    curve = torch.from_numpy(curve)
    return curve[low] + (position - low) * (curve[low + 1] - curve[low])


def with_coil_falloff(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Brightness that falls off with the distance from a surface coil, mostly one behind the back."""
    rows, columns = _coordinates(picture)
    away = 1 - columns if generator.random() < 0.7 else columns
    away = away + generator.uniform(0, 0.6) * (rows - generator.random()).abs()
    return picture * torch.exp(-generator.uniform(0.5, 2.5) * away) * generator.uniform(1.0, 2.0)


def with_coarser_pixels(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Fewer rows, columns or both, interpolated back."""
    size = np.array(picture.shape[1:])
    axes = np.array([(1, 0), (0, 1), (1, 1)])[generator.integers(3)]
    factors = 1 + generator.uniform(0.2, 1.8, size=2) * axes
    coarse = tuple(int(length) for length in np.maximum(32, size / factors))
    mode = ["bilinear", "nearest"][int(generator.random() < 0.3)]
    smaller = functional.interpolate(picture[None], coarse, mode="area")
    return functional.interpolate(smaller, tuple(size.tolist()), mode=mode)[0]


def with_thick_slices(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """The neighbours shine into the middle slice, as in slices thicker than the structures' edges are straight."""
    share = generator.uniform(0.2, 0.5)
    neighbours = (picture[0] + picture[2]) / 2
    shifted = neighbours.roll(int(generator.integers(-2, 3)), dims=0).roll(int(generator.integers(-3, 4)), dims=1)
    middle = (1 - share) * picture[1] + share * shifted
    return torch.stack([picture[0], middle, picture[2]])


def with_noise(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Noise of magnitude images: Rician, so that air is grey."""
    sigma = generator.uniform(0.03, 0.12)
    real, imaginary = torch.from_numpy(sigma * generator.standard_normal((2, *picture.shape), dtype=np.float32)).float()
    return torch.sqrt((picture + real) ** 2 + imaginary**2)


def with_ghosts(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Faint copies along one axis, as of breathing or of the heart's beat."""
    axis = int(generator.choice([_UP_DOWN, _LEFT_RIGHT]))
    step = int(picture.shape[axis] / generator.integers(2, 6))
    return picture + generator.uniform(0.05, 0.25) * picture.roll(step, axis)


def with_wrap(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """What lies beyond one edge appears at the other."""
    axis = int(generator.choice([_UP_DOWN, _LEFT_RIGHT]))
    length = picture.shape[axis]
    width = int(length * generator.uniform(0.08, 0.25))
    ramp = torch.linspace(1, 0, width).reshape((1, -1, 1) if axis == _UP_DOWN else (1, 1, -1))
    wrapped = picture.clone()
    at_start = generator.random() < 0.5
    target, source = (0, length - width) if at_start else (length - width, 0)
    ramp = ramp if at_start else ramp.flip(axis)
    wrapped.narrow(axis, target, width).add_(picture.narrow(axis, source, width) * ramp * generator.uniform(0.4, 1.0))
    return wrapped


def with_metal(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """A dark hole with a bright rim, as around a screw or a clip, mostly behind the middle."""
    rows, columns = _coordinates(picture)
    centre = generator.uniform(0.1, 0.9), generator.uniform(0.3, 1.0)
    radii = generator.uniform(0.02, 0.1, size=2)
    distance = torch.sqrt(((rows - centre[0]) / radii[0]) ** 2 + ((columns - centre[1]) / radii[1]) ** 2)
    rim = torch.exp(-(((distance - 1.1) / 0.2) ** 2)) * generator.uniform(0, 0.8)
    return picture * torch.sigmoid((distance - 1) * 8) + rim


def with_saturation_band(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """A dark strip in front of the spine, straight or slanting."""
    rows, columns = _coordinates(picture)
    edge = generator.uniform(0.1, 0.4) + generator.uniform(-0.3, 0.3) * (rows - 0.5)
    bright = torch.sigmoid((columns - edge) * generator.uniform(20, 80))
    return picture * (bright + (1 - bright) * generator.uniform(0.0, 0.3))


def with_marks(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """Bright or dark bars and frames, as letters, rulers and masks burnt into exported pictures."""
    marked = picture.clone()
    for _ in range(generator.integers(1, 8)):
        height, width = generator.integers(2, 12), generator.integers(2, 40)
        row = generator.integers(0, picture.shape[1] - height)
        column = generator.integers(0, max(1, picture.shape[2] // 5 - width // 2))
        if generator.random() < 0.5:
            column = picture.shape[2] - width - column
        marked[:, row : row + height, column : column + width] = float(generator.random() < 0.8)
    if generator.random() < 0.3:
        margin = int(generator.integers(4, 24))
        marked[:, :, :margin] = marked[:, :, -margin:] = float(generator.random() < 0.3)
    return marked


def with_few_greys(picture: Tensor, generator: np.random.Generator) -> Tensor:
    """As few grey values as in pictures saved for a screen, once more cut off at both ends."""
    low, high = generator.uniform(0, 0.1), generator.uniform(0.6, 1.0)
    levels = generator.integers(12, 64)
    return torch.round((picture - low).clamp_min(0) / (high - low) * levels) / levels


CHANGES: tuple[Change, ...] = (
    with_other_contrast,
    with_coil_falloff,
    with_coarser_pixels,
    with_thick_slices,
    with_noise,
    with_ghosts,
    with_wrap,
    with_metal,
    with_saturation_band,
    with_marks,
    with_few_greys,
)


def _coordinates(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns from 0 to 1, to be broadcast over the picture."""
    rows, columns = (torch.linspace(0, 1, length) for length in picture.shape[1:])
    return rows[:, None], columns[None, :]
