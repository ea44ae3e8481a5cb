"""The sagittal pictures that the network reads, cut from a volume by millimetres, and the way back.

The network's frame has square pixels of a fixed size, rows from head to feet and columns from front to back,
whatever the voxel grid: nothing is stretched, and where the volume ends the frame is padded with air.
"""

from dataclasses import dataclass, replace

import numpy as np

from .grid import STRIDE
from .images.grey_values import normalise
from .images.volume import SAGITTAL_DIRECTION, Volume

HALF_WIDTH_MM = 15.0
"""Planes up to this far left and right of the volume's middle are read."""

PITCH_MM = 5.0
"""Distance of the planes, as near as the volume's own slices allow."""

PICTURE_SCALES = (0.78, 0.85, 0.92, 1.0, 1.08, 1.15, 1.24)
"""A single picture is read as if it were this many times smaller than guessed."""

OTHER_SCALES = (0.93, 1.07)
"""A volume is also read with pixels this many times as large."""

MARGIN_CELLS = 2
"""Cells of the grid shown as air above and below a volume, for at a picture's rim the network sees less well.

A single picture is shown as it is: with a margin its names were no better (Tianchi's fold 0).
"""

FEWEST_TO_SMOOTH = 4
"""Voxels along an axis that SimpleITK's recursive filter needs."""

SMOOTHING_REACH = 5.0
"""A voxel this many standard deviations away has no say in a smoothed one."""

STRAIGHT_SINE = 0.02
"""A grid turned by less than this (about one degree) counts as straight."""

SQUARE_COSINE = 1e-6
"""Axes nearer to right angles differ by the rounding of a header."""


@dataclass(frozen=True)
class Slab:
    """Pictures for the network and their place in the patient.

    Attributes
    ----------
    pictures : numpy.ndarray
        (plane, 3, row, column), float32 in 0..1: each plane between its neighbours.
    origin_lps_mm : numpy.ndarray
        (3,), centre of the first pixel of the first plane.
    step_lps_mm : numpy.ndarray
        (3, 3); its columns are the steps in LPS from one plane, row and column to the next.
    """

    pictures: np.ndarray
    origin_lps_mm: np.ndarray
    step_lps_mm: np.ndarray

    @property
    def pixel_mm(self) -> float:
        """Side of a pixel of the pictures."""
        return float(np.linalg.norm(self.step_lps_mm[:, 1]))

    @property
    def directions(self) -> np.ndarray:
        """LPS directions of columns, rows and planes, as the columns of a matrix."""
        return (self.step_lps_mm / np.linalg.norm(self.step_lps_mm, axis=0))[:, ::-1]

    def to_lps_mm(self, place: np.ndarray) -> np.ndarray:
        """LPS millimetres of continuous (plane, row, column) places, (..., 3)."""
        return np.asarray(place) @ self.step_lps_mm.T + self.origin_lps_mm

    def from_lps_mm(self, position: np.ndarray) -> np.ndarray:
        """Continuous (plane, row, column) places of LPS millimetres, (..., 3)."""
        return (np.asarray(position) - self.origin_lps_mm) @ np.linalg.inv(self.step_lps_mm).T

    def between(self, first: int, last: int) -> "Slab":
        """The planes from the first to the last alone."""
        origin = self.origin_lps_mm + first * self.step_lps_mm[:, 0]
        return replace(self, pictures=self.pictures[first : last + 1], origin_lps_mm=origin)


def cut_slabs(volume: Volume, pixel_mm: float) -> list[Slab]:
    """Cut the planes around the volume's middle, in each frame that the spine may lie straight in, likeliest first.

    A picture is cut at several scales, in their order, for its own is not known. Thick slices are read as they were
    taken. An oblique isotropic volume is cut in two ways: along its own grid, for a patient who lay askew, and along
    the patient's axes, for a volume that was resampled, which shows by its empty corners.

    Parameters
    ----------
    volume : Volume
    pixel_mm : float
        Side of a pixel of the network's frame.

    Raises
    ------
    InputError
        If sagittal planes cannot be had from the volume.
    """
    volume.require_sagittal()
    if volume.is_picture:
        return [_cut(volume, SAGITTAL_DIRECTION, pixel_mm * scale) for scale in PICTURE_SCALES]
    along_grid = grid_directions(volume)
    if not volume.is_isotropic:
        return [_cut(volume, along_grid, pixel_mm)]
    is_straight = np.allclose(along_grid, SAGITTAL_DIRECTION, atol=STRAIGHT_SINE)
    if is_straight:
        return [_cut(volume, SAGITTAL_DIRECTION, pixel_mm)]
    frames = (SAGITTAL_DIRECTION, along_grid) if _has_empty_corners(volume) else (along_grid, SAGITTAL_DIRECTION)
    return [_cut(volume, directions, pixel_mm) for directions in frames]


