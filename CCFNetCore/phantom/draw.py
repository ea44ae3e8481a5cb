"""Draws the phantom's spine as the slices of a sagittal T2-weighted study."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from .spine import Block, Spine, make_spine

_BODY_HALF_WIDTH_MM = 23.0
_CANAL_HALF_WIDTH_MM = 11.0
_SPINOUS_HALF_WIDTH_MM = 4.0

# Signal of the tissues in a T2-weighted picture, fat at 1.
_FAT, _MUSCLE, _MARROW, _CORTEX, _FLUID, _CORD, _NUCLEUS, _ANNULUS = 1.0, 0.22, 0.42, 0.06, 1.05, 0.45, 0.75, 0.15


@dataclass(frozen=True)
class Phantom:
    """A drawn study.

    Attributes
    ----------
    slices : numpy.ndarray
        (slice, row, column), uint16; slices run left to right, rows head to feet, columns front to back.
    spacing_mm : tuple of float
        Between slices, rows and columns.
    origin_lps_mm : numpy.ndarray
        (3,), centre of the first voxel.
    spine : Spine
        What was drawn, with the true landmarks.
    """

    slices: np.ndarray
    spacing_mm: tuple[float, float, float]
    origin_lps_mm: np.ndarray
    spine: Spine


def draw_phantom(seed: int, slice_offsets_mm: np.ndarray | None = None) -> Phantom:
    """The study with this seed: the same seed always gives the same study.

    Parameters
    ----------
    seed : int
    slice_offsets_mm : numpy.ndarray, optional
        Equidistant places of the slices, going from left (positive) to right; by default thirteen, 4.4 mm apart,
        around 0.
    """
    if slice_offsets_mm is None:
        slice_offsets_mm = (6 - np.arange(13)) * 4.4
    rng = np.random.default_rng(seed)
    spine = make_spine(rng)
    pixel = rng.uniform(0.75, 1.0)
    size = int(rng.choice([320, 352, 384]))
    rows = (size / 2 - 0.5 - np.arange(size)) * pixel + rng.uniform(-12, 6)
    columns = (np.arange(size) - size / 2 + 0.5) * pixel - rng.uniform(10, 40)
    painter = _Painter(rng, spine, rows, columns)
    pictures = np.stack([painter.slice_at(left) for left in slice_offsets_mm])
    return Phantom(
        slices=_to_magnitude(rng, pictures),
        spacing_mm=(float(slice_offsets_mm[0] - slice_offsets_mm[1]), pixel, pixel),
        origin_lps_mm=np.array([slice_offsets_mm[0], columns[0], rows[0]]),
        spine=spine,
    )


class _Painter:
    """Paints sagittal slices of one spine; what is random is drawn once, so that the slices fit together."""

    def __init__(self, rng: np.random.Generator, spine: Spine, rows: np.ndarray, columns: np.ndarray) -> None:
        self.spine = spine
        self.superior, self.posterior = np.meshgrid(rows, columns, indexing="ij")
        shape = self.superior.shape
        self.texture = [_smooth_field(rng, shape, cells=28) for _ in range(2)]
        self.grain = _smooth_field(rng, shape, cells=90)
        self.coil = np.exp(rng.uniform(0.2, 0.7) * _smooth_field(rng, shape, cells=3))
        self.coil_fall_mm = rng.uniform(60, 160)
        self.skin_mm = rng.uniform(105, 140), rng.uniform(38, 60)
        self.fat_mm = rng.uniform(8, 35), rng.uniform(5, 28)
        self.canal_mm = rng.uniform(12, 17)
        self.conus_mm = rng.uniform(35, 75)
        self.marrow = _MARROW * rng.uniform(0.75, 1.3)
        self.signal = {block.name: rng.normal(1.0, 0.07) for block in (*spine.bodies, *spine.discs)}
        self.spurs_mm = {body.name: rng.uniform(2, 6, size=4) for body in spine.bodies}
        self.end_plate = {body.name: rng.choice([0.5, 1.7], size=2) for body in spine.bodies}
        self.bulge_mm = {disc.name: rng.uniform(2, 6) for disc in spine.discs}
        self.behind_column_mm = self._distance_behind_column()
        self.middle_mm = self._place_sideways()

    def slice_at(self, left_mm: float) -> np.ndarray:
        """Signal without noise in the sagittal plane at this place."""
        picture = self._soft_tissue(left_mm)
        picture = self._canal_and_arches(picture, left_mm - self.middle_mm)
        for blocks, paint in ((self.spine.discs, self._paint_disc), (self.spine.bodies, self._paint_body)):
            for block in blocks:
                lateral = abs(left_mm - block.centre_lps_mm[0]) / _BODY_HALF_WIDTH_MM
                if lateral < 1:
                    paint(picture, block, (1 - lateral**3) ** (1 / 3))
        return picture * self.coil * np.exp((self.posterior - 40) / (2 * self.coil_fall_mm)).clip(0.1, 1.2)

    def _distance_behind_column(self) -> np.ndarray:
        """Millimetres behind the back wall of the vertebral column, square to it, for every pixel."""
        wall = np.array([b.centre_lps_mm[1:] + b.back * b.depth_mm / 2 for b in self.spine.bodies])
        superior = self.superior[:, 0]
        back = np.interp(superior, wall[:, 1], wall[:, 0])
        back = _running_mean(back, 15)
        slope = np.gradient(back, superior)
        return (self.posterior - back[:, None]) / np.sqrt(1 + slope[:, None] ** 2)

    def _place_sideways(self) -> np.ndarray:
        """Where left and right meet, (row, 1)."""
        lefts, _, superiors = np.transpose([body.centre_lps_mm for body in self.spine.bodies])
        return np.interp(self.superior[:, :1], superiors, lefts)

    def _soft_tissue(self, left_mm: float) -> np.ndarray:
        mix = 0.5 + 0.5 * np.sin(np.abs(left_mm - self.middle_mm) / 15)
        texture = self.texture[0] * mix + self.texture[1] * (1 - mix)
        belly = 0.45 + 0.35 * texture + 0.08 * self.grain
        muscle = _MUSCLE * (1 + 0.3 * self.grain) + 0.35 * (texture > 0.75)
        behind = self.behind_column_mm
        picture = np.where(behind > 0, muscle, belly)
        front, back = self.skin_mm
        from_front = self.posterior + front + 12 * np.cos(self.superior / 70)
        from_back = back + self._arch_of_back() - self.posterior
        fat = np.maximum(_inside(self.fat_mm[0] - from_front, 1.5), _inside(self.fat_mm[1] - from_back, 1.5))
        picture = picture * (1 - fat) + _FAT * (1 + 0.05 * self.grain) * fat
        vessel = _inside(7 - np.abs(behind + 48), 1.0) * _inside(self.superior + 40, 12.0) * (abs(left_mm - 4) < 9)
        picture = picture * (1 - 0.85 * vessel)
        body = _inside(from_front, 1.0) * _inside(from_back, 1.0)
        return picture.clip(0.03) * body

    def _arch_of_back(self) -> np.ndarray:
        """The skin of the back follows the column, flattened."""
        superior = self.superior[:, 0]
        bodies = self.spine.bodies[3::3]
        back = [body.centre_lps_mm[1] for body in bodies]
        column = np.interp(superior, [body.centre_lps_mm[2] for body in bodies], back)
        return 0.6 * _running_mean(column, 75)[:, None] + 40

    def _canal_and_arches(self, picture: np.ndarray, sideways_mm: np.ndarray) -> np.ndarray:
        behind, superior = self.behind_column_mm, self.superior
        column = _inside(3.0 + behind, 0.8) * _inside(3.0 - behind, 0.8)
        picture = picture * (1 - column) + _CORTEX * column
        middle = 3.0 + self.canal_mm / 2
        width = np.sqrt((1 - (sideways_mm / _CANAL_HALF_WIDTH_MM) ** 2).clip(0))
        half = self.canal_mm / 2 * width * np.clip((superior + 150) / 80, 0.15, 1)
        canal = _inside(half - np.abs(behind - middle), 0.7) * (width > 0)
        strands = 0.18 * np.sin(behind * 2.4 + 0.02 * superior) * (superior < self.conus_mm)
        cord_half = 3.8 * np.clip((superior - self.conus_mm) / 25, 0, 1) * width
        cord = _inside(cord_half - np.abs(behind - middle), 0.7) * (superior > self.conus_mm)
        fluid = (_FLUID - strands.clip(0)) * (1 - cord) + _CORD * cord
        picture = picture * (1 - canal) + fluid * canal
        fade = np.clip(2 - np.abs(sideways_mm) / _SPINOUS_HALF_WIDTH_MM, 0, 1)
        if fade.any():
            self._paint_spinous_processes(picture, fade)
        return picture

    def _paint_spinous_processes(self, picture: np.ndarray, fade: np.ndarray) -> None:
        for body in self.spine.bodies[5:]:
            reach = body.depth_mm / 2 + 3 + self.canal_mm + 17
            centre = body.centre_lps_mm[1:] + reach * body.back - 10 * body.up
            rim = Block(body.name, np.r_[0.0, centre], body.tilt - 0.25, 30, 17, False)
            self._blend(picture, rim, 1.0, _CORTEX * 2, fade, roundness=3)
            inner = Block(body.name, np.r_[0.0, centre], body.tilt - 0.25, 27, 14, False)
            self._blend(picture, inner, 1.0, self.marrow * 1.2, fade, roundness=3)

    def _paint_body(self, picture: np.ndarray, body: Block, narrowing: float) -> None:
        if body.abnormal:
            self._paint_spurs(picture, body, narrowing)
        self._blend(picture, body, narrowing, _CORTEX, 1.0, grow_mm=1.2)
        signal = self.marrow * self.signal[body.name]
        self._blend(picture, body, narrowing, signal * (1 + 0.12 * self.grain), 1.0)
        if body.abnormal:
            for side, change in zip((-1, 1), self.end_plate[body.name], strict=True):
                centre = body.centre_lps_mm.copy()
                centre[1:] += side * body.up * (body.height_mm / 2 - 4)
                band = Block(body.name, centre, body.tilt, body.depth_mm - 4, 6, False)
                self._blend(picture, band, narrowing, signal * change, 0.8, roundness=3)

    def _paint_spurs(self, picture: np.ndarray, body: Block, narrowing: float) -> None:
        corners = ((-1, -1), (-1, 1), (1, -1), (1, 1))
        for (front, side), length in zip(corners, self.spurs_mm[body.name], strict=True):
            centre = body.centre_lps_mm.copy()
            centre[1:] += front * body.back * body.depth_mm / 2 + side * body.up * (body.height_mm / 2 - 2)
            spur = Block(body.name, centre, body.tilt, 2 * length if front < 0 else length, 4, False)
            self._blend(picture, spur, narrowing, self.marrow * 0.7, 1.0, roundness=2)

    def _paint_disc(self, picture: np.ndarray, disc: Block, narrowing: float) -> None:
        bulge = self.bulge_mm[disc.name] if disc.abnormal else 0.5
        centre = disc.centre_lps_mm.copy()
        centre[1:] += disc.back * bulge / 2
        shell = Block(disc.name, centre, disc.tilt, disc.depth_mm + bulge, disc.height_mm + 1, disc.abnormal)
        self._blend(picture, shell, narrowing, _ANNULUS, 1.0, roundness=4)
        sacral = disc.name[0] == "S"
        signal = (0.9 * _MUSCLE if disc.abnormal or sacral else _NUCLEUS) * self.signal[disc.name]
        nucleus = Block(disc.name, disc.centre_lps_mm, disc.tilt, disc.depth_mm * 0.7, disc.height_mm * 0.7, False)
        self._blend(picture, nucleus, narrowing, signal * (1 + 0.1 * self.grain), 0.95, roundness=3)

    def _blend(self, picture, block, narrowing, signal, opacity, *, roundness=6, grow_mm=0.0) -> None:
        """Lay a rounded block over the picture, in place."""
        _, posterior, superior = block.centre_lps_mm
        reach = max(block.depth_mm, block.height_mm)
        rows = np.flatnonzero(np.abs(self.superior[:, 0] - superior) < reach)
        columns = np.flatnonzero(np.abs(self.posterior[0] - posterior) < reach)
        if not rows.size or not columns.size:
            return
        window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        back, up = self.posterior[window] - posterior, self.superior[window] - superior
        along_depth = np.abs(back * block.back[0] + up * block.back[1])
        along_height = np.abs(back * block.up[0] + up * block.up[1])
        half_depth = block.depth_mm / 2 * narrowing + grow_mm
        half_height = block.height_mm / 2 + grow_mm
        across = (along_depth / half_depth) ** roundness + (along_height / half_height) ** roundness
        edge_mm = (1 - across ** (1 / roundness)) * min(half_depth, half_height)
        opacity = opacity[window[0]] if isinstance(opacity, np.ndarray) else opacity
        cover = opacity * _inside(edge_mm, 0.5)
        signal = signal[window] if isinstance(signal, np.ndarray) else signal
        picture[window] = picture[window] * (1 - cover) + signal * cover


def _inside(distance_mm: np.ndarray, softness_mm: float) -> np.ndarray:
    """1 well inside (positive distance), 0 well outside, with a soft edge."""
    return 1 / (1 + np.exp(-(distance_mm / softness_mm * 2).clip(-30, 30)))


def _running_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean over an odd number of neighbours; the ends are carried on."""
    return np.convolve(np.pad(values, width // 2, mode="edge"), np.ones(width) / width, mode="valid")


def _smooth_field(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> np.ndarray:
    """Random values, about -1 to 1, that change smoothly over the picture."""
    coarse = Image.fromarray(rng.uniform(-1, 1, size=(cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize(shape[::-1], Image.Resampling.BICUBIC), dtype=np.float64)


def _to_magnitude(rng: np.random.Generator, pictures: np.ndarray) -> np.ndarray:
    """Scanner values: the magnitude of a signal with complex Gaussian noise (Rician)."""
    noise = rng.uniform(0.01, 0.04)
    real, imaginary = rng.normal(0.0, noise, size=(2, *pictures.shape))
    return (np.hypot(pictures + real, imaginary) * 600).clip(0, 4095).astype(np.uint16)
