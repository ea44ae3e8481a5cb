"""The line between the application and its worker, with real processes at the other end."""

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

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
FILE = 'print(json.dumps({"request": request["request"], "result": request["volume"]["file"]}), flush=True)'
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
    def ask_and_wait(client, message, volume=None, stamp=0):
        outcome = Outcome()
        client.ask({"device": "cpu", "model": "default", **message}, outcome.job, volume, stamp)
        host.wait_until(lambda: outcome.job.is_over, ANSWERED_S)
        return outcome

    return ask_and_wait


@pytest.fixture
def on_disk(host):
    """The files of volumes that lie on the disk."""
    import slicer

    return lambda: list(Path(slicer.app.temporaryPath).glob("ccfnet-*"))


STAMPS = itertools.count()


def described(volume, folder):
    """A request's share of what is said of a volume, its voxels handed over."""
    from CCFNetSlicerLib.handover import Outbox

    return {"volume": Outbox(str(folder)).put(volume, next(STAMPS)), "device": "cpu", "model": "default"}


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
def test_real_worker_gives_the_detectors_own_result(real, ask, detector, weighting):
    volume = replace(phantom_volume(5), weighting=weighting)
    outcome = ask(real, {"do": "detect"}, volume)
    from CCFNetCore.result import Result

    (reply,) = outcome.replies
    assert Result.from_dict(reply["result"]) == detector.detect(volume)


def test_real_worker_reports_its_steps(real, ask):
    outcome = ask(real, {"do": "detect"}, phantom_volume(5))
    shares = [done for done, _ in outcome.steps]
    assert shares == sorted(shares)
    assert any("plane" in step for _, step in outcome.steps)


def test_real_worker_reads_places_of_a_volume_that_it_has(real, ask, detector):
    volume = phantom_volume(5)
    places = {s.name: list(s.position_lps_mm) for s in detector.detect(volume).structures[3:6]}
    ask(real, {"do": "detect"}, volume)
    outcome = ask(real, {"do": "read", "places_lps_mm": places}, volume)
    assert [s["name"] for s in outcome.replies[0]["structures"]] == list(places)
    assert all(s["placed_by"] == "hand" for s in outcome.replies[0]["structures"])
    assert not outcome.steps


def test_real_worker_survives_bad_input(real, ask):
    volume = phantom_volume(5)
    bad = ask(real, {"do": "detect"}, replace(volume, array=volume.array.astype(complex)), stamp=1)
    assert len(bad.failures) == 1
    assert "\n" not in bad.failures[0]
    assert ask(real, {"do": "detect"}, volume).replies


def test_real_worker_names_the_reason_that_a_volume_does_not_fit_each_time(real, ask):
    flat = replace(phantom_volume(5), array=phantom_volume(5).array[:2], name="flat")
    fine = replace(phantom_volume(5), spacing_mm=(1e-9, 1.0, 1.0), name="fine")
    for volume, sentence in (
        (flat, "flat: has 2 slice(s), but at least 3 sagittal ones are needed."),
        (fine, "fine: its spacing, its place or its axes cannot be those of a volume."),
    ):
        for _ in range(2):
            assert ask(real, {"do": "detect"}, volume).failures == [sentence]


@pytest.mark.parametrize("dtype", ["int16", "uint16", "uint8", "float32", "float64"])
def test_voxels_go_over_without_loss(dtype, tmp_path):
    from CCFNetSlicerLib.handover import Inbox
    from CCFNetSlicerLib.request import volume_in

    array = (np.random.default_rng(0).normal(size=(4, 5, 6)) * 100).astype(dtype)
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    sent = replace(phantom_volume(1), array=array, direction=turned, origin_lps_mm=(0.1, -2 / 3, 1e5))
    got = volume_in(described(sent, tmp_path), Inbox(str(tmp_path)))
    assert got.array.dtype == array.dtype
    assert np.array_equal(got.array, array)
    assert got.origin_lps_mm == sent.origin_lps_mm
    assert np.array_equal(got.direction, sent.direction)


