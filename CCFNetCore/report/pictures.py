"""The pictures of the report: the sagittal plane through the points, and a close-up of each disc.

Everything is laid out in millimetres along the directions (column, row, plane) of the sagittal grid, which are guessed
ones for a single picture.
"""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..images.grey_values import normalise
from ..images.volume import Volume
from ..result import Result
from ..slab import grid_directions, resample

MARGINS_MM = np.array([[60.0, 75.0], [55.0, 90.0]])
"""Shown around the points: in front and above, behind and below, so that the sacrum can be counted from."""

CLOSE_UP_MM = np.array([60.0, 45.0])
FINEST_PIXEL_MM = 0.4
MOST_PIXELS = 1000


@dataclass(frozen=True)
class Picture:
    """A picture that stands in the page itself.

    Attributes
    ----------
    uri : str
        PNG as a data URI.
    width_mm, height_mm : float
    points_mm : dict
        Place of each structure by name, millimetres to the right and down from the picture's corner.
    """

    uri: str
    width_mm: float
    height_mm: float
    points_mm: dict[str, tuple[float, float]]


def draw_pictures(volume: Volume, result: Result) -> tuple[Picture, dict[str, Picture]]:
    """The sagittal picture, and the close-ups of the discs that are in it, by name; all in one range of grey."""
    cutter = Cutter(volume, result)
    discs = [s.name for s in result.structures if s.kind == "disc" and s.name in cutter.places]
    windows = [cutter.spine_window(), *map(cutter.disc_window, discs)]
    planes = [cutter.cut(*window) for window in windows]
    grey = normalise(np.concatenate([plane.ravel() for plane in planes]))
    greys = np.split(grey, np.cumsum([plane.size for plane in planes])[:-1])
    pictures = [
        _picture(grey.reshape(plane.shape), window, cutter.places)
        for grey, plane, window in zip(greys, planes, windows, strict=True)
    ]
    return pictures[0], dict(zip(discs, pictures[1:], strict=True))


def data_uri(grey: np.ndarray) -> str:
    """PNG, as a page can hold it, of grey values (row, column) from 0 to 1."""
    stream = io.BytesIO()
    Image.fromarray(np.rint(grey * 255).astype(np.uint8)).save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


class Cutter:
    """Cuts windows, each a corner (column, row, plane), a width and height, and a pixel's side, from a volume."""

    def __init__(self, volume: Volume, result: Result) -> None:
        self.volume = volume
        self.directions = grid_directions(volume)
        self.places = {
            s.name: self._in_slice(np.array(s.index_ijk)) for s in result.structures if s.index_ijk is not None
        }

    def spine_window(self) -> tuple[np.ndarray, np.ndarray, float]:
        """The points and what is around them, as far as the volume goes, in the slice nearest to their middle."""
        corners = self.volume.corners_lps_mm() @ self.directions
        low, high = corners.min(axis=0), corners.max(axis=0)
        places = np.array(list(self.places.values()) or [low, high])
        low[:2] = np.maximum(low[:2], places.min(axis=0)[:2] - MARGINS_MM[0])
        high[:2] = np.minimum(high[:2], places.max(axis=0)[:2] + MARGINS_MM[1])
        middle = self.volume.lps_mm_to_index(self.directions @ places.mean(axis=0))
        low[2] = self._in_slice(middle)[2]
        in_plane = np.delete(self.volume.spacing_mm, self.volume.left_right_axis)
        size = (high - low)[:2]
        return low, size, max(min(in_plane), max(size) / MOST_PIXELS)

    def disc_window(self, name: str) -> tuple[np.ndarray, np.ndarray, float]:
        """What is around a disc, in the slice nearest to it."""
        corner = self.places[name] - [*CLOSE_UP_MM / 2, 0.0]
        return corner, CLOSE_UP_MM, FINEST_PIXEL_MM

    def cut(self, corner: np.ndarray, size_mm: np.ndarray, pixel_mm: float) -> np.ndarray:
        """Pixels (row, column) of a window."""
        columns, rows = np.maximum(1, np.rint(size_mm / pixel_mm)).astype(int)
        first = self.directions @ (corner + np.array([pixel_mm / 2, pixel_mm / 2, 0.0]))
        thickness = self.volume.spacing_mm[self.volume.left_right_axis]
        return resample(self.volume, first, self.directions, (pixel_mm, pixel_mm, thickness), (columns, rows, 1))[0]

    def _in_slice(self, index: np.ndarray) -> np.ndarray:
        """The place (column, row, plane) of a voxel index, moved into the nearest slice."""
        axis = self.volume.left_right_axis
        index[axis] = np.clip(np.rint(index[axis]), 0, self.volume.size[axis] - 1)
        return self.volume.index_to_lps_mm(index) @ self.directions


def _picture(grey: np.ndarray, window: tuple[np.ndarray, np.ndarray, float], places: dict[str, np.ndarray]) -> Picture:
    corner, size_mm, _ = window
    return Picture(
        uri=data_uri(grey),
        width_mm=float(size_mm[0]),
        height_mm=float(size_mm[1]),
        points_mm={name: tuple((place - corner)[:2].tolist()) for name, place in places.items()},
    )
