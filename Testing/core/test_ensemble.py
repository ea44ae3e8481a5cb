import pytest
import torch

from CCFNetCore.detector import load_detector, load_ensemble
from CCFNetCore.errors import WeightsError
from CCFNetCore.model_file import NetworkDescription, file_sha256, save_model
from CCFNetCore.network import CCFNet, Ensemble


@pytest.fixture
def write_model(tmp_path):
    def write(name, frame_pixel_mm=1.0):
        file = tmp_path / f"{name}.safetensors"
        save_model(CCFNet(context=False), NetworkDescription("resnet18", False, frame_pixel_mm), file)
        return file

    return write


def test_maps_are_averaged():
    networks = [CCFNet(context=False).eval() for _ in range(3)]
    picture = torch.rand(1, 3, 48, 32)
    with torch.inference_mode():
        together = Ensemble(networks)(picture)
        alone = [network(picture) for network in networks]
    for k, maps in enumerate(together):
        assert torch.allclose(maps, torch.stack([answer[k] for answer in alone]).mean(dim=0), atol=1e-5)


def test_all_models_are_named(write_model):
    files = [write_model("a"), write_model("b")]
    model = load_ensemble(files, "cpu").model
    assert model.name == "a+b"
    assert model.sha256 == "+".join(map(file_sha256, files))


def test_one_model_is_itself():
    assert load_ensemble(["default"], "cpu").model == load_detector("default", "cpu").model
    assert load_ensemble(["default"], "cpu").calibrations


def test_models_for_pixels_of_unlike_size_are_refused(write_model):
    with pytest.raises(WeightsError, match=r"pixels of 0\.9, 1 mm"):
        load_ensemble([write_model("a"), write_model("b", 0.9)], "cpu")