def test_voxels_go_over_once_for_each_change_and_each_process(make_client, ask):
    client = make_client(FILE)
    volume = phantom_volume(5)
    first, again, changed, renamed = (
        ask(client, {}, each, stamp).replies[0]["result"]
        for each, stamp in ((volume, 0), (volume, 0), (volume, 1), (replace(volume, name="renamed"), 1))
    )
    client.cancel()
    in_another_process = ask(client, {}, replace(volume, name="renamed"), 1).replies[0]["result"]
    assert first == again
    assert len({first, changed, renamed, in_another_process}) == 4


def test_voxels_are_for_nobody_else_to_read(make_client, ask):
    (reply,) = ask(make_client(FILE), {}, phantom_volume(5)).replies
    assert Path(reply["result"]).stat().st_mode & 0o777 == 0o600


def test_no_voxels_stay_on_the_disk_after_an_answer(real, ask, on_disk):
    assert ask(real, {"do": "detect"}, phantom_volume(5)).replies
    assert not on_disk()


def test_worker_that_did_not_get_a_volume_is_given_it_once_more(make_client, ask, on_disk):
    """As when it fails before it comes to the volume."""
    client = make_client('print(json.dumps({"request": request["request"], "error": "no"}), flush=True)')
    for _ in range(2):
        ask(client, {}, phantom_volume(5))
    assert len(on_disk()) == 2


def test_worker_does_not_read_again_what_is_handed_over_once_more(serve, tmp_path):
    """And the file goes all the same."""
    first, second = ({"do": "dance"} | described(phantom_volume(5), tmp_path) for _ in range(2))
    second["volume"] |= {"voxels": first["volume"]["voxels"]}
    Path(second["volume"]["file"]).write_bytes(b"not to be read")
    page = {"do": "report", "result": [], "file": "a.html"}
    for reply in serve(first | page, second | page):
        assert reply["error"] == "The request's 'result' is not an object."
    assert not list(tmp_path.glob("ccfnet-*"))


@pytest.mark.parametrize("end", ["cancel", "stop"])
def test_voxels_that_a_killed_process_did_not_read_are_removed(make_client, ask, on_disk, end):
    from CCFNetSlicerLib.process import wait_until_gone

    client = make_client(FILE)
    ask(client, {}, phantom_volume(5))
    assert on_disk()
    getattr(client, end)()
    wait_until_gone()
    assert not on_disk()


def test_voxels_that_a_lost_process_did_not_read_are_removed(make_client, ask, on_disk):
    client = make_client("sys.exit(3)")
    assert "exit code 3" in ask(client, {}, phantom_volume(5)).failures[0]
    assert not on_disk()


def test_cancel_in_mid_run_leaves_no_voxels(real, host, on_disk):
    from CCFNetSlicerLib.process import wait_until_gone

    outcome = Outcome()
    real.ask({"do": "detect", "device": "cpu", "model": "default"}, outcome.job, phantom_volume(5), 2)
    host.wait_until(lambda: outcome.steps, STARTED_S)
    real.cancel()
    wait_until_gone()
    assert not on_disk()


def test_volume_that_cannot_be_written_is_one_sentence(make_client, ask):
    client = make_client(ANSWER)
    ask(client, {"do": "detect"})
    client._outbox.prefix = "/no/such/folder/ccfnet-"
    outcome = ask(client, {"do": "detect"}, phantom_volume(5))
    assert outcome.failures == ["The volume could not be handed over: No such file or directory."]
    assert ask(client, {"do": "detect"}).replies


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


def test_missing_package_is_named_by_the_worker(host, ask):
    """In a Python that finds everything but PyTorch."""
    from CCFNetSlicerLib.process import wait_until_gone
    from CCFNetSlicerLib.worker_client import WorkerClient, default_command

    *python, code = default_command()
    client = WorkerClient([*python, f"import sys; sys.modules['torch'] = None; {code}"])
    outcome = ask(client, {"do": "detect"}, phantom_volume(5))
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


