"""Where the structures of a case truly lie."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from .builders.phantom import landmarks_lps_mm, patient
from .builders.real import real_file
from .case import CLEAN

Points = dict[str, np.ndarray]


@dataclass(frozen=True)
class Truth:
    """Points in LPS millimetres by name: where the anatomy is, and what is read of the clean study."""

    anatomy: Points
    clean: Points


@cache
def truth_of(name: str) -> Truth:
    """The truth of the phantom, or of a real volume, for which what is read of the clean file stands."""
    from CCFNetCore import detector

    result = detector.load_detector(device="cpu").detect(patient() if name == CLEAN else real_file(name))
    clean = {s.name: np.array(s.position_lps_mm) for s in result.structures if s.position_lps_mm}
    return Truth(landmarks_lps_mm() if name == CLEAN else clean, clean)


def in_phantom_lps_mm(index_ijk: list[float]) -> np.ndarray:
    """Where a pixel of the phantom's middle slice lies."""
    middle = (len(patient().array) - 1) / 2
    return patient().index_to_lps_mm([*index_ijk[:2], middle])
