"""Reads structures from close-ups, once their places are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .close_up import close_ups_in
from .network import Reader
from .slab import Slab

NETWORK_WEIGHT = 0.3
"""What CCF-Net itself, which saw the whole picture, has to say beside the close-up."""


@dataclass(frozen=True)
class CloserLook:
    """A volume as the readers see it.

    Attributes
    ----------
    readers : sequence of Reader
        Their answers are averaged; at least one.
    slab : Slab
        With pixels of about :data:`~CCFNetCore.close_up.PIXEL_MM`.
    device : torch.device
        Where the readers are.
    """

    readers: Sequence[Reader]
    slab: Slab
    device: torch.device

    @torch.inference_mode()
    def logits(self, positions_lps_mm: np.ndarray, network_logit: np.ndarray) -> np.ndarray:
        """Log-odds of being abnormal, from the close-up and from what CCF-Net says.

        Parameters
        ----------
        positions_lps_mm : numpy.ndarray
            (S, 3); not-a-number where a structure is not there.
        network_logit : numpy.ndarray
            (S,), CCF-Net's own log-odds; they stand where a structure is not there.
        """
        close_ups = close_ups_in(self.slab, self.slab.from_lps_mm(positions_lps_mm)).to(self.device)
        seen_close = torch.stack([reader(close_ups) for reader in self.readers]).mean(dim=0).double().cpu().numpy()
        mixed = (seen_close + NETWORK_WEIGHT * network_logit) / (1 + NETWORK_WEIGHT)
        return np.where(np.isnan(positions_lps_mm).any(axis=1), network_logit, mixed)
