"""The ablation of arXiv 2203.08408 on one's own data: both trunks, each with and without the context module."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import resources
from math import isnan
from pathlib import Path

from ..detector import load_detector
from ..errors import InputError
from ..network import CCFNet
from ..training.config import TrainingConfig
from ..training.loop import train
from ..training.model_card import add_measures
from .measures import Figure, Measures, measure, score_gain
from .outcomes import Outcomes, by_detector, collect, records_of
from .report import markdown, percent, write_json

DEFAULT_CONFIG = Path(str(resources.files("CCFNetCore.training") / "configs" / "compare.json"))
"""The budget of each training, where no other is asked for."""

COUNTED_SIZE = (512, 512)
"""Multiply-adds are given for pictures of this size, as published."""


@dataclass(frozen=True)
class Variant:
    """One of the networks to compare; ``trunk`` and ``context`` as for :class:`~CCFNetCore.network.CCFNet`."""

    trunk: str
    context: bool

    @property
    def name(self) -> str:
        return f"{self.trunk}-context" if self.context else self.trunk


@dataclass(frozen=True)
class Row:
    """Size and figures of a network; millions, billions for 512 x 512 pixels, and per cent."""

    parameters_m: float
    giga_multiply_adds: float
    disc_recall: float
    vertebra_recall: float
    disc_auc: float
    vertebra_auc: float
    score: float


HEADINGS = ("parameters [M]", "G mult-adds", "disc recall", "vertebra recall", "disc AUC", "vertebra AUC", "score")
PUBLISHED = {
    Variant("resnet18", False): Row(9.51, 11.20, 89.69, 89.23, 89.32, 76.23, 74.05),
    Variant("resnet18", True): Row(4.83, 12.00, 94.75, 94.71, 90.88, 79.16, 80.50),
    Variant("resnet50", False): Row(23.60, 21.49, 90.43, 90.24, 90.06, 76.35, 75.13),
    Variant("resnet50", True): Row(10.79, 22.09, 95.7, 96.41, 90.59, 77.46, 80.64),
}
"""arXiv 2203.08408, table 1: 201 studies, four folds, another split."""


@dataclass(frozen=True)
class Comparison:
    """Figures of each network, and by trunk how much the context module adds to the score."""

    measured: dict[Variant, Measures]
    gains: dict[str, Figure]


def compare(
    data: Sequence[Path], config: TrainingConfig, output: Path, folds: Sequence[int], device: str
) -> Comparison:
    """Train every variant on every fold and measure it on the held-out patients of the first data set, folds together.

    Each run lies in ``output/VARIANT/fold-K``; a stopped one goes on, and a finished one is only measured.

    Parameters
    ----------
    data : sequence of Path
        Folders with a ``landmarks.json``.
    config : TrainingConfig
        The budget; trunk, context and held-out fold are replaced.
    output : Path
    folds : sequence of int
    device : "cpu" or "cuda"

    Raises
    ------
    InputError
        If the config starts from a model, which would be one variant's, or the data cannot be read.
    """
    if config.start_from is not None:
        raise InputError(f"The config starts from {config.start_from}, but every network has to start from nothing.")
    held_out = {fold: records_of(data[0], fold, config.folds) for fold in folds}
    outcomes = {}
    for variant in PUBLISHED:
        parts = []
        for fold, records in held_out.items():
            own = replace(config, trunk=variant.trunk, context=variant.context, held_out_fold=fold)
            print(f"{variant.name}, fold {fold}:", flush=True)
            model = train(own, data, output / variant.name / f"fold-{fold}", device)
            parts.append(collect(records, by_detector(load_detector(model, device))))
            add_measures(model.with_suffix(".md"), markdown(measure(parts[-1]), f"{data[0].resolve().name}, held out"))
        outcomes[variant] = Outcomes.join(parts)
    trunks = dict.fromkeys(variant.trunk for variant in PUBLISHED)
    gains = {trunk: score_gain(outcomes[Variant(trunk, False)], outcomes[Variant(trunk, True)]) for trunk in trunks}
    return Comparison({variant: measure(of_variant) for variant, of_variant in outcomes.items()}, gains)


def size_of(variant: Variant) -> tuple[float, float]:
    """Millions of parameters, and billions of multiply-adds."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), FlopCounterMode(display=False) as counter, torch.inference_mode():
        network = CCFNet(variant.trunk, variant.context).eval()
        network(torch.zeros(1, 3, *COUNTED_SIZE))
    return sum(p.numel() for p in network.parameters()) / 1e6, counter.get_total_flops() / 2e9


def row_of(variant: Variant, measures: Measures) -> Row:
    """What was measured, in the same units as :data:`PUBLISHED`."""
    figures = [kind.recall for kind in measures.kinds] + [kind.auc for kind in measures.kinds] + [measures.score]
    return Row(*size_of(variant), *(100 * figure.value for figure in figures))


def published_gain(trunk: str) -> float:
    """Points of score that the context module adds in the paper."""
    return PUBLISHED[Variant(trunk, True)].score - PUBLISHED[Variant(trunk, False)].score


def print_comparison(comparison: Comparison) -> None:
    """The table on the terminal, each network above its published figures."""
    from rich import box
    from rich.console import Console
    from rich.table import Column, Table

    table = Table(
        Column("%", no_wrap=True),
        *(Column(heading, overflow="fold") for heading in HEADINGS),
        title="Measured, above what is published",
        box=box.SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )
    for first, second in zip(*[iter(_table_rows(comparison))] * 2, strict=True):
        table.add_row(*first)
        table.add_row(*second, style="dim", end_section=True)
    console = Console()
    console.print(table, highlight=False)
    for sentence in _gain_sentences(comparison):
        console.print(sentence, highlight=False)


def write_comparison(comparison: Comparison, config: TrainingConfig, folds: Sequence[int], folder: Path) -> None:
    """``compare.json`` and ``compare.md`` in a folder."""
    networks = [
        {
            **asdict(variant),
            **asdict(row_of(variant, measures)),
            "published": asdict(PUBLISHED[variant]),
            "measures": asdict(measures),
        }
        for variant, measures in comparison.measured.items()
    ]
    gains = {trunk: asdict(gain) for trunk, gain in comparison.gains.items()}
    values = {"folds": list(folds), "config": asdict(config), "networks": networks, "gains": gains}
    write_json(values, folder / "compare.json")
    lines = [("%", *HEADINGS), ("---",) * (1 + len(HEADINGS)), *_table_rows(comparison)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    count = next(iter(comparison.measured.values()))
    title = f"{count.pictures} pictures of {count.patients} held-out patients, folds {', '.join(map(str, folds))}, "
    title += f"{config.steps} steps of {config.batch} pictures each:"
    (folder / "compare.md").write_text("\n\n".join((title, table, *_gain_sentences(comparison))) + "\n")


def _table_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Two lines for each network: measured, the score with its 95 % interval over patients, and published."""
    rows = []
    for variant, measures in comparison.measured.items():
        cells = ["-" if isnan(value) else f"{value:.2f}" for value in asdict(row_of(variant, measures)).values()]
        rows.append((variant.name, *cells[:-1], percent(measures.score, 2)))
        rows.append(("published", *(f"{value:.2f}" for value in asdict(PUBLISHED[variant]).values())))
    return rows


def _gain_sentences(comparison: Comparison) -> list[str]:
    return [
        f"{trunk}: the context module changes the score by {percent(gain, 2)} points "
        f"(published {published_gain(trunk):+.2f})."
        for trunk, gain in comparison.gains.items()
    ]
