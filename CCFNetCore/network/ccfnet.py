"""CCF-Net: trunk, multi-scale context, and one head that gives heat, offset and abnormality maps."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck

from .. import anatomy
from .context import CascadedAtrous, MultiKernelPooling
from .trunk import TrunkName, make_trunk


class Maps(NamedTuple):
    """The network's answer on its grid of h x w cells, S structures head to foot.

    Attributes
    ----------
    heat : Tensor
        (N, S, h, w), near 1 in the cell where the structure is.
    offset : Tensor
        (N, S, 2, h, w), from the cell's centre to the structure, in cells, (row, column).
    abnormal : Tensor
        (N, S, h, w), logit of the structure being abnormal, to be read in the structure's cell.
    """

    heat: Tensor
    offset: Tensor
    abnormal: Tensor


class CCFNet(nn.Module):
    """Coarse-to-fine localization and classification of the lumbar spine (arXiv 2203.08408).

    Parameters
    ----------
    trunk : "resnet18", "resnet50" or "efficientnet-lite0"
        With context and three channels of 512 x 512 the first two have 4,833,581 parameters and 11.97 G
        multiply-adds, and 10,790,701 and 21.97 G, as published. The third is not in the paper.
    context : bool
        Whether the multi-scale context module stands between trunk and head.

    Raises
    ------
    ValueError
        If the trunk is unknown.
    """

    channels = 256

    def __init__(self, trunk: TrunkName = "resnet18", context: bool = True) -> None:
        super().__init__()
        self.trunk, trunk_channels = make_trunk(trunk)
        self.reduce = nn.Conv2d(trunk_channels, self.channels, kernel_size=1)
        self.context = nn.Sequential()
        head_channels = self.channels
        if context:
            self.context = nn.Sequential(CascadedAtrous(self.channels), MultiKernelPooling(self.channels))
            head_channels += len(MultiKernelPooling.sizes)
        self.head = _make_head(head_channels, self.channels)

    def forward(self, x: Tensor) -> Maps:
        """Maps for pictures (N, 3, H, W), H and W multiples of 16; the grid is H/16 x W/16 cells."""
        maps = self.head(self.context(self.reduce(self.trunk(x))))
        count = anatomy.COUNT
        heat, offset, abnormal = maps.split((count, 2 * count, count), dim=1)
        # The head gives all row offsets, then all column offsets.
        offset = offset.unflatten(1, (2, count)).transpose(1, 2)
        return Maps(heat, offset, abnormal)


class Ensemble(nn.Module):
    """Several networks, whose maps are averaged."""

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x: Tensor) -> Maps:
        """As for :class:`CCFNet`."""
        answers = [network(x) for network in self.networks]
        return Maps(*(sum(maps) / len(answers) for maps in zip(*answers, strict=True)))


def _make_head(in_channels: int, channels: int) -> nn.Sequential:
    shortcut = nn.Sequential(nn.Conv2d(in_channels, channels, kernel_size=1, bias=False), nn.BatchNorm2d(channels))
    bottleneck = Bottleneck(in_channels, channels // Bottleneck.expansion, downsample=shortcut)
    return nn.Sequential(bottleneck, nn.Conv2d(channels, 4 * anatomy.COUNT, kernel_size=1))
