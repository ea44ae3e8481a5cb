"""A procedurally drawn lumbar spine study with known landmarks: example, test image and training material."""

from .draw import Phantom, draw_phantom
from .study import phantom_volume, write_series, write_study

__all__ = ["Phantom", "draw_phantom", "phantom_volume", "write_series", "write_study"]
