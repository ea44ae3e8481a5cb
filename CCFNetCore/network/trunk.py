"""The trunk: a torchvision ResNet up to layer3, at a sixteenth of the picture's size."""

from typing import Literal

import torchvision
from torch import nn

TrunkName = Literal["resnet18", "resnet50"]


def make_trunk(name: TrunkName) -> tuple[nn.Sequential, int]:
    """A ResNet from conv1 to layer3 with random weights, and the number of channels that it gives.

    Raises
    ------
    ValueError
        If the name is not that of a supported trunk.
    """
    if name not in ("resnet18", "resnet50"):
        raise ValueError(f"Unknown trunk {name!r}; supported are 'resnet18' and 'resnet50'.")
    resnet = torchvision.models.get_model(name, weights=None)
    channels = resnet.layer4[0].conv1.in_channels
    steps = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3")
    trunk = nn.Sequential()
    for step in steps:
        trunk.add_module(step, getattr(resnet, step))
    return trunk, channels
