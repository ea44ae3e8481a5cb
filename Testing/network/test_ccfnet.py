import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from CCFNetCore import anatomy
from CCFNetCore.network import CCFNet


@pytest.mark.parametrize(
    ("trunk", "parameters", "giga_multiply_adds"), [("resnet18", 4_833_581, 11.97), ("resnet50", 10_790_701, 21.97)]
)
def test_size_is_as_published(trunk, parameters, giga_multiply_adds):
    network = CCFNet(trunk).eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, 512, 512))
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert counter.get_total_flops() / 2e9 == pytest.approx(giga_multiply_adds, abs=0.005)


@pytest.mark.parametrize("trunk", ["resnet18", "resnet50", "efficientnet-lite0"])
@pytest.mark.parametrize("context", [True, False])
def test_grid_has_a_cell_for_each_16_pixels(trunk, context):
    maps = CCFNet(trunk, context).eval()(torch.rand(2, 3, 96, 144))
    assert maps.heat.shape == (2, anatomy.COUNT, 6, 9)
    assert maps.offset.shape == (2, anatomy.COUNT, 2, 6, 9)
    assert maps.abnormal.shape == (2, anatomy.COUNT, 6, 9)


def test_row_and_column_offsets_are_separate_maps_of_the_head():
    network = CCFNet().eval()
    last = network.head[-1]
    torch.nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias.copy_(torch.arange(4.0 * anatomy.COUNT))
    maps = network(torch.rand(1, 3, 32, 32))
    assert maps.heat[0, :, 0, 0].tolist() == list(range(11))
    assert maps.offset[0, :, 0, 0, 0].tolist() == list(range(11, 22))
    assert maps.offset[0, :, 1, 0, 0].tolist() == list(range(22, 33))
    assert maps.abnormal[0, :, 0, 0].tolist() == list(range(33, 44))


def test_unknown_trunk_is_named():
    with pytest.raises(ValueError, match="resnet34"):
        CCFNet("resnet34")
