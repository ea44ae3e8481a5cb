"""The card that a run lays beside its model: what it is, what it was trained on, and how."""

import json
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from ..errors import InputError
from ..model_file import file_sha256, load_model
from .config import IMAGENET, TrainingConfig
from .processes import Processes
from .sampling import FIRST_PHANTOM, DataSet

_STARTS = {None: "random weights", IMAGENET: "a trunk trained on ImageNet's photographs and random weights elsewhere"}

EVALUATED_FOLDS = 4
"""Into so many folds ``ccfnet evaluate`` splits."""


def write_card(
    model: Path, config: TrainingConfig, data_sets: Sequence[DataSet], processes: Processes, losses: Mapping[str, float]
) -> Path:
    """Write the card of a model, beside it and with the ending ``.md``.

    Parameters
    ----------
    model : Path
        The model file, in the run's folder.
    config : TrainingConfig
    data_sets : sequence of DataSet
    processes : Processes
        Those that ended the run.
    losses : mapping
        The final ones, by name.
    """
    card = model.with_suffix(".md")
    sections = (
        f"# Model card: {model.resolve().parent.name}",
        "**Research use only. Not for clinical decisions.**",
        _summary(model, config, processes),
        f"## Data\n\n{_data(config, data_sets)}",
        f"## Training\n\n{_training(model.parent, config, data_sets, processes, losses)}",
        f"## Measured\n\n{_how_to_measure(model, config, data_sets)}",
        "## Intended use\n\nResearch on sagittal lumbar spine MR that resembles the pictures above. Not for diagnosis, "
        "treatment or any other clinical\ndecision. Places, readings and names can be wrong without a warning.",
    )
    card.write_text("\n\n".join(sections) + "\n")
    return card


def add_measures(card: Path, markdown: str) -> None:
    """Put measures in the place of what stands in the card's section "Measured".

    Raises
    ------
    InputError
        If the card has no such section.
    """
    text = card.read_text()
    section = re.compile(r"(?<=^## Measured\n).*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if not section.search(text):
        raise InputError(f"{card}: has no section 'Measured'.")
    card.write_text(section.sub(lambda _: f"\n{markdown.strip()}\n\n", text, count=1).rstrip() + "\n")


def _summary(model: Path, config: TrainingConfig, processes: Processes) -> str:
    network, _ = load_model(model)
    parameters = sum(p.numel() for p in network.parameters())
    trunk = config.trunk.replace("resnet", "ResNet").replace("efficientnet-lite", "EfficientNet-Lite")
    context = "with" if config.context else "without"
    rows = {
        "network": f"CCF-Net (arXiv 2203.08408), {trunk} trunk, {context} context; {parameters:,} parameters",
        "file": f"`{model.name}`, 16-bit floats, {model.stat().st_size / 1e6:.1f} MB",
        "SHA256": f"`{file_sha256(model)}`",
        "date": time.strftime("%Y-%m-%d"),
        "reads": f"sagittal lumbar spine MR, pixels of {config.frame_pixel_mm:g} mm",
        "gives": "places of L1-L5 and T12-L1 to L5-S1, and a normal/abnormal reading of each",
        "trained by": f"torch {torch.__version__}, {_machine(processes)}",
    }
    return _table(("", ""), rows.items())


def _machine(processes: Processes) -> str:
    is_cuda = processes.device.type == "cuda"
    device = torch.cuda.get_device_name(processes.device) if is_cuda else "CPU"
    return f"{device}, {processes.count} process{'es' if processes.count > 1 else ''}"


def _data(config: TrainingConfig, data_sets: Sequence[DataSet]) -> str:
    rows = [
        (d.name, f"{config.dataset_weights.get(d.name, 1.0):g}", _count(d.learned), _count(d.held_out))
        for d in data_sets
    ]
    table = _table(("folder", "weight of a picture", "trained on", "held out"), rows)
    split = "Nobody was held out."
    if config.held_out_fold >= 0:
        held_out = "\n".join(
            f"* {d.name}: {', '.join(sorted({r.patient for r in d.held_out})) or 'nobody'}" for d in data_sets
        )
        split = (
            f"Split by patient: the fold is the SHA256 of the patient's name modulo {config.folds}. Fold "
            f"{config.held_out_fold} was held out:\n\n{held_out}"
        )
    return f"{table}\n\n{split}\n\n{_phantoms(config)}"


def _phantoms(config: TrainingConfig) -> str:
    if not config.phantoms:
        return "No drawn phantoms."
    last = FIRST_PHANTOM + config.phantoms - 1
    return (
        f"{config.phantoms} drawn phantoms (seeds {FIRST_PHANTOM}-{last}) made up {config.phantom_share:.0%} of the "
        "examples seen."
    )


def _count(records: Sequence) -> str:
    return f"{len(records)} pictures of {len({r.patient for r in records})} patients"


def _training(
    output: Path,
    config: TrainingConfig,
    data_sets: Sequence[DataSet],
    processes: Processes,
    losses: Mapping[str, float],
) -> str:
    start = _STARTS.get(config.start_from, f"`{config.start_from}`")
    return "\n\n".join(
        (
            f"```sh\n{_command(output, data_sets, processes)}\n```",
            f"From {start}: {config.steps:,} steps of {config.batch} pictures. Final losses, each a mean over the last "
            "logged steps:",
            _table(tuple(losses), [[f"{value:.4f}" for value in losses.values()]]),
            f"`config.json`:\n\n```json\n{json.dumps(asdict(config), indent=1)}\n```",
        )
    )


def _command(output: Path, data_sets: Sequence[DataSet], processes: Processes) -> str:
    program = ["ccfnet"]
    if processes.count > 1:
        machines = processes.count // processes.count_here
        program = ["torchrun", *(["--nnodes", str(machines)] if machines > 1 else [])]
        program += ["--nproc-per-node", str(processes.count_here), "-m", "CCFNetCore.cli"]
    folders = [str(data_set.folder) for data_set in data_sets]
    device = processes.device.type
    return shlex.join(
        [
            *program,
            "train",
            str(output / "config.json"),
            "--data",
            *folders,
            "--output",
            str(output),
            "--device",
            device,
        ]
    )


def _how_to_measure(model: Path, config: TrainingConfig, data_sets: Sequence[DataSet]) -> str:
    folders = [d.folder for d in data_sets if d.held_out]
    if not folders:
        return "Not yet, and nobody was held out: `ccfnet evaluate` needs pictures of other patients."
    if config.folds != EVALUATED_FOLDS:
        return f"Not yet; `ccfnet evaluate` splits into {EVALUATED_FOLDS} folds, this run into {config.folds}."
    fold, output = str(config.held_out_fold), str(model.parent / "measures")
    commands = [
        shlex.join(["ccfnet", "evaluate", str(f), "--fold", fold, "--model", str(model), "--output", output])
        for f in folders
    ]
    return "Not yet. On the held-out patients, to be put here:\n\n```sh\n" + "\n".join(commands) + "\n```"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))
