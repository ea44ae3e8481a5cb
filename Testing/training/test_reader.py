import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import roc_auc_score

from CCFNetCore import anatomy, close_up
from CCFNetCore.calibration import Calibration
from CCFNetCore.cli import main
from CCFNetCore.detector import load_detector
from CCFNetCore.model_file import NetworkDescription, load_model, load_reader, read_description, save_model
from CCFNetCore.network import CCFNet, Reader
from CCFNetCore.network.efficientnet_lite import load_imagenet_weights
from CCFNetCore.training.data import draw_example, fold_of, load_example, read_landmarks
from CCFNetCore.training.reader import PHANTOMS, fit_reader

HELD_OUT = fold_of("3")


@pytest.fixture(autouse=True)
def few_phantoms(monkeypatch):
    """Phantoms take longest."""
    monkeypatch.setattr("CCFNetCore.training.reader.PHANTOMS", 1)


@pytest.fixture
def data(data):
    """The pictures, with a larger dot where a structure is abnormal."""
    for record in read_landmarks(data):
        pixels = np.array(Image.open(record.image))
        for row, column in record.points[record.abnormal == 1].astype(int):
            pixels[row - 5 : row + 6, column - 5 : column + 6] = 255
        Image.fromarray(pixels).save(record.image)
    return data


@pytest.fixture
def model(tmp_path):
    """A network that was trained without the patients of patient 3's fold."""
    file = tmp_path / "network.safetensors"
    description = NetworkDescription("resnet18", True, 1.0, folds=4, held_out_fold=HELD_OUT)
    save_model(CCFNet(), description, file)
    return file


def logits_of(reader, record):
    example = load_example(record, close_up.PIXEL_MM)
    with torch.inference_mode():
        return reader(close_up.cut_close_ups(_pictures(example), example.points)).numpy()


def _pictures(example):
    return torch.from_numpy(example.slices[1]).expand(anatomy.COUNT, -1, -1)


def test_a_reader_knows_what_it_was_shown(data):
    records = read_landmarks(data)
    reader = fit_reader(records)
    logits, abnormal = (
        np.stack(rows) for rows in zip(*((logits_of(reader, r), r.abnormal) for r in records), strict=True)
    )
    assert logits[abnormal == 1].min() > logits[abnormal == 0].max()


def test_a_reader_sees_with_the_eyes_of_imagenet(data):
    start = Reader()
    load_imagenet_weights(start.trunk)
    fitted = fit_reader(read_landmarks(data)).trunk.state_dict()
    assert all(torch.equal(fitted[name], value) for name, value in start.trunk.half().float().state_dict().items())


