import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from CCFNetCore.cli import main
from CCFNetCore.model_file import load_model
from CCFNetCore.training import loop
from CCFNetCore.training.data import fold_of

# A machine with torch, torchvision, numpy, Pillow, safetensors and rich alone.
BARE = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("SimpleITK", "pydicom", "highdicom", "matplotlib"):
            raise ModuleNotFoundError(f"{name} is not on this machine", name=name)

sys.meta_path.insert(0, Blocked())
from CCFNetCore.cli import main

sys.exit(main(sys.argv[1:]))
"""


def command(config_file, data, output):
    return ["train", str(config_file), "--data", str(data), "--output", str(output), "--device", "cpu"]


def start(program, *arguments, **options):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, *program, *arguments], env=environment, text=True, **options)


def test_a_bare_machine_trains(data, config_file, tmp_path):
    run = start(["-c", BARE], *command(config_file, data, tmp_path / "run"), stderr=subprocess.PIPE)
    _, errors = run.communicate(timeout=120)
    assert (run.returncode, errors) == (0, "")
    assert {file.name for file in (tmp_path / "run").iterdir()} == {
        "checkpoint.pt",
        "config.json",
        "log.jsonl",
        "model.md",
        "model.safetensors",
    }


def test_lines_tell_how_far_a_run_is(data, config_file, tmp_path, capsys):
    assert main(command(config_file, data, tmp_path / "run")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("step 1 of 4")
    assert lines[-2].startswith("step 4 of 4")
    assert "total" in lines[-2] and "reading" in lines[-2]
    assert lines[-1] == f"Written: {tmp_path / 'run' / 'model.safetensors'}"


def test_another_fold_can_be_held_out(data, config_file, tmp_path):
    fold = (fold_of("0") + 1) % 4
    assert main([*command(config_file, data, tmp_path / "run"), "--fold", str(fold)]) == 0
    assert json.loads((tmp_path / "run" / "config.json").read_text())["held_out_fold"] == fold
    _, description = load_model(tmp_path / "run" / "model.safetensors")
    assert (description.folds, description.held_out_fold, description.datasets) == (4, fold, (data.name,))


@pytest.mark.parametrize("fold", [-2, 4])
def test_a_fold_that_is_not_there_is_one_sentence(fold, data, config_file, tmp_path, capsys):
    assert main([*command(config_file, data, tmp_path / "run"), "--fold", str(fold)]) == 1
    assert f"no fold {fold} of 4" in capsys.readouterr().err


def test_ctrl_c_ends_a_run_whole_and_says_how_to_go_on(data, config_file, tmp_path, monkeypatch, capsys):
    def interrupted(run, sample):
        if run.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return take_step(run, sample)

    take_step = loop._Run.take_step
    monkeypatch.setattr(loop._Run, "take_step", interrupted)
    assert main(command(config_file, data, tmp_path / "run")) == 130
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.endswith("checkpoint.pt holds step 3 of 4; the same command goes on from there.")
    monkeypatch.setattr(loop._Run, "take_step", take_step)
    assert main(command(config_file, data, tmp_path / "run")) == 0
    assert main(command(config_file, data, tmp_path / "undisturbed")) == 0
    a, b = (tmp_path / name / "model.safetensors" for name in ("run", "undisturbed"))
    assert a.read_bytes() == b.read_bytes()


def test_a_signal_to_all_processes_of_a_run_leaves_it_whole(data, config_file, tmp_path):
    config_file.write_text(json.dumps(json.loads(config_file.read_text()) | {"steps": 10_000}))
    run = start(
        ["-m", "CCFNetCore.cli"],
        *command(config_file, data, tmp_path / "run"),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (tmp_path / "run" / "checkpoint.pt").exists():
        assert run.poll() is None
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGTERM)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "checkpoint.pt holds step" in errors


def test_a_model_to_start_from_can_be_named(data, config_file, tmp_path):
    assert main(command(config_file, data, tmp_path / "first")) == 0
    first = str(tmp_path / "first" / "model.safetensors")
    assert main([*command(config_file, data, tmp_path / "second"), "--start-from", first]) == 0
    assert json.loads((tmp_path / "second" / "config.json").read_text())["start_from"] == first
