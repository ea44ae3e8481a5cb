import hashlib
import json
import shutil

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from CCFNetCore import load_detector
from CCFNetCore.calibration import Calibration
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError, WeightsError
from CCFNetCore.model_file import (
    DEFAULT_MODEL,
    NetworkDescription,
    _tensors_sha256,
    find_model,
    load_model,
    load_reader,
    read_description,
    save_model,
)
from CCFNetCore.network import CCFNet


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    file = tmp_path_factory.mktemp("model") / "mine.safetensors"
    save_model(CCFNet(), NetworkDescription("resnet18", True, 1.0), file)
    return file


def test_a_model_comes_back_from_its_file(model):
    network, description = load_model(model)
    assert description == NetworkDescription("resnet18", True, 1.0)
    assert not network.training


def test_calibrations_come_back_with_it(tmp_path):
    description = NetworkDescription("resnet18", True, 1.0, calibrations={"disc": Calibration(0.5, 0.25, -1.0)})
    save_model(CCFNet(), description, tmp_path / "mine.safetensors")
    assert load_model(tmp_path / "mine.safetensors")[1] == description


def test_values_too_large_for_16_bits_come_back(tmp_path):
    network = CCFNet()
    network.head[0].bn1.running_var[3] = 1e6
    save_model(network, NetworkDescription("resnet18", True, 1.0), tmp_path / "mine.safetensors")
    again, _ = load_model(tmp_path / "mine.safetensors")
    assert again.head[0].bn1.running_var[3] == 1e6


def test_a_model_tells_what_it_was_trained_on(tmp_path):
    description = NetworkDescription("resnet18", True, 1.0, folds=4, held_out_fold=2, datasets=("a", "b"))
    save_model(CCFNet(), description, tmp_path / "told.safetensors")
    assert load_model(tmp_path / "told.safetensors")[1] == description


def test_the_folder_of_a_model_need_not_be_there(tmp_path):
    file = tmp_path / "new" / "mine.safetensors"
    save_model(CCFNet(), NetworkDescription("resnet18", True, 1.0), file)
    assert [each.name for each in file.parent.iterdir()] == ["mine.safetensors"]


def test_the_shipped_model_is_small():
    assert find_model("default").stat().st_size < 12e6


def test_the_result_names_the_model_by_the_hash_of_its_file():
    file = find_model("default")
    assert load_detector(device="cpu").model.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_model_card_names_the_hash():
    file = find_model(DEFAULT_MODEL)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in file.with_suffix(".md").read_text()


@pytest.mark.parametrize("place", [0.0, 0.0002, 0.5, 0.9999])
def test_one_changed_byte_is_noticed_wherever_it_is(model, place, tmp_path):
    content = bytearray(model.read_bytes())
    content[int(place * len(content))] ^= 1
    (tmp_path / "changed.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match=r"changed\.safetensors"):
        load_model(tmp_path / "changed.safetensors")


def test_a_cut_off_file_is_noticed(model, tmp_path):
    (tmp_path / "short.safetensors").write_bytes(model.read_bytes()[:100_000])
    with pytest.raises(WeightsError, match=r"short\.safetensors: cannot be read"):
        load_model(tmp_path / "short.safetensors")


def test_weights_without_a_header_are_refused(tmp_path):
    save_file(CCFNet().state_dict(), tmp_path / "bare.safetensors")
    with pytest.raises(WeightsError, match="is not a CCF-Net model file"):
        load_model(tmp_path / "bare.safetensors")


def test_weights_of_another_network_are_refused(tmp_path):
    save_model(CCFNet(context=False), NetworkDescription("resnet18", True, 1.0), tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="weights of another network"):
        load_model(tmp_path / "other.safetensors")


@pytest.fixture(scope="module")
def shipped():
    """The header and the weights of the default model."""
    file = find_model("default")
    with safe_open(file, framework="pt") as opened:
        return json.loads(opened.metadata()["ccfnet"]), load_file(file)


def save_changed(shipped, file, tensors=None, **changes):
    """Save a model that is whole by its SHA256, whatever stands in it."""
    header, weights = shipped
    weights = {**weights, **(tensors or {})}
    header = {**header, "sha256": _tensors_sha256(weights), **changes}
    save_file(weights, file, metadata={"ccfnet": json.dumps(header)})
    return file


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trunk", 1),
        ("trunk", "resnet99"),
        ("context", "yes"),
        ("frame_pixel_mm", float("nan")),
        ("frame_pixel_mm", 0),
        ("frame_pixel_mm", 1e-9),
        ("frame_pixel_mm", None),
        ("folds", "4"),
        ("datasets", 5),
        ("datasets", [1]),
        ("calibrations", []),
        ("calibrations", {"bone": [1, 0, 0, 0]}),
        ("calibrations", {"disc": [1, 2, 3, 4, 5]}),
        ("calibrations", {"disc": [float("inf"), 0, 0, 0]}),
        ("sha256", None),
        ("later", 1),
    ],
)
def test_a_header_of_another_kind_is_refused(shipped, field, value, tmp_path):
    file = save_changed(shipped, tmp_path / "odd.safetensors", **{field: value})
    with pytest.raises(WeightsError, match=r"odd\.safetensors"):
        load_model(file)


