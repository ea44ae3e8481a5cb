"""CCF-Net: finds and reads the vertebrae L1-L5 and the discs T12-L1 to L5-S1 in lumbar spine MR.

Research use only; not for clinical decisions.

>>> from CCFNetCore import load_detector
>>> result = load_detector().detect("study")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .detector import Detector, load_detector

__version__ = "0.1.0"

__all__ = ["Detector", "load_detector"]


def __getattr__(name: str) -> object:
    # torch is imported when a detector is asked for, not whenever the package is looked at.
    if name in __all__:
        from . import detector

        return getattr(detector, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
