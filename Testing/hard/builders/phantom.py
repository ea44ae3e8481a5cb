"""The drawn patient that most cases are made from, and where its structures lie."""

from functools import cache

import numpy as np

from CCFNetCore.images.volume import Volume
from CCFNetCore.phantom import Phantom, draw_phantom

SEED = 7

# Off the middle and off the origin, so that a mirrored picture, or a place that was lost, shows in the points.
_SIDEWAYS_MM = 5.0
_SHIFT_LPS_MM = np.array([3.0, -12.0, 25.0])


@cache
def _drawn(seed: int, slices: int, apart_mm: float) -> Phantom:
    return draw_phantom(seed, (slices // 2 - np.arange(slices)) * apart_mm + _SIDEWAYS_MM)


def patient(seed: int = SEED, slices: int = 13, apart_mm: float = 4.4) -> Volume:
    """The drawn study as a volume; its slices run from left to right."""
    phantom = _drawn(seed, slices, apart_mm)
    return Volume(
        name=f"patient-{seed}",
        array=phantom.slices,
        spacing_mm=phantom.spacing_mm[::-1],
        origin_lps_mm=tuple(phantom.origin_lps_mm + _SHIFT_LPS_MM),
    )


def landmarks_lps_mm() -> dict[str, np.ndarray]:
    """Where the patient's eleven structures were drawn."""
    places = _drawn(SEED, 13, 4.4).spine.landmarks_lps_mm()
    return {name: place + _SHIFT_LPS_MM for name, place in places.items()}
