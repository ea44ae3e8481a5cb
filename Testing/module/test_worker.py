"""The line between the application and its worker, with real processes at the other end."""

import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from CCFNetCore.phantom import phantom_volume

STARTED_S, ANSWERED_S = 60, 120

ECHO = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    {body}
"""
ANSWER = 'print(json.dumps({"request": request["request"], "result": request["do"]}), flush=True)'


class Outcome:
    """Collects what a job is told."""

    def __init__(self):
        from CCFNetSlicerLib.worker_client import Job

        self.steps, self.replies, self.failures = [], [], []
        self.job = Job(lambda done, step: self.steps.append((done, step)), self.replies.append, self.failures.append)


@pytest.fixture
def make_client(host):
    """Clients of the test's own; their processes end with the test."""
    from CCFNetSlicerLib.process import wait_until_gone
    from CCFNetSlicerLib.worker_client import WorkerClient

    clients = []

    def make(body=None, **options):
        command = None if body is None else [sys.executable, "-c", ECHO.format(body=body)]
        clients.append(WorkerClient(command, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.stop()
    wait_until_gone()


@pytest.fixture
def ask(host):
    def ask_and_wait(client, message, seconds=STARTED_S):
        outcome = Outcome()
        client.ask(message, outcome.job)
        host.wait_until(lambda: outcome.job.is_over, seconds)
        return outcome

    return ask_and_wait


def described(volume, folder):
    from CCFNetSlicerLib.volume_node import write_for_worker

    return {"volume": write_for_worker(volume, folder / f"{volume.name}.npy"), "device": "cpu", "model": "default"}


@pytest.fixture(scope="module")
def real(host):
    """A client of the real worker that stays warm from test to test."""
    from CCFNetSlicerLib.process import wait_until_gone
    from CCFNetSlicerLib.worker_client import WorkerClient

    client = WorkerClient()
    yield client
    client.stop()
    wait_until_gone()


@pytest.mark.parametrize("weighting", ["T2", "T1"])
def test_real_worker_gives_the_detectors_own_result(real, ask, detector, tmp_path, weighting):
    volume = replace(phantom_volume(5), weighting=weighting)
    outcome = ask(real, {"do": "detect", **described(volume, tmp_path)}, ANSWERED_S)
    from CCFNetCore.result import Result

    (reply,) = outcome.replies
    assert Result.from_dict(reply["result"]) == detector.detect(volume)


def test_real_worker_reports_its_steps(real, ask, tmp_path):
    outcome = ask(real, {"do": "detect", **described(phantom_volume(5), tmp_path)}, ANSWERED_S)
    shares = [done for done, _ in outcome.steps]
    assert shares == sorted(shares)
    assert any("plane" in step for _, step in outcome.steps)


def test_real_worker_reads_places_of_a_volume_that_it_has(real, ask, detector, tmp_path):
    message = described(phantom_volume(5), tmp_path)
    places = {s.name: list(s.position_lps_mm) for s in detector.detect(phantom_volume(5)).structures[3:6]}
    ask(real, {"do": "detect", **message}, ANSWERED_S)
    outcome = ask(real, {"do": "read", "places_lps_mm": places, **message}, ANSWERED_S)
    assert [s["name"] for s in outcome.replies[0]["structures"]] == list(places)
    assert all(s["placed_by"] == "hand" for s in outcome.replies[0]["structures"])
    assert not outcome.steps


def test_real_worker_survives_bad_input(real, ask, tmp_path):
    message = described(phantom_volume(5), tmp_path)
    (tmp_path / "phantom-5.npy").write_bytes(b"no array")
    bad = ask(real, {"do": "detect", **message}, ANSWERED_S)
    assert len(bad.failures) == 1
    assert "\n" not in bad.failures[0]
    (tmp_path / "phantom-5.npy").unlink()
    good = ask(real, {"do": "detect", **described(phantom_volume(5), tmp_path)}, ANSWERED_S)
    assert good.replies


def test_real_worker_names_the_reason_that_a_volume_does_not_fit(real, ask, tmp_path):
    from dataclasses import replace

    flat = replace(phantom_volume(5), array=phantom_volume(5).array[:2], name="flat")
    outcome = ask(real, {"do": "detect", **described(flat, tmp_path)}, ANSWERED_S)
    assert outcome.failures == ["flat: has 2 slice(s), but at least 3 sagittal ones are needed."]


@pytest.mark.parametrize("dtype", ["int16", "uint16", "uint8", "float32", "float64"])
def test_voxels_go_over_without_loss(dtype, tmp_path):
    from dataclasses import replace

    from CCFNetSlicerLib.request import volume_in

    array = (np.random.default_rng(0).normal(size=(4, 5, 6)) * 100).astype(dtype)
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    sent = replace(phantom_volume(1), array=array, direction=turned, origin_lps_mm=(0.1, -2 / 3, 1e5))
    got = volume_in(described(sent, tmp_path))
    assert got.array.dtype == array.dtype
    assert np.array_equal(got.array, array)
    assert got.origin_lps_mm == sent.origin_lps_mm
    assert np.array_equal(got.direction, sent.direction)


def test_process_is_kept_between_requests(make_client, ask):
    client = make_client(
        'print(json.dumps({"request": request["request"], "result": __import__("os").getpid()}), flush=True)'
    )
    first, second = (ask(client, {"do": "detect"}).replies[0]["result"] for _ in range(2))
    assert first == second


def test_garbage_on_the_output_is_passed_over(make_client, ask):
    client = make_client(
        'print("a warning of some library"); print("[1, 2]"); print("null"); '
        'sys.stdout.buffer.write(b"\\xff\\xfe\\n"); sys.stdout.flush(); ' + ANSWER
    )
    assert ask(client, {"do": "detect"}).replies[0]["result"] == "detect"


def test_reply_in_pieces_is_put_together(make_client, ask):
    client = make_client(
        'text = json.dumps({"request": request["request"], "result": "x" * 200000}) + "\\n"; '
        "[(sys.stdout.write(text[i : i + 50000]), sys.stdout.flush(), __import__('time').sleep(0.02)) "
        "for i in range(0, len(text), 50000)]"
    )
    assert len(ask(client, {"do": "detect"}).replies[0]["result"]) == 200000


def test_killed_worker_is_one_sentence_and_the_next_request_starts_another(make_client, ask):
    client = make_client(f'__import__("os").kill(__import__("os").getpid(), 9) if request["do"] == "die" else {ANSWER}')
    assert "ended unexpectedly" in ask(client, {"do": "die"}).failures[0]
    assert ask(client, {"do": "detect"}).replies


def test_hanging_worker_is_ended(make_client, ask):
    client = make_client('__import__("time").sleep(600)', silence_s=0.5)
    assert ask(client, {"do": "detect"}).failures == [
        "The network's process gave no answer for 0.5 seconds and was ended."
    ]
    assert not client.is_running


def test_program_that_is_not_there_is_one_sentence(host, ask):
    from CCFNetSlicerLib.worker_client import WorkerClient

    outcome = ask(WorkerClient(["/no/such/python"]), {"do": "detect"})
    assert outcome.failures == ["The network's process could not be started: Slicer's Python was not found."]


def test_reply_that_cannot_be_used_is_one_sentence(make_client, host):
    client, outcome = make_client(ANSWER), Outcome()

    def refuse(reply):
        raise RuntimeError("no room")

    outcome.job.on_reply = refuse
    client.ask({"do": "detect"}, outcome.job)
    host.wait_until(lambda: outcome.failures, STARTED_S)
    assert outcome.failures == ["The result could not be shown: no room"]


def test_missing_package_is_named_by_the_worker(host, ask, tmp_path):
    """In a Python that sees none of the installed packages."""
    from CCFNetSlicerLib.process import wait_until_gone
    from CCFNetSlicerLib.worker_client import WorkerClient, default_command

    python, *arguments = default_command()
    client = WorkerClient([python, "-S", *arguments])
    outcome = ask(client, {"do": "detect", **described(phantom_volume(5), tmp_path)})
    assert outcome.failures == ["The Python package 'torch' is missing; install it in the section Packages."]
    client.stop()
    wait_until_gone()


def test_cancel_takes_no_time_and_tells_nobody(make_client, host):
    client = make_client('__import__("time").sleep(600)')
    outcome = Outcome()
    client.ask({"do": "detect"}, outcome.job)
    host.wait_until(lambda: client.is_running, STARTED_S)
    started = time.monotonic()
    client.cancel()
    assert time.monotonic() - started < 0.1
    assert outcome.job.is_over
    assert not client.is_running
    assert not outcome.replies + outcome.failures


def test_request_after_a_cancel_is_not_answered_by_the_process_before(make_client, ask):
    client = make_client(f'__import__("time").sleep(0.3) if request["do"] == "slow" else None; {ANSWER}')
    client.ask({"do": "slow"}, Outcome().job)
    client.cancel()
    assert ask(client, {"do": "detect"}).replies[0]["result"] == "detect"


def test_worker_ends_when_its_input_ends():
    import subprocess

    from CCFNetSlicerLib.worker_client import default_command

    process = subprocess.Popen(default_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(30) == 0


@pytest.fixture
def serve(host):
    """Let a worker within this process answer requests; gives the last reply to each."""
    import io
    import json

    from CCFNetSlicerLib.worker import Worker

    def serve_all(*requests):
        output = io.StringIO()
        worker = Worker(output)
        worker.serve(iter([{"request": number, **request} for number, request in enumerate(requests)]))
        replies = {reply["request"]: reply for reply in map(json.loads, output.getvalue().splitlines())}
        return [replies[number] for number in range(len(requests))]

    return serve_all


def test_out_of_graphics_memory_falls_back_to_the_cpu(serve, tmp_path, monkeypatch):
    """Stands in for a card that is full: PyTorch's device "meta", and a network that raises there what CUDA does."""
    import torch

    from CCFNetCore import processor

    def copy_of(self, network):
        raise RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported.")

    monkeypatch.setattr(processor, "choose_device", lambda device: torch.device("meta"))
    monkeypatch.setattr(processor.Processor, "_copy_of", copy_of)
    detect = {"do": "detect", **described(phantom_volume(5), tmp_path), "device": "cuda"}
    for reply in serve(detect, detect):
        assert reply["notice"] == "The graphics processor has too little free memory; the CPU was used."
        assert reply["notice"] in reply["result"]["notes"]
        assert reply["result"]["structures"]


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON",
        b"\xff\xfe",
        b"null",
        b"[1, 2]",
        b'{"do": "detect"}',
        b'{"request": true}',
        b'{"request": ' + b"1" * 5000 + b"}",
        b"[" * 200_000,
    ],
    ids=lambda line: line[:12],
)
def test_a_line_that_is_no_request_is_passed_over_with_a_line_on_the_error_output(line, host, capsys):
    from CCFNetSlicerLib.request import parse

    assert parse(line) is None
    assert capsys.readouterr().err.startswith("Not a request: ")


def test_a_real_worker_passes_over_what_is_no_request(tmp_path):
    import json
    import subprocess

    from CCFNetSlicerLib.worker_client import default_command

    lines = [b"\xff\xfe", b"[" * 200_000, b'{"request": 7, "do": "dance"}']
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(default_command(), **pipes) as process:
        process.stdin.write(b"\n".join(lines) + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"request": 7, "error": "There is no request 'dance'."}
        process.kill()


# Each was found by drawing requests at random, and named an inner part of the program or filled the memory.
ODD = {
    "nothing to do": ({"do": None}, {}, "The request's 'do' is not a text."),
    "unknown": ({"do": "dance"}, {}, "There is no request 'dance'."),
    "no volume": ({"volume": None}, {}, "The request's 'volume' is not an object."),
    "model of another kind": ({"model": [1]}, {}, "The request's 'model' is not a text."),
    "device of another kind": ({"device": {}}, {}, "The request's 'device' is not a text."),
    "places of another kind": (
        {"do": "read", "places_lps_mm": 1},
        {},
        "The request's 'places_lps_mm' is not an object.",
    ),
    "place that is none": (
        {"do": "read", "places_lps_mm": {"L4": [0, 1, float("nan")]}},
        {},
        "The request's 'L4' is not 3 numbers.",
    ),
    "structure that is none": (
        {"do": "read", "places_lps_mm": {"C1": [0, 0, 0]}},
        {},
        "The request asks for 'C1', which is none of the structures",
    ),
    "no file": ({}, {"file": "/no/such/file.npy"}, "/no/such/file.npy: No such file or directory."),
    "infinite spacing": ({}, {"spacing_mm": [1, 1, float("inf")]}, "The request's 'spacing_mm' is not 3 numbers."),
    "number too long": ({}, {"origin_lps_mm": [0, 0, 10**400]}, "The request's 'origin_lps_mm' is not 3 numbers."),
    "far away": ({}, {"origin_lps_mm": [0, -1e308, 0]}, "cannot be those of a volume"),
    "fine beyond measure": ({}, {"spacing_mm": [1e-9, 1e-9, 4]}, "cannot be those of a volume"),
    "flat axes": ({}, {"direction": [[1, 1, 0], [0, 0, 0], [0, 0, 1]]}, "cannot be those of a volume"),
    "report of nothing": (
        {"do": "report", "result": [], "file": "a.html"},
        {},
        "The request's 'result' is not an object.",
    ),
}


def test_an_odd_request_is_one_sentence_and_the_next_one_is_served(serve, tmp_path):
    sound = {"do": "detect", "places_lps_mm": {}, **described(phantom_volume(5), tmp_path)}
    odd = [sound | {"volume": sound["volume"] | volume} | request for request, volume, _ in ODD.values()]
    *replies, last = serve(*odd, sound)
    for (_, _, sentence), reply in zip(ODD.values(), replies, strict=True):
        assert sentence in reply["error"]
        assert "\n" not in reply["error"]
    assert last["result"]["structures"]


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda file: file.write_bytes(b""), "did not come over whole"),
        (lambda file: file.write_bytes(b"PK\x03\x04"), "did not come over whole"),
        (
            lambda file: np.save(file, np.zeros((9, 9, 9))) or file.write_bytes(file.read_bytes()[:-8]),
            "come over whole",
        ),
        (lambda file: np.save(file, np.array([[[{}]]]), allow_pickle=True), "did not come over whole"),
        (lambda file: np.save(file, np.zeros((3, 4, 5), complex)), "are not numbers"),
        (lambda file: np.save(file, np.zeros((3, 0, 5))), "are not numbers"),
        (lambda file: np.save(file, np.zeros((4, 5))), "has 2 dimensions"),
    ],
    ids=["empty", "archive", "truncated", "objects", "complex", "no voxels", "two axes"],
)
def test_voxels_that_are_none_are_one_sentence(write, sentence, serve, tmp_path):
    message = described(phantom_volume(5), tmp_path)
    write(tmp_path / "phantom-5.npy")
    (reply,) = serve({"do": "detect", **message})
    assert sentence in reply["error"]
    assert "\n" not in reply["error"]


def test_an_unexpected_error_is_one_line_without_its_advice(serve, tmp_path, monkeypatch):
    def fail(request):
        raise RuntimeError(
            "Exception thrown in ReadImage: /tmp/itk.hxx:94:\nITK ERROR: Filter(0x55c0): Too small. Sorry."
        )

    monkeypatch.setattr("CCFNetSlicerLib.worker.volume_in", fail)
    (reply,) = serve({"do": "detect", **described(phantom_volume(5), tmp_path)})
    assert reply["error"] == "The network's process met an unexpected error (RuntimeError: Too small)."
