"""CCF-Net as a PyTorch module."""

from .ccfnet import CCFNet, Ensemble, Maps

__all__ = ["CCFNet", "Ensemble", "Maps"]
