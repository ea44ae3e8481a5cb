"""A real scheduler and real workers, each a process of its own; some of them are killed."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest
from cohort_runs import BAD, ENVIRONMENT, GOOD, results_in, run, wait_for, write_named_series

from CCFNetCore.cli import main

pytest.importorskip("distributed")

# A study that ends whoever opens it: the worker's process is really gone.
DEADLY = """
import os, signal, sys

def dask_setup(worker):
    sys.addaudithook(lambda event, arguments: event == "open" and "deadly" in str(arguments[0])
                     and os.kill(os.getpid(), signal.SIGKILL))
"""


@contextmanager
def process(*arguments, **environment):
    """A process for as long as the block lasts."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = subprocess.Popen([sys.executable, "-m", "dask", *arguments], env=ENVIRONMENT | environment, **quiet)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and workers; gives its file and their processes, the scheduler's first."""
    file = tmp_path / "scheduler.json"
    with ExitStack() as stack:

        def started(workers, *options, **environment):
            here = ("--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard")
            processes = [stack.enter_context(process("scheduler", *here, "--port", "0", **environment))]
            wait_for(file.exists)
            local = ("--local-directory", str(tmp_path), "--nthreads", "1", *here)
            processes += [stack.enter_context(process("worker", *local, *options)) for _ in range(workers)]
            return file, processes

        yield started


def test_a_worker_that_is_lost_is_made_good_by_the_others(cluster, start, studies, undisturbed, tmp_path):
    scheduler, (_, first, _) = cluster(2, "--no-nanny")
    output = tmp_path / "out"
    client = start(studies, "--output", output, "--scheduler", scheduler)
    wait_for(lambda: results_in(output))
    first.kill()
    said, complaint = client.communicate(timeout=240)
    assert client.returncode == 1, complaint
    assert f"{len(GOOD + BAD)} of {len(GOOD + BAD)}" in said
    for table in ("summary.csv", "failures.csv"):
        assert (output / table).read_bytes() == (undisturbed[1] / table).read_bytes()


def test_programs_hear_of_each_study_whichever_worker_reads_it(cluster, tmp_path):
    names = {f"study-{number}" for number in range(3)}
    for number, name in enumerate(sorted(names)):
        write_named_series(number, name, tmp_path / "in" / name)
    scheduler, _ = cluster(2)
    ended = run(tmp_path / "in", "--output", tmp_path / "out", "--scheduler", scheduler, "--progress", "json")
    assert (ended.returncode, ended.stderr) == (0, "")
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {event["name"] for event in events if event["event"] == "reading"} == names
    studies = [event for event in events if event["event"] == "study"]
    assert {event["name"] for event in studies if event["state"] == "read"} == names
    assert [event["done"] for event in studies] == [1, 2, 3]


def test_a_study_that_kills_workers_is_a_failure_and_the_rest_is_read(cluster, tmp_path):
    (tmp_path / "preload.py").write_text(DEADLY)
    for number, name in enumerate(("deadly", "good-1", "good-2")):
        write_named_series(number, name, tmp_path / "in" / name)
    # Two threads: the deadly study takes with it what is read beside it.
    options = ("--preload", str(tmp_path / "preload.py"), "--nthreads", "2")
    scheduler, _ = cluster(1, *options, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    ended = run(tmp_path / "in", "--output", tmp_path / "out", "--scheduler", scheduler)
    assert ended.returncode == 1, ended.stderr
    assert results_in(tmp_path / "out") == ["good-1", "good-2"]
    assert "the worker ended each time it was read" in (tmp_path / "out" / "failures.csv").read_text()


def test_a_lost_scheduler_is_one_sentence_and_no_study_fails_for_it(cluster, start, studies, tmp_path):
    file, (scheduler, _) = cluster(1, "--no-nanny")
    client = start(studies, "--output", tmp_path / "out", "--scheduler", file)
    wait_for(lambda: results_in(tmp_path / "out"))
    scheduler.kill()
    _, complaint = client.communicate(timeout=120)
    assert client.returncode == 1
    assert len(complaint.splitlines()) == 1, complaint
    assert "--resume" in complaint
    assert "cancel" not in (tmp_path / "out" / "failures.csv").read_text().lower()


def test_no_scheduler_is_one_sentence(studies, tmp_path, capsys):
    absent = str(tmp_path / "absent.json")
    assert main(["cohort", str(studies), "--output", str(tmp_path / "out"), "--scheduler", absent]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "absent.json" in sentence


TIMED_STUDIES = 24
"""Enough that the start of the command, some seconds, does not hide what the workers do."""


@pytest.mark.speed
def test_two_workers_are_faster_than_one(cluster, tmp_path):
    if (os.cpu_count() or 1) < 2:
        pytest.skip("needs two processors")
    for number in range(TIMED_STUDIES):
        write_named_series(number % 3, f"study-{number}", tmp_path / "in" / f"{number:02d}")
    seconds = {}
    for workers in (1, 2):
        with_warm_up = tmp_path / f"warm-{workers}"
        scheduler, processes = cluster(workers)
        run(tmp_path / "in", "--output", with_warm_up, "--scheduler", scheduler)
        began = time.monotonic()
        ended = run(tmp_path / "in", "--output", tmp_path / f"out-{workers}", "--scheduler", scheduler)
        seconds[workers] = time.monotonic() - began
        assert ended.returncode == 0
        for started in processes:
            started.terminate()
            started.wait()
        scheduler.unlink(missing_ok=True)
    one, two = seconds[1], seconds[2]
    print(f"\n{TIMED_STUDIES} studies: one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} times as fast")
    assert one / two >= 1.6
