import itertools
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from training.conftest import TINY

from CCFNetCore.model_file import load_model
from CCFNetCore.training.processes import Processes
from CCFNetCore.training.sampling import indices_of

# Runs the command as torchrun's processes do; it notes which examples are seen, and may stop the run at a step.
DRIVER = """
import os, sys
from CCFNetCore.cli import main
from CCFNetCore.training import loop, sampling

rank, seen, stop_at, number = os.environ["RANK"], sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
prepare, take_step = sampling.Sampler.__getitem__, loop._Run.take_step

def noted(self, index):
    with open(f"{seen}/{rank}.txt", "a") as file:
        print(index, file=file)
    return prepare(self, index)

def stopped(self, sample):
    losses = take_step(self, sample)
    if rank == "1" and self.step == stop_at:
        os.kill(os.getpid(), number)
    return losses

sampling.Sampler.__getitem__, loop._Run.take_step = noted, stopped
sys.exit(main(sys.argv[4:]))
"""


def alone(rank, count):
    return Processes(torch.device("cpu"), rank, count, count)


def torchrun(folder, config_file, data, stop_at, number=signal.SIGINT):
    """Two processes on the CPU; gives what they printed, and which examples each of them saw."""
    (folder / "driver.py").write_text(DRIVER)
    seen = folder / f"seen-{stop_at}"
    seen.mkdir()
    program = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", str(folder / "driver.py")]
    command = ["train", str(config_file), "--data", str(data), "--output", str(folder / "run"), "--device", "cpu"]
    ended = subprocess.run(
        [*program, str(seen), str(stop_at), str(int(number)), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return ended, [sorted(map(int, file.read_text().split())) for file in sorted(seen.iterdir())]


def test_two_processes_train_together_stop_together_and_go_on(data, config_file, tmp_path):
    stopped, _ = torchrun(tmp_path, config_file, data, stop_at=2)
    assert stopped.returncode != 0
    assert stopped.stderr.count("checkpoint.pt holds step 2 of 4") == 2
    assert not list(tmp_path.glob("run/*.safetensors"))

    resumed, seen = torchrun(tmp_path, config_file, data, stop_at=0)
    assert resumed.returncode == 0, resumed.stderr
    assert seen == [[4, 6], [5, 7]]
    assert [file.name for file in tmp_path.glob("run/*.safetensors")] == ["model.safetensors"]
    assert [line.split(",")[0] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()] == [
        f'{{"step": {step}' for step in (1, 2, 3, 4)
    ]
    assert resumed.stdout.count("Written:") == 1
    load_model(tmp_path / "run" / "model.safetensors")


def test_a_killed_process_ends_the_run_which_goes_on_from_its_checkpoint(data, config_file, tmp_path):
    killed, _ = torchrun(tmp_path, config_file, data, stop_at=3, number=signal.SIGKILL)
    assert killed.returncode != 0
    assert not list(tmp_path.glob("run/*.safetensors"))

    resumed, seen = torchrun(tmp_path, config_file, data, stop_at=0)
    assert resumed.returncode == 0, resumed.stderr
    assert seen == [[4, 6], [5, 7]]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_processes_together_see_what_one_sees(count):
    config = replace(TINY, batch=6)
    shares = [indices_of(config, alone(rank, count), first_step=1) for rank in range(count)]
    assert len({len(share) for share in shares}) == 1
    assert sorted(itertools.chain(*shares)) == indices_of(config, alone(0, 1), first_step=1) == list(range(6, 24))
    for step in range(3):
        size = 6 // count
        batch = [index for share in shares for index in share[step * size : (step + 1) * size]]
        assert sorted(batch) == list(range(6 + 6 * step, 12 + 6 * step))


def test_a_batch_that_cannot_be_divided_is_refused():
    with pytest.raises(ValueError, match="batch of 2 cannot be divided over 3 processes"):
        indices_of(TINY, alone(0, 3))
