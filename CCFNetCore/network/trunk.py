"""The trunk: the part of a published network that gives features at a sixteenth of the picture's size."""

from typing import Literal, get_args

import torchvision
from torch import nn

from ..errors import InputError
from . import efficientnet_lite

TrunkName = Literal["resnet18", "resnet50", "efficientnet-lite0"]


def make_trunk(name: TrunkName) -> tuple[nn.Sequential, int]:
    """A trunk with random weights, and the number of channels that it gives.

    Raises
    ------
    InputError
        If the name is not that of a supported trunk.
    """
    if name not in get_args(TrunkName):
        raise InputError(f"There is no trunk {name!r}, only {', '.join(get_args(TrunkName))}.")
    if name == "efficientnet-lite0":
        return efficientnet_lite.make_efficientnet_lite(), efficientnet_lite.CHANNELS
    return _make_resnet(name)


def _make_resnet(name: TrunkName) -> tuple[nn.Sequential, int]:
    """A torchvision ResNet from conv1 to layer3, as published for CCF-Net."""
    resnet = torchvision.models.get_model(name, weights=None)
    channels = resnet.layer4[0].conv1.in_channels
    steps = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3")
    trunk = nn.Sequential()
    for step in steps:
        trunk.add_module(step, getattr(resnet, step))
    return trunk, channels
