"""CCF-Net, and the reader that looks closer, as PyTorch modules."""

from .ccfnet import CCFNet, Ensemble, Maps
from .reader import Reader

__all__ = ["CCFNet", "Ensemble", "Maps", "Reader"]
