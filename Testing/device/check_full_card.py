"""Fills a graphics card and measures whether a study is then read on the CPU, with a sentence that says so.

Run it by itself on a machine with a card that CUDA can use: ``python Testing/device/check_full_card.py``. It takes the
card's memory with plain PyTorch tensors, leaves 100 MB or what is given as an argument, and changes nothing else.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from CCFNetCore.phantom import phantom_volume, write_study

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "the CPU was used."
LONGEST_S = 60
MEGABYTE = 2**20


def main() -> int:
    """Measure, print the figures, and return 0 if all is as it should be."""
    left_mb = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        series = write_study(7, folder / "study")
        expected = predict(series, folder / "cpu", "cpu")
        with_room = predict(series, folder / "room", "auto")
        held = fill(left_mb)
        on_full = predict(series, folder / "full", "auto")
        as_asked = predict(series, folder / "asked", "cuda")
        replies = ask_worker(folder)
        free_mb = torch.cuda.mem_get_info()[0] // MEGABYTE
        del held
    checks = {
        "a card with room is used without a word": not says_so(with_room),
        "predict --device auto goes on on the CPU": on_full["structures"] == expected["structures"],
        "and its result says so once": says_so(on_full),
        "predict --device cuda does the same": as_asked["structures"] == expected["structures"] and says_so(as_asked),
        "the worker does the same, twice": len(replies) == 2 and all(is_answered_on_cpu(reply) for reply in replies),
    }
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}: {free_mb} MB were free on the full card")
    for what, holds in checks.items():
        print(f"{'yes' if holds else 'NO '}  {what}")
    print(f"The sentence: {on_full['notes'][-1] if on_full['notes'] else '(none)'}")
    return 0 if all(checks.values()) else 1


def fill(left_mb: int) -> list[torch.Tensor]:
    """Tensors that hold the card's memory, but for so much."""
    held, size = [], 2**30
    while size >= MEGABYTE:
        free = torch.cuda.mem_get_info()[0] - left_mb * MEGABYTE
        if free < size:
            size //= 2
            continue
        try:
            held.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
        except RuntimeError:
            size //= 2
    return held


def predict(series: Path, output: Path, device: str) -> dict:
    """The result of the command, and what it said and took."""
    command = [sys.executable, "-m", "CCFNetCore.cli", "predict", series, "--output", output, "--device", device]
    began = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    print(f"predict --device {device}: ended with {ended.returncode} in {time.monotonic() - began:.1f} s")
    print("".join(f"    {line}\n" for line in ended.stderr.splitlines()), end="")
    (result,) = output.glob("*.json")
    return json.loads(result.read_text(encoding="utf-8")) | {"said": ended.stderr}


def says_so(result: dict) -> bool:
    """Whether the notes, and the error output, tell in one sentence that the CPU was used."""
    in_notes = sum(SENTENCE in note for note in result["notes"])
    return in_notes == 1 and result["said"].count("\n") == 1 and SENTENCE in result["said"]


def ask_worker(folder: Path) -> list[dict]:
    """The worker's answers to two requests for one volume."""
    volume = phantom_volume(7)
    np.save(folder / "volume.npy", volume.array)
    described = {
        "name": volume.name,
        "file": str(folder / "volume.npy"),
        "spacing_mm": list(volume.spacing_mm),
        "origin_lps_mm": list(volume.origin_lps_mm),
        "direction": volume.direction.tolist(),
    }
    requests = [
        json.dumps({"request": number, "do": "detect", "volume": described, "device": "auto", "model": "default"})
        for number in (1, 2)
    ]
    start = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'CCFNetSlicer')!r}]"
    code = f"{start}; from CCFNetSlicerLib.worker import main; main()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    answers = []
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as worker:
        for request in requests:
            worker.stdin.write(request + "\n")
            worker.stdin.flush()
            answers.append(next(reply for reply in map(json.loads, worker.stdout) if "progress" not in reply))
        worker.kill()
    return answers


def is_answered_on_cpu(reply: dict) -> bool:
    """Whether a result came, with the sentence beside it."""
    print(f"worker: {reply.get('error') or reply.get('notice')}")
    found = [structure["state"] for structure in reply.get("result", {}).get("structures", [])]
    return SENTENCE in reply.get("notice", "") and found.count("found") >= 10


if __name__ == "__main__":
    sys.exit(main())