def test_worker_ends_when_its_input_ends(tmp_path):
    from CCFNetSlicerLib.worker_client import default_command

    command = [*default_command(), str(tmp_path / "ccfnet-")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(30) == 0


APPLICATION = """
import sys
from dataclasses import replace

import host
import numpy as np

host.install()

from CCFNetCore.phantom import phantom_volume
from CCFNetSlicerLib.worker_client import Job, WorkerClient

volume = replace(phantom_volume(5), array=np.zeros((20, 2048, 2560), np.int16))
client = WorkerClient()
job = Job(*3 * [print])
client.ask({"do": "detect", "device": "cpu", "model": "default"}, job, volume)
print(client.process._process.processId(), flush=True)
sys.stdin.readline()
host.wait_until(lambda: job.is_over, 600)
"""


@pytest.fixture
def application(tmp_path):
    """A process that hands 210 MB of voxels to a worker, and holds back the request until it gets a line."""
    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "CCFNetSlicer"), *sys.path]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(folders)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", APPLICATION], env=environment, **pipes) as process:
        yield process
        process.kill()


def wait_for(condition):
    end = time.monotonic() + STARTED_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def is_reading(worker):
    try:
        return any(os.readlink(file).endswith(".npy") for file in Path(f"/proc/{worker}/fd").iterdir())
    except FileNotFoundError:
        # It has closed a file meanwhile.
        return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at open files as Linux shows them")
@pytest.mark.parametrize("moment", ["writing", "asking", "handed over", "reading", "read"])
def test_voxels_of_an_application_that_is_killed_are_removed(application, tmp_path, moment):
    def on_disk():
        return list(tmp_path.rglob("ccfnet-*"))

    wait_for(on_disk)
    if moment != "writing":
        worker = int(application.stdout.readline())
        if moment == "handed over":
            os.kill(worker, signal.SIGSTOP)
        if moment != "asking":
            print(file=application.stdin, flush=True)
        wait_for(
            {
                "asking": lambda: True,
                "handed over": lambda: time.sleep(0.5) is None,
                "reading": lambda: is_reading(worker),
                "read": lambda: not on_disk(),
            }[moment]
        )
    application.kill()
    application.wait()
    if moment == "handed over":
        assert on_disk()
        os.kill(worker, signal.SIGCONT)
    wait_for(lambda: not on_disk())


@pytest.fixture
def serve(host, tmp_path):
    """Let a worker within this process answer requests; gives the last reply to each."""
    import io
    import json

    from CCFNetSlicerLib.handover import Inbox
    from CCFNetSlicerLib.worker import Worker

    def serve_all(*requests):
        output = io.StringIO()
        worker = Worker(output, Inbox(str(tmp_path / "ccfnet-")))
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

    from CCFNetSlicerLib.worker_client import default_command

    command = [*default_command(), str(tmp_path / "ccfnet-")]
    lines = [b"\xff\xfe", b"[" * 200_000, b'{"request": 7, "do": "dance"}']
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
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
    def sound():
        return {"do": "detect", "places_lps_mm": {}, **described(phantom_volume(5), tmp_path)}

    odd = [(s := sound()) | {"volume": s["volume"] | volume} | request for request, volume, _ in ODD.values()]
    *replies, last = serve(*odd, sound())
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
    write(Path(message["volume"]["file"]))
    (reply,) = serve({"do": "detect", **message})
    assert sentence in reply["error"]
    assert "\n" not in reply["error"]


def test_an_unexpected_error_is_one_line_without_its_advice(serve, tmp_path, monkeypatch):
    def fail(request, inbox):
        raise RuntimeError(
            "Exception thrown in ReadImage: /tmp/itk.hxx:94:\nITK ERROR: Filter(0x55c0): Too small. Sorry."
        )

    monkeypatch.setattr("CCFNetSlicerLib.worker.volume_in", fail)
    (reply,) = serve({"do": "detect", **described(phantom_volume(5), tmp_path)})
    assert reply["error"] == "The network's process met an unexpected error (RuntimeError: Too small)."
