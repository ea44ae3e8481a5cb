"""Multi-scale context: lets each cell see its neighbours near and far (arXiv 2203.08408, section 2.2)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class CascadedAtrous(nn.Module):
    """Chains of dilated convolutions, summed onto the input: (N, C, h, w) to the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.near, self.middle, self.far = (
            nn.Conv2d(channels, channels, kernel_size=3, padding=dilation, dilation=dilation) for dilation in (1, 3, 5)
        )
        self.project = nn.Conv2d(channels, channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        # Each chain starts from the input, as in the published count of multiply-adds.
        chains = (
            self.near(x),
            self.project(self.middle(x)),
            self.project(self.middle(self.near(x))),
            self.project(self.far(self.middle(self.near(x)))),
        )
        return x + sum(chain.relu() for chain in chains)


class MultiKernelPooling(nn.Module):
    """Max pooling at several sizes, one channel each, set beside the input: (N, C, h, w) to (N, C + 3, h, w)."""

    sizes = (2, 4, 8)

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, 1, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = [self.project(functional.max_pool2d(x, size, ceil_mode=True)) for size in self.sizes]
        spread = [functional.interpolate(p, size=x.shape[-2:], mode="bilinear", align_corners=False) for p in pooled]
        return torch.cat([*spread, x], dim=1)
