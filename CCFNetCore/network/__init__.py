"""CCF-Net as a PyTorch module."""

from .ccfnet import CCFNet, Maps

__all__ = ["CCFNet", "Maps"]