def cut_at_other_scales(volume: Volume, slab: Slab) -> list[Slab]:
    """The planes of a slab of this volume once more, with finer and with coarser pixels."""
    return [cut_again(volume, slab, scale) for scale in OTHER_SCALES]


def cut_again(volume: Volume, slab: Slab, scale: float) -> Slab:
    """The planes of a slab of this volume once more, with pixels this many times as large."""
    return _cut(volume, slab.directions, slab.pixel_mm * scale)


def _has_empty_corners(volume: Volume) -> bool:
    """Whether nothing but padding lies in the eight corners."""
    array, first_and_last = volume.grey_values.array, np.ix_(*[(0, -1)] * 3)
    return bool((array[first_and_last] == array.min()).all())


def _cut(volume: Volume, directions: np.ndarray, pixel_mm: float) -> Slab:
    planes, pitch_mm = _plane_places(volume, directions[:, 2])
    low_mm, size = _extent(volume, directions, pixel_mm)
    origin = directions @ np.array([*low_mm, planes[0]])
    pictures = resample(volume, origin, directions, (pixel_mm, pixel_mm, pitch_mm), (*size, len(planes)))
    neighbours = np.arange(len(planes))[:, None] + [-1, 0, 1]
    return Slab(
        pictures=normalise(pictures)[neighbours.clip(0, len(planes) - 1)],
        origin_lps_mm=origin,
        step_lps_mm=directions[:, ::-1] * [pitch_mm, pixel_mm, pixel_mm],
    )


def grid_directions(volume: Volume) -> np.ndarray:
    """LPS directions of columns, rows and planes along the voxel grid, as the columns of a matrix.

    Of the grid's axes, whatever their order, those nearest to front-back, head-foot and left-right; where they lean,
    others near them that are at right angles.
    """
    plane = volume.left_right_axis
    row = max({0, 1, 2} - {plane}, key=lambda axis: abs(volume.direction[2, axis]))
    axes = volume.direction[:, [3 - plane - row, row, plane]]
    axes = axes * np.sign((axes * SAGITTAL_DIRECTION).sum(axis=0))
    return axes if np.allclose(axes.T @ axes, np.eye(3), atol=SQUARE_COSINE) else _square(axes)


def _square(axes: np.ndarray) -> np.ndarray:
    """Axes at right angles instead of those that lean: in the slices, or across them, whichever lies straighter."""
    in_slices, across = (_one_after_another(axes, order) for order in ([1, 0, 2], [2, 1, 0]))
    return max(in_slices, across, key=lambda square: (square * SAGITTAL_DIRECTION).sum())


def _one_after_another(axes: np.ndarray, order: list[int]) -> np.ndarray:
    """The first axis in this order as it is, and of each other what lies at right angles to those before it."""
    square, along = np.linalg.qr(axes[:, order])
    return (square * np.sign(np.diag(along)))[:, np.argsort(order)]


