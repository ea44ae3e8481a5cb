import json
from dataclasses import asdict, replace

import pytest
from training.conftest import TINY

from CCFNetCore.cli import main
from CCFNetCore.evaluation.compare import DEFAULT_CONFIG, PUBLISHED, Variant, published_gain, size_of
from CCFNetCore.training.config import TrainingConfig
from CCFNetCore.training.data import fold_of

BUDGET = replace(TINY, steps=9, phantoms=0, checkpoint_every=1)


@pytest.fixture
def command(data, tmp_path):
    """Compares on the fold of one of the pictures, with one step instead of the config's."""
    (tmp_path / "budget.json").write_text(json.dumps(asdict(BUDGET)))
    fixed = ["--output", str(tmp_path / "out"), "--fold", str(fold_of("0")), "--steps", "1", "--device", "cpu"]
    return ["compare", "--data", str(data), "--config", str(tmp_path / "budget.json"), *fixed]


def test_four_networks_are_trained_measured_and_set_beside_the_published(command, tmp_path, capsys):
    assert main(command) == 0
    out = tmp_path / "out"
    values = json.loads((out / "compare.json").read_text())
    assert [(n["trunk"], n["context"]) for n in values["networks"]] == [(v.trunk, v.context) for v in PUBLISHED]
    assert values["networks"][3]["published"]["score"] == 80.64
    assert (values["config"]["steps"], values["folds"]) == (1, [fold_of("0")])
    held_out = sum(fold_of(p) == fold_of("0") for p in "0123")
    assert set(values["gains"]) == {"resnet18", "resnet50"}
    assert {n["measures"]["patients"] for n in values["networks"]} == {held_out}
    fold = f"fold-{fold_of('0')}"
    assert all("recall within 6 mm" in (out / v.name / fold / "model.md").read_text() for v in PUBLISHED)
    text = (out / "compare.md").read_text()
    assert "(published +6.45)" in text and "(published +5.51)" in text
    printed = capsys.readouterr().out
    assert "+6.45" in printed and "resnet18-context" in printed
    assert "nan" not in printed and "nan" not in text

    written = {file: file.stat().st_mtime_ns for file in out.glob("*/*/model.safetensors")}
    assert len(written) == 4
    assert main(command) == 0
    assert {file: file.stat().st_mtime_ns for file in out.glob("*/*/model.safetensors")} == written


def test_a_config_that_starts_from_a_model_is_refused(command, tmp_path, capsys):
    (tmp_path / "budget.json").write_text(json.dumps(asdict(replace(BUDGET, start_from="a.safetensors"))))
    assert main(command) == 1
    assert "starts from a.safetensors" in capsys.readouterr().err


def test_each_fold_that_is_named_is_compared(command, capsys):
    empty = next(fold for fold in range(4) if fold not in map(fold_of, "0123"))
    named = command.index("--fold")
    command[named:named] = ["--fold", str(empty)]
    assert main(command) == 1
    assert f"no patient in fold {empty} of 4" in capsys.readouterr().err


def test_the_default_budget_starts_from_nothing():
    assert TrainingConfig.read(DEFAULT_CONFIG).start_from is None


@pytest.mark.parametrize(
    ("trunk", "parameters", "multiply_adds"), [("resnet18", 4.833581, 11.97), ("resnet50", 10.790701, 21.97)]
)
def test_sizes_are_counted_as_published(trunk, parameters, multiply_adds):
    assert size_of(Variant(trunk, True)) == pytest.approx((parameters, multiply_adds), abs=0.005)


def test_the_published_gain_of_context():
    assert published_gain("resnet18") == pytest.approx(6.45)
    assert published_gain("resnet50") == pytest.approx(5.51)
