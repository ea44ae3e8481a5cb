import pytest
import torch

from CCFNetCore.calibration import Calibration
from CCFNetCore.cli import main
from CCFNetCore.errors import WeightsError
from CCFNetCore.model_file import NetworkDescription, load_model, save_model
from CCFNetCore.network import CCFNet
from CCFNetCore.training.average import average_models

DESCRIPTION = NetworkDescription("resnet18", False, 0.9, folds=4, held_out_fold=1, datasets=("a", "b"))


@pytest.fixture
def write_model(tmp_path):
    """Writes a model in which every weight has the same value."""

    def write(value, description=DESCRIPTION):
        network = CCFNet(context=False)
        with torch.no_grad():
            for tensor in network.state_dict().values():
                tensor.fill_(value)
        save_model(network, description, tmp_path / f"{value}.safetensors")
        return tmp_path / f"{value}.safetensors"

    return write


def test_weights_and_running_statistics_are_averaged(write_model, tmp_path, capsys):
    models = [str(write_model(value)) for value in (1.0, 2.0, 6.0)]
    assert main(["average", *models, "--output", str(tmp_path / "mean.safetensors")]) == 0
    network, description = load_model(tmp_path / "mean.safetensors")
    assert all((tensor == 3).all() for tensor in network.state_dict().values())
    assert description == DESCRIPTION
    assert "mean.safetensors" in capsys.readouterr().out


def test_calibrations_do_not_carry_over(write_model, tmp_path):
    calibrated = NetworkDescription("resnet18", False, 0.9, calibrations={"disc": Calibration(1.0, 0.0, 0.5)})
    average_models([write_model(1.0, calibrated), write_model(2.0, calibrated)], tmp_path / "mean.safetensors")
    assert load_model(tmp_path / "mean.safetensors")[1].calibrations == {}


def test_a_model_trained_on_the_held_out_patients_of_the_other_is_refused(write_model, tmp_path):
    other = NetworkDescription("resnet18", False, 0.9, folds=4, held_out_fold=2, datasets=("a", "b"))
    with pytest.raises(WeightsError, match=r"2\.0\.safetensors: .* trained on other folds"):
        average_models([write_model(1.0), write_model(2.0, other)], tmp_path / "mean.safetensors")