def test_the_same_pictures_give_the_same_reader(data):
    first, second = (fit_reader(read_landmarks(data)).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_all_pictures_of_a_patient_together_count_as_one(data, monkeypatch):
    monkeypatch.setattr("CCFNetCore.training.reader.PHANTOMS", 0)
    records = read_landmarks(data)
    (data / "others").mkdir()
    others = [replace(r, image=Path(shutil.copy(r.image, data / "others"))) for r in records]
    once, twice = fit_reader(records), fit_reader([*records, *others])
    assert torch.allclose(once.abnormal["disc"].weight, twice.abnormal["disc"].weight, rtol=0.01, atol=1e-5)


def test_ungraded_structures_do_not_count(data):
    records = read_landmarks(data)
    before = fit_reader(records[:3])
    records[3].abnormal[:] = np.nan
    after = fit_reader(records)
    assert torch.allclose(before.abnormal["disc"].weight, after.abnormal["disc"].weight, atol=1e-5)


def test_approximate_landmarks_do_not_count(data, monkeypatch):
    monkeypatch.setattr("CCFNetCore.training.reader.PHANTOMS", 0)
    records = read_landmarks(data)
    before = fit_reader(records[:3])
    records[3].approximate[:] = True
    after = fit_reader(records)
    for layers in ("abnormal", "shift"):
        weights = [getattr(reader, layers)["disc"].weight for reader in (before, after)]
        assert torch.allclose(*weights, atol=1e-5)


def test_structures_that_are_not_there_do_not_count(data):
    records = read_landmarks(data)
    for record in records[:2]:
        record.points[0] = np.nan
    assert all(weights.isfinite().all() for weights in fit_reader(records).state_dict().values())


def test_one_class_alone_is_refused(data):
    records = read_landmarks(data)
    for record in records:
        record.abnormal[anatomy.indices_of("vertebra")] = 1
    with pytest.raises(ValueError, match="both a normal and an abnormal vertebra"):
        fit_reader(records)


def test_phantoms_are_known(data, monkeypatch):
    monkeypatch.setattr("CCFNetCore.training.reader.PHANTOMS", PHANTOMS)
    reader = fit_reader(read_landmarks(data))
    phantoms = [draw_example(seed, close_up.PIXEL_MM) for seed in range(4)]
    with torch.inference_mode():
        logits = torch.cat([reader(close_up.cut_close_ups(_pictures(p), p.points)) for p in phantoms])
    assert roc_auc_score(np.concatenate([p.abnormal for p in phantoms]), logits) > 0.9


def test_a_reader_points_to_the_landmarks_of_phantoms(data, monkeypatch):
    monkeypatch.setattr("CCFNetCore.training.reader.PHANTOMS", PHANTOMS)
    reader = fit_reader(read_landmarks(data))
    astray_mm = np.array([[2.0, -1.5]])
    left_mm = []
    for phantom in (draw_example(seed, close_up.PIXEL_MM) for seed in range(4)):
        places = close_up.shifted(phantom.points, astray_mm)
        with torch.inference_mode():
            shifts_mm = reader.shifts(close_up.cut_close_ups(_pictures(phantom), places)).numpy()
        left_mm.append(close_up.shifts_to(phantom.points, close_up.shifted(places, shifts_mm)))
    assert np.median(np.linalg.norm(left_mm, axis=-1)) < np.linalg.norm(astray_mm) / 2


def test_the_command_adds_a_reader_to_its_network(model, data, capsys):
    output = data / "with-reader.safetensors"
    assert main(["fit-reader", str(model), "--data", str(data), "--output", str(output)]) == 0
    learned = sum(fold_of(p) != HELD_OUT for p in "0123")
    assert f"{learned} pictures, without those of fold {HELD_OUT} of 4" in capsys.readouterr().out
    before, after = (load_model(file)[0].state_dict() for file in (model, output))
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert read_description(output) == read_description(model)
    assert load_reader(model) is None
    assert not load_reader(output).training
    assert len(load_detector(output, "cpu").readers) == 1


def test_held_out_patients_are_not_looked_at(model, data):
    whole, part = data / "whole.safetensors", data / "part.safetensors"
    assert main(["fit-reader", str(model), "--data", str(data), "--output", str(whole)]) == 0
    entries = json.loads((data / "landmarks.json").read_text())
    others = [entry for entry in entries if fold_of(entry["id"]) != HELD_OUT]
    assert len(others) < len(entries)
    (data / "landmarks.json").write_text(json.dumps(others))
    assert main(["fit-reader", str(model), "--data", str(data), "--output", str(part)]) == 0
    assert whole.read_bytes() == part.read_bytes()


def test_patients_of_several_folders_are_learned(model, data, tmp_path, capsys):
    other = shutil.copytree(data, tmp_path / "other")
    output = tmp_path / "with-reader.safetensors"
    assert main(["fit-reader", str(model), "--data", str(data), str(other), "--output", str(output)]) == 0
    learned = 2 * sum(fold_of(p) != HELD_OUT for p in "0123")
    assert f"{learned} pictures, without those of fold {HELD_OUT} of 4" in capsys.readouterr().out


def test_grades_that_answer_another_question_are_not_learned(model, data, capsys):
    entries = json.loads((data / "landmarks.json").read_text())
    for entry in entries:
        entry["grading"] = "pain"
    (data / "landmarks.json").write_text(json.dumps(entries))
    assert main(["fit-reader", str(model), "--data", str(data), "--output", str(data / "out.safetensors")]) == 1
    assert "both a normal and an abnormal vertebra are needed" in capsys.readouterr().err


def test_calibrations_of_the_network_alone_are_left_out(model, data):
    network, description = load_model(model)
    save_model(network, replace(description, calibrations={"disc": Calibration(2.0)}), model)
    output = data / "with-reader.safetensors"
    assert main(["fit-reader", str(model), "--data", str(data), "--output", str(output)]) == 0
    assert read_description(output).calibrations == {}


def test_a_model_that_does_not_say_whom_it_saw_is_refused(data, tmp_path, capsys):
    file = tmp_path / "unknown.safetensors"
    save_model(CCFNet(), NetworkDescription("resnet18", True, 1.0), file)
    assert main(["fit-reader", str(file), "--data", str(data), "--output", str(tmp_path / "out")]) == 1
    assert "does not say whose pictures" in capsys.readouterr().err


def test_half_floats_are_enough_for_a_reader(data, model):
    network, description = load_model(model)
    reader = fit_reader(read_landmarks(data)).eval()
    save_model(network, description, data / "stored.safetensors", reader)
    stored = load_reader(data / "stored.safetensors")
    for record in read_landmarks(data):
        assert np.allclose(logits_of(reader, record), logits_of(stored, record), atol=0.02)