def _plane_places(volume: Volume, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Places of the planes along the direction to the right, and their distance, in millimetres."""
    axis = volume.left_right_axis
    centre = (np.array(volume.size) - 1) / 2
    middle = volume.index_to_lps_mm(centre) @ right
    if volume.is_isotropic:
        steps = int(HALF_WIDTH_MM / PITCH_MM)
        planes = middle + np.arange(-steps, steps + 1) * PITCH_MM
        ends = volume.corners_lps_mm() @ right
        return planes[(planes >= ends.min()) & (planes <= ends.max())], PITCH_MM
    spacing = volume.spacing_mm[axis] * abs(volume.direction[:, axis] @ right)
    stride = max(1, round(PITCH_MM / spacing))
    slices = np.arange(int(centre[axis]) % stride, volume.size[axis], stride)
    slices = slices[np.abs(slices - centre[axis]) * spacing <= HALF_WIDTH_MM]
    index = np.tile(centre, (len(slices), 1))
    index[:, axis] = slices
    return np.sort(volume.index_to_lps_mm(index) @ right), stride * spacing


def _extent(volume: Volume, directions: np.ndarray, pixel_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the pictures begin along columns and rows, in millimetres, and how many of these there are.

    A volume has a margin above and below. Widened to whole cells of the grid on either side of the volume's middle, so
    that a volume that is turned, flipped or resampled about its middle is cut along the same cells.
    """
    middle = volume.index_to_lps_mm((np.array(volume.size) - 1) / 2) @ directions[:, :2]
    reach = np.abs(volume.corners_lps_mm() @ directions[:, :2] - middle).max(axis=0)
    cells = np.ceil(reach / (pixel_mm * STRIDE)).astype(int)
    cells[1] += 0 if volume.is_picture else MARGIN_CELLS
    return middle - cells * STRIDE * pixel_mm, 2 * cells * STRIDE


def _needed_part(volume: Volume, corners_lps_mm: np.ndarray, deviation_mm: np.ndarray) -> Volume:
    """The grey values between these corners, with as much around it as reaches in when smoothed."""
    index = volume.lps_mm_to_index(corners_lps_mm)
    margin = np.maximum(np.ceil(SMOOTHING_REACH * deviation_mm / volume.spacing_mm) + 1, FEWEST_TO_SMOOTH)
    low = np.clip(np.floor(index.min(axis=0) - margin), 0, np.array(volume.size) - 1).astype(int)
    high = np.clip(np.ceil(index.max(axis=0) + margin), 0, np.array(volume.size) - 1).astype(int)
    (i, j, k), (i_end, j_end, k_end) = low, high + 1
    array = volume.grey_values.array[k:k_end, j:j_end, i:i_end]
    return replace(volume, array=array, origin_lps_mm=tuple(volume.index_to_lps_mm(low).tolist()))


def resample(
    volume: Volume,
    origin: np.ndarray,
    directions: np.ndarray,
    spacing: tuple[float, ...],
    size: tuple[int, ...],
    outside: float | None = None,
) -> np.ndarray:
    """The grey values of a volume on another grid (plane, row, column).

    Parameters
    ----------
    volume : Volume
    origin : numpy.ndarray
        (3,), LPS centre of the first pixel of the first plane.
    directions : numpy.ndarray
        (3, 3); its columns are the LPS directions of columns, rows and planes.
    spacing : tuple of float
        Millimetres between columns, rows and planes.
    size : tuple of int
        Number of columns, rows and planes.
    outside : float, optional
        Value outside the volume; the least grey value if None.
    """
    import SimpleITK

    # A frame coarser than the voxels takes their mean, not one in two or three of them.
    wanted = np.full(3, spacing[0])
    wanted[volume.left_right_axis] = spacing[2]
    deviation_mm = 0.4 * np.sqrt(np.maximum(0.0, wanted**2 - np.square(volume.spacing_mm)))
    corners = origin + np.array(np.meshgrid(*[(0, n - 1) for n in size])).reshape(3, -1).T * spacing @ directions.T
    image = _needed_part(volume, corners, deviation_mm).to_sitk()
    for axis in np.flatnonzero((deviation_mm > 0) & (np.array(volume.size) >= FEWEST_TO_SMOOTH)):
        image = SimpleITK.RecursiveGaussian(image, sigma=float(deviation_mm[axis]), direction=int(axis))
    return SimpleITK.GetArrayFromImage(
        SimpleITK.Resample(
            image,
            [int(length) for length in size],
            SimpleITK.Transform(),
            SimpleITK.sitkLinear,
            origin.tolist(),
            [float(s) for s in spacing],
            directions.ravel().tolist(),
            float(volume.grey_values.array.min()) if outside is None else outside,
        )
    )
