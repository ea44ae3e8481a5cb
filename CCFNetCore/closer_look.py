"""Places structures more exactly and reads them, from close-ups, once CCF-Net has found them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from . import close_up
from .network import Reader
from .processor import Processor
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
    processor : Processor
        Runs the readers.
    """

    readers: Sequence[Reader]
    slab: Slab
    processor: Processor

    def centred(self, positions_lps_mm: np.ndarray) -> np.ndarray:
        """Positions (S, 3) moved, within their sagittal plane, to where the close-ups show the structures' middle.

        Not-a-number where a structure is not there.
        """
        places = self.slab.from_lps_mm(positions_lps_mm)
        shifts = self._mean_answer(lambda reader, close_ups: reader.shifts(close_ups), places)
        places[:, 1:] = close_up.shifted(places[:, 1:], shifts)
        return self.slab.to_lps_mm(places)

    def logits(self, positions_lps_mm: np.ndarray, network_logit: np.ndarray) -> np.ndarray:
        """Log-odds of being abnormal, from the close-up and from what CCF-Net says.

        Parameters
        ----------
        positions_lps_mm : numpy.ndarray
            (S, 3); not-a-number where a structure is not there.
        network_logit : numpy.ndarray
            (S,), CCF-Net's own log-odds; they stand where a structure is not there.
        """
        places = self.slab.from_lps_mm(positions_lps_mm)
        seen_close = self._mean_answer(lambda reader, close_ups: reader(close_ups), places)
        mixed = (seen_close + NETWORK_WEIGHT * network_logit) / (1 + NETWORK_WEIGHT)
        return np.where(np.isnan(positions_lps_mm).any(axis=1), network_logit, mixed)

    def lower_discs(self, positions_lps_mm: np.ndarray) -> np.ndarray | None:
        """Log-odds (3, 3) of what is given as each of the lower discs (row) being each of them (column).

        None where L4-L5 or L5-S1 is not there, or a reader cannot tell.

        Parameters
        ----------
        positions_lps_mm : numpy.ndarray
            (S, 3); not-a-number where a structure is not there.
        """
        lower = close_up.LOWER_INDICES
        if np.isnan(positions_lps_mm[lower]).any() or any(reader.lower is None for reader in self.readers):
            return None
        places = self.slab.from_lps_mm(positions_lps_mm)
        plane = int(places[lower[1], 0].round().clip(0, len(self.slab.pictures) - 1))
        close_ups = close_up.lower_close_ups(torch.from_numpy(self.slab.pictures[plane, 1]), places[:, 1:])
        return self._ask_all(lambda reader, x: reader.lower_discs(x), close_ups)

    def _mean_answer(self, ask: Callable[[Reader, Tensor], Tensor], places: np.ndarray) -> np.ndarray:
        """Of all readers, to what they are asked about the close-ups at these places of the slab."""
        return self._ask_all(ask, close_up.close_ups_in(self.slab, places))

    def _ask_all(self, ask: Callable[[Reader, Tensor], Tensor], close_ups: Tensor) -> np.ndarray:
        answers = [self.processor.ask(reader, close_ups, lambda r, x: ask(r, x).cpu()) for reader in self.readers]
        return torch.stack(answers).mean(dim=0).double().numpy()