@pytest.mark.parametrize("text", ["", "null", "[]", "[1]", '"x"', "7", "{", "{}", "[" * 100_000])
@pytest.mark.parametrize("read", [read_description, load_model, load_reader])
def test_a_header_that_is_none_is_refused(text, read, tmp_path):
    save_file({}, tmp_path / "odd.safetensors", metadata={"ccfnet": text})
    with pytest.raises(WeightsError, match=r"odd\.safetensors"):
        read(tmp_path / "odd.safetensors")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reduce.bias", torch.full((256,), torch.nan)),
        ("reduce.bias", torch.full((256,), torch.inf)),
        ("reduce.bias", torch.zeros(255)),
        ("reduce.bias", torch.zeros(())),
        ("later.bias", torch.zeros(1, dtype=torch.bfloat16)),
    ],
)
def test_weights_without_sense_are_refused(shipped, name, value, tmp_path):
    file = save_changed(shipped, tmp_path / "odd.safetensors", {name: value})
    with pytest.raises(WeightsError, match=r"odd\.safetensors: (is damaged|holds weights of another network)"):
        load_model(file)


def test_a_reader_without_sense_is_refused(shipped, tmp_path):
    centre = torch.full_like(shipped[1]["reader.centre"], torch.nan)
    file = save_changed(shipped, tmp_path / "odd.safetensors", {"reader.centre": centre})
    with pytest.raises(WeightsError, match="infinite or no numbers"):
        load_reader(file)


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**63, 2**64 - 1])
def test_a_header_of_an_absurd_length_is_refused(length, tmp_path):
    content = find_model("default").read_bytes()
    (tmp_path / "odd.safetensors").write_bytes(length.to_bytes(8, "little") + content[8:])
    with pytest.raises(WeightsError, match=r"odd\.safetensors: cannot be read"):
        load_model(tmp_path / "odd.safetensors")


def test_an_unknown_model_lists_the_known_ones():
    with pytest.raises(WeightsError, match=f"no such model; shipped are .*{DEFAULT_MODEL}"):
        find_model("ccfnet-r99")


def test_damaged_weights_end_the_command_with_1(model, tmp_path, capsys):
    shutil.copy(model, tmp_path / "m.safetensors")
    with (tmp_path / "m.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"xxxx")
    assert main(["predict", "a.nrrd", "--output", str(tmp_path), "--model", str(tmp_path / "m.safetensors")]) == 1
    assert "SHA256" in capsys.readouterr().err


def test_an_absent_device_is_one_sentence(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="No CUDA device"):
        load_detector(device="cuda")
