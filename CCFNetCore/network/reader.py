"""The reader: whether structures are normal, and where their middle is, each seen close up, upright along the spine.

CCF-Net places and reads each structure from one cell of a coarse grid. Once the structure's place is known, a closer
look at a finer resolution tells more. The reader is not in the paper.
"""

import torch
from torch import Tensor, nn

from .. import anatomy
from ..close_up import LOWER_DISCS, SIDE_PX
from .efficientnet_lite import make_efficientnet_lite

_LAYERS, _TRUNK_CHANNELS, _STRIDE = 9, 80, 16
"""Of EfficientNet-Lite0: the deeper layers, which see larger parts of a photograph, add nothing here."""

_MEAN, _DEVIATION = 0.45, 0.225
"""Of the photographs that the trunk learned from, over their colours."""


class Reader(nn.Module):
    """Abnormality of structures, and what is missing to their middle, from their close-ups.

    The first layers of EfficientNet-Lite0 and, for each kind of structure, weighted sums over all channels of all
    cells: where in a close-up something is tells as much as what it is.

    Parameters
    ----------
    knows_lower : bool
        Whether it tells the discs apart where lumbar spine and sacrum meet; older ones do not.
    """

    def __init__(self, knows_lower: bool = True) -> None:
        super().__init__()
        self.trunk = make_efficientnet_lite()[:_LAYERS]
        count = _TRUNK_CHANNELS * (SIDE_PX // _STRIDE) ** 2
        self.register_buffer("centre", torch.zeros(count))
        self.abnormal = nn.ModuleDict({kind: nn.Linear(count, 1) for kind in ("vertebra", "disc")})
        self.shift = nn.ModuleDict({kind: nn.Linear(count, 2) for kind in ("vertebra", "disc")})
        self.lower = nn.Linear(count, len(LOWER_DISCS)) if knows_lower else None

    def features(self, close_ups: Tensor) -> Tensor:
        """What the trunk sees, (N, F), in close-ups (N, H, W) with values 0..1."""
        pictures = ((close_ups - _MEAN) / _DEVIATION)[:, None].expand(-1, 3, -1, -1)
        return self.trunk(pictures).flatten(1)

    def forward(self, close_ups: Tensor) -> Tensor:
        """Logits of being abnormal (S,) of all structures, from one close-up each (S, H, W).

        A vertebra's is averaged with that of its mirror image; discs bulge to the back.
        """
        logits = self._of_each(self.abnormal, self.features(close_ups))[:, 0]
        vertebrae = anatomy.indices_of("vertebra")
        mirrored = self.features(close_ups[vertebrae].flip(-1)) - self.centre
        logits[vertebrae] = (logits[vertebrae] + self.abnormal["vertebra"](mirrored)[:, 0]) / 2
        return logits

    def shifts(self, close_ups: Tensor) -> Tensor:
        """How far down along the spine and to the back of its close-up's middle each structure lies, (S, 2).

        In millimetres of a spine of mean length, from one close-up each (S, H, W).
        """
        return self._of_each(self.shift, self.features(close_ups))

    def lower_discs(self, close_ups: Tensor) -> Tensor:
        """Log-odds (N, 3), up to a constant, of close-ups (N, H, W) showing each of the lower discs."""
        return self.lower(self.features(close_ups) - self.centre)

    def _of_each(self, layers: nn.ModuleDict, features: Tensor) -> Tensor:
        centred = features - self.centre
        return torch.stack([layers[level.kind](each) for level, each in zip(anatomy.LEVELS, centred, strict=True)])
