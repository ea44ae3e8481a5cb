"""The phantom's anatomy: where its vertebrae and discs lie, how large and how worn they are.

All lengths are in millimetres and all places in LPS (left, posterior, superior). Sizes and angles are round
figures of adult anatomy, drawn at random around their means; they describe no person.
"""

from dataclasses import dataclass

import numpy as np

from .. import anatomy

# Foot to head: name, tilt of the body's axis (degrees, positive leans back going up), height and depth.
_BODIES = (
    ("S5", 25.0, 12.0, 10.0),
    ("S4", 0.0, 15.0, 13.0),
    ("S3", -28.0, 18.0, 17.0),
    ("S2", -46.0, 22.0, 22.0),
    ("S1", -44.0, 28.0, 31.0),
    ("L5", -24.0, 28.0, 35.0),
    ("L4", -9.0, 28.5, 35.0),
    ("L3", 2.0, 28.5, 34.5),
    ("L2", 8.0, 28.0, 33.5),
    ("L1", 11.0, 27.0, 32.0),
    ("T12", 11.0, 26.0, 31.0),
    ("T11", 8.0, 24.0, 30.0),
    ("T10", 4.0, 23.0, 29.0),
    ("T9", 0.0, 22.0, 28.0),
    ("T8", -4.0, 21.0, 27.0),
    ("T7", -8.0, 20.0, 26.0),
)
_DISC_HEIGHTS = {"S": 2.5, "L5-S1": 10.0, "L4-L5": 11.5, "L3-L4": 11.0, "L2-L3": 10.0, "L1-L2": 9.0, "T": 6.0}


@dataclass(frozen=True)
class Block:
    """One vertebral body or disc, drawn as a rounded block.

    Attributes
    ----------
    name : str
    centre_lps_mm : numpy.ndarray
        (3,).
    tilt : float
        Angle of its head-foot axis in the sagittal plane, radians; positive leans back going up.
    depth_mm, height_mm : float
        Front to back, and foot to head.
    abnormal : bool
        Whether it is worn: a dark, flat, bulging disc; a vertebra with spurs and changed end plates.
    """

    name: str
    centre_lps_mm: np.ndarray
    tilt: float
    depth_mm: float
    height_mm: float
    abnormal: bool

    @property
    def up(self) -> np.ndarray:
        """Unit vector (posterior, superior) from foot to head."""
        return np.array([np.sin(self.tilt), np.cos(self.tilt)])

    @property
    def back(self) -> np.ndarray:
        """Unit vector (posterior, superior) from front to back."""
        return np.array([np.cos(self.tilt), -np.sin(self.tilt)])


@dataclass(frozen=True)
class Spine:
    """Vertebral bodies and discs, foot to head."""

    bodies: tuple[Block, ...]
    discs: tuple[Block, ...]

    def landmarks_lps_mm(self) -> dict[str, np.ndarray]:
        """Centres of the eleven structures, head to foot."""
        blocks = {block.name: block.centre_lps_mm for block in (*self.bodies, *self.discs)}
        return {name: blocks[name] for name in anatomy.NAMES}

    def abnormal(self) -> dict[str, bool]:
        """Which of the eleven structures are drawn worn, head to foot."""
        blocks = {block.name: block.abnormal for block in (*self.bodies, *self.discs)}
        return {name: blocks[name] for name in anatomy.NAMES}


def make_spine(rng: np.random.Generator) -> Spine:
    """A spine with random size, curvature, wear and a slight sideways bend; L3 lies near the origin."""
    size = rng.normal(1.0, 0.07)
    curvature = rng.uniform(0.55, 1.25)
    wear = rng.uniform(0.1, 0.8)
    tilts = [np.deg2rad(tilt * curvature + rng.normal(0.0, 1.5)) for _, tilt, _, _ in _BODIES]
    heights = [height * size * rng.normal(1.0, 0.03) for _, _, height, _ in _BODIES]
    depths = [depth * size * rng.normal(1.0, 0.03) for _, _, _, depth in _BODIES]
    names = [name for name, *_ in _BODIES]

    bodies, discs = [], []
    place = np.zeros(2)
    for index, name in enumerate(names):
        up = np.array([np.sin(tilts[index]), np.cos(tilts[index])])
        if index:
            disc = _make_disc(rng, f"{name}-{names[index - 1]}", wear, size)
            tilt = (tilts[index - 1] + tilts[index]) / 2
            middle = np.array([np.sin(tilt), np.cos(tilt)])
            half = middle * disc["height_mm"] / 2
            discs.append(Block(centre_lps_mm=place + half, tilt=tilt, depth_mm=depths[index], **disc))
            place = place + 2 * half
        worn = name in anatomy.NAMES and rng.random() < wear
        bodies.append(Block(name, place + up * heights[index] / 2, tilts[index], depths[index], heights[index], worn))
        place = place + up * heights[index]
    return _place(rng, bodies, discs)


def _make_disc(rng: np.random.Generator, name: str, wear: float, size: float) -> dict:
    height = _DISC_HEIGHTS.get(name, _DISC_HEIGHTS[name[0] if name[0] in "ST" else "T"])
    worn = name in anatomy.NAMES and rng.random() < wear
    height *= size * rng.normal(1.0, 0.06) * (rng.uniform(0.5, 0.85) if worn else 1.0)
    return {"name": name, "height_mm": max(height, 2.0), "abnormal": worn}


def _place(rng: np.random.Generator, bodies: list[Block], discs: list[Block]) -> Spine:
    """Give every block its sideways place, and move the spine so that L3 lies near the origin."""
    origin = next(body.centre_lps_mm for body in bodies if body.name == "L3") + rng.normal(0.0, 8.0, size=2)
    bend, shift = rng.normal(0.0, 2.0), rng.normal(0.0, 2.0)

    def moved(block: Block) -> Block:
        posterior, superior = block.centre_lps_mm - origin
        left = shift + bend * np.sin(superior / 60.0)
        return Block(
            block.name,
            np.array([left, posterior, superior]),
            block.tilt,
            block.depth_mm,
            block.height_mm,
            block.abnormal,
        )

    return Spine(tuple(map(moved, bodies)), tuple(map(moved, discs)))
