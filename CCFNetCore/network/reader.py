"""The reader: whether structures are normal, each seen close up and upright along the spine.

CCF-Net reads each structure from one cell of a coarse grid. Once the structure's place is known, a closer look at a
finer resolution tells more. The reader is not in the paper.
"""

import torch
from torch import Tensor, nn

from .. import anatomy
from ..close_up import SIDE_PX
from .efficientnet_lite import make_efficientnet_lite

_LAYERS, _TRUNK_CHANNELS, _STRIDE = 9, 80, 16
"""Of EfficientNet-Lite0: the deeper layers, which see larger parts of a photograph, add nothing here."""

_MEAN, _DEVIATION = 0.45, 0.225
"""Of the photographs that the trunk learned from, over their colours."""


class Reader(nn.Module):
    """Abnormality of structures from their close-ups.

    The first layers of EfficientNet-Lite0 and, for each kind of structure, one weighted sum over all channels of all
    cells: where in a close-up something is tells as much as what it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = make_efficientnet_lite()[:_LAYERS]
        count = _TRUNK_CHANNELS * (SIDE_PX // _STRIDE) ** 2
        self.register_buffer("centre", torch.zeros(count))
        self.of_kind = nn.ModuleDict({kind: nn.Linear(count, 1) for kind in ("vertebra", "disc")})

    def features(self, close_ups: Tensor) -> Tensor:
        """What the trunk sees, (N, F), in close-ups (N, H, W) with values 0..1."""
        pictures = ((close_ups - _MEAN) / _DEVIATION)[:, None].expand(-1, 3, -1, -1)
        return self.trunk(pictures).flatten(1)

    def forward(self, close_ups: Tensor) -> Tensor:
        """Logits of being abnormal (S,) of all structures, from one close-up each (S, H, W)."""
        features = self.features(close_ups) - self.centre
        logits = [self.of_kind[level.kind](features[index]) for index, level in enumerate(anatomy.LEVELS)]
        return torch.cat(logits)
