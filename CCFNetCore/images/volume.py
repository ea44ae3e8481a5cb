"""A volume of voxels and where it lies in the patient."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .contrast import Weighting
from .grey_values import GreyValues, without_outliers

if TYPE_CHECKING:
    import SimpleITK

LEFT = np.array([1.0, 0.0, 0.0])

# Rows run head to feet, columns front to back: the direction of a sagittal picture without a header.
SAGITTAL_DIRECTION = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])

COARSEST_IN_PLANE_MM = 2.5
FEWEST_SLICES = 3

NEAR_ISOTROPIC = 1.5
"""Slices at most this many times as far apart as pixels allow any plane to be cut."""

EMPTY_MM = 2.0
"""Less padding left and right than this makes no difference."""

MOST_LEAN_DEGREES = 30.0
"""Axes that lean so much are of no scan: the gantry of a CT leans by less."""


@dataclass(frozen=True)
class Volume:
    """Voxels with their geometry.

    Attributes
    ----------
    name : str
        The file's or folder's name without its ending.
    array : numpy.ndarray
        (k, j, i): slice, row, column of the input's own voxel grid.
    spacing_mm : tuple of float
        Along i, j, k.
    origin_lps_mm : tuple of float
        Centre of voxel (0, 0, 0).
    direction : numpy.ndarray
        (3, 3); its columns are the LPS directions of i, j and k, which may lean and be left-handed.
    is_picture : bool
        Whether it is a single picture whose pixel size and place in the patient are unknown; its spacing is
        then a guess, good enough to scale it for the network and not to be shown as millimetres.
    series_instance_uid : str or None
        Of a DICOM series.
    series : str or None
        The stack that was read, as ``ccfnet series`` lists it.
    weighting : Weighting
    notes : tuple of str
        How the input was read, such as which series was chosen and why.
    warnings : tuple of str
        What is odd about the input.
    """

    name: str
    array: np.ndarray
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: np.ndarray = field(default_factory=SAGITTAL_DIRECTION.copy)
    is_picture: bool = False
    series_instance_uid: str | None = None
    series: str | None = None
    weighting: Weighting = "unknown"
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.array.ndim != 3:
            raise InputError(f"{self.name}: has {self.array.ndim} dimensions, but a volume has 3.")

    @property
    def size(self) -> tuple[int, int, int]:
        """Number of voxels along i, j, k."""
        return self.array.shape[::-1]

    @cached_property
    def grey_values(self) -> GreyValues:
        """The array to look at: without what cannot be tissue."""
        return without_outliers(self.array)

    @property
    def left_right_axis(self) -> int:
        """Which of i, j, k (0, 1, 2) runs closest to left-right."""
        return int(np.argmax(np.abs(LEFT @ self.direction)))

    @property
    def is_isotropic(self) -> bool:
        """Whether slices left to right are about as fine as pixels, so that any plane may be cut from it."""
        in_plane = np.delete(self.spacing_mm, self.left_right_axis)
        return self.spacing_mm[self.left_right_axis] <= NEAR_ISOTROPIC * max(in_plane)

    @property
    def lean_degrees(self) -> float:
        """By how much the angles between i, j and k differ from right ones, at most."""
        cosines = np.abs(np.triu(self.direction.T @ self.direction, 1)).max()
        return float(np.degrees(np.arcsin(min(cosines, 1.0))))

    def index_to_lps_mm(self, index: np.ndarray) -> np.ndarray:
        """LPS millimetres of continuous (i, j, k) indices, (..., 3)."""
        return np.asarray(index) * self.spacing_mm @ self.direction.T + self.origin_lps_mm

    def lps_mm_to_index(self, position: np.ndarray) -> np.ndarray:
        """Continuous (i, j, k) indices of LPS millimetres, (..., 3)."""
        back = np.linalg.inv(self.direction * self.spacing_mm)
        return (np.asarray(position) - self.origin_lps_mm) @ back.T

    def corners_lps_mm(self) -> np.ndarray:
        """Centres of the eight corner voxels, (8, 3)."""
        ends = [(0, length - 1) for length in self.size]
        return self.index_to_lps_mm(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))

    def without_empty_slices(self) -> "Volume":
        """The same volume without the slices at its left and right ends that hold one grey value, as padding does.

        It stays as it is if all are like that, or too few to make a difference.
        """
        slices = np.moveaxis(self.grey_values.array, 2 - self.left_right_axis, 0)
        filled = np.flatnonzero(slices.max(axis=(1, 2)) > slices.min(axis=(1, 2)))
        if not filled.size or (len(slices) - np.ptp(filled) - 1) * self.spacing_mm[self.left_right_axis] < EMPTY_MM:
            return self
        first = np.zeros(3)
        first[self.left_right_axis] = filled[0]
        part = np.moveaxis(slices[filled[0] : filled[-1] + 1], 0, 2 - self.left_right_axis)
        return replace(self, array=part, origin_lps_mm=tuple(self.index_to_lps_mm(first).tolist()))

    def require_sagittal(self) -> None:
        """Check that sagittal slices can be had from it.

        Raises
        ------
        InputError
            If there are too few slices, they were not taken in the sagittal plane, or its axes lie no scan's way.
        """
        if self.is_picture:
            return
        if min(self.size) < FEWEST_SLICES:
            raise InputError(
                f"{self.name}: has {min(self.size)} slice(s), but at least {FEWEST_SLICES} sagittal ones are needed."
            )
        if self.lean_degrees >= MOST_LEAN_DEGREES:
            raise InputError(
                f"{self.name}: the axes of its voxel grid are {self.lean_degrees:.0f} degrees off right angles."
            )
        if max(np.delete(self.spacing_mm, self.left_right_axis)) > COARSEST_IN_PLANE_MM:
            thickest = int(np.argmax(self.spacing_mm))
            raise InputError(
                f"{self.name}: its slices are {plane_name(self.direction[:, thickest])}, "
                f"{self.spacing_mm[thickest]:.1f} mm apart; a sagittal series or a near-isotropic volume is needed."
            )

    def to_sitk(self) -> "SimpleITK.Image":
        """The same volume as a SimpleITK image of 32-bit floats."""
        import SimpleITK

        image = SimpleITK.GetImageFromArray(np.ascontiguousarray(self.array, dtype=np.float32))
        image.SetSpacing([float(s) for s in self.spacing_mm])
        image.SetOrigin([float(o) for o in self.origin_lps_mm])
        image.SetDirection(self.direction.ravel().tolist())
        return image


def plane_name(normal: np.ndarray) -> str:
    """The plane that a normal (3,), LPS, is nearest to: sagittal, coronal or axial."""
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(normal)))]
