"""Fits a reader: which of the features that ImageNet taught a trunk tell abnormal structures, and the way to landmarks.

The trunk is not trained further. A few hundred graded structures are too few for that: it learns them by heart.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from rich.progress import track

from .. import anatomy, close_up
from ..errors import InputError
from ..model_file import load_model, save_model
from ..network import Reader
from ..network.efficientnet_lite import load_imagenet_weights
from .data import Example, Record, draw_example, fold_of, load_example, read_landmarks
from .sampling import FIRST_PHANTOM

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression, Ridge

INVERSE_PENALTY = 4.0
"""Of the squared weights that tell abnormal from normal; features are scaled to a standard deviation of
1 / sqrt(their number)."""

SHIFT_PENALTY = 10.0
"""Of the squared weights that tell the way to the landmark, in millimetres."""

PLACES, ASTRAY_MM = 4, 2.5
"""So many places near each landmark are looked at, this far from it (standard deviation of either axis)."""

PHANTOMS = 20
"""So many drawn studies are learned as well: CCF-Net knows them, and examples are drawn."""

_SMALLEST_DEVIATION = 1e-3


def add_reader(model: Path, data: Sequence[Path], output: Path) -> None:
    """Write a model with a reader that is fitted to the pictures of those patients whom the model may have seen.

    Calibrations do not carry over: those of what the network said alone do not hold for what both say together.

    Parameters
    ----------
    model : Path
    data : sequence of Path
        Folders with a ``landmarks.json``; of approximate landmarks it only learns what the lower discs look like, and
        of grades those that answer another question than normal or abnormal are left out.
    output : Path

    Raises
    ------
    InputError
        If the model does not say whom it has not seen, or the data cannot be read or has too few grades.
    WeightsError
        If the model is missing or damaged.
    """
    network, description = load_model(model)
    folds, held_out = description.folds, description.held_out_fold
    if folds is None:
        raise InputError(f"{model}: does not say whose pictures it was not trained on.")
    records = [
        record.with_grades_of(())
        for folder in data
        for record in read_landmarks(folder)
        if fold_of(record.patient, folds) != held_out
    ]
    print(f"{len(records)} pictures, without those of fold {held_out} of {folds}")
    save_model(network, replace(description, calibrations={}), output, fit_reader(records))


def fit_reader(records: Sequence[Record]) -> Reader:
    """A reader that knows these pictures' grades and landmarks, and phantoms'.

    For each kind of structure a logistic regression tells normal from abnormal, at the landmarks; of vertebrae the
    mirror images are learned as well, for discs bulge to the back. And a ridge regression tells the way to the landmark
    from places near it. All pictures of a patient together count as one.

    Raises
    ------
    InputError
        If normal or abnormal structures of a kind are not among the pictures.
    """
    _require_both_classes(records)
    reader = Reader().eval()
    load_imagenet_weights(reader.trunk)
    # Model files hold 16-bit floats: the weights are for what such a trunk sees.
    reader.trunk.half().float()
    exact = [record for record in records if not record.approximate.all()]
    count = len(exact) + PHANTOMS
    generator = np.random.default_rng(0)
    examples = track(_examples(exact), "Looking at close-ups", total=count)
    weights = np.concatenate([_shares_of_patients(exact), np.ones(PHANTOMS)])
    each = [_see(reader, example, weight, generator) for example, weight in zip(examples, weights, strict=True)]
    seen = _Seen(*map(np.stack, zip(*each, strict=True)))
    reader.centre.copy_(torch.from_numpy(seen.upright[~np.isnan(seen.abnormal)].mean(axis=0)))
    for kind in reader.abnormal:
        of_kind = _Seen(*(part[:, anatomy.indices_of(kind)] for part in seen))
        views = ("upright", "mirrored") if kind == "vertebra" else ("upright",)
        _fit_abnormal(reader.abnormal[kind], of_kind, views, reader.centre.numpy())
        _fit_shift(reader.shift[kind], of_kind, reader.centre.numpy())
    _fit_lower(reader, records)
    return reader


def _require_both_classes(records: Sequence[Record]) -> None:
    abnormal = np.reshape([np.where(r.approximate, np.nan, r.abnormal) for r in records], (-1, anatomy.COUNT))
    for kind in ("vertebra", "disc"):
        if not {0.0, 1.0} <= set(abnormal[:, anatomy.indices_of(kind)].flat):
            raise InputError(f"Pictures with both a normal and an abnormal {kind} are needed.")


def _examples(records: Sequence[Record]) -> Iterator[Example]:
    yield from (load_example(record, close_up.PIXEL_MM) for record in records)
    yield from (draw_example(FIRST_PHANTOM + seed, close_up.PIXEL_MM) for seed in range(PHANTOMS))


def _shares_of_patients(records: Sequence[Record]) -> np.ndarray:
    """(N,), each picture's share of its patient's pictures; a name stands for someone else in another folder."""
    patients = [(record.folder, record.patient) for record in records]
    pictures = Counter(patients)
    return np.array([1 / pictures[patient] for patient in patients])


class _Seen(NamedTuple):
    """What a reader's trunk sees of the structures of an example, or (N, ...) of several.

    Attributes
    ----------
    upright, mirrored : numpy.ndarray
        (S, F), features at the landmarks, and of the mirror images.
    abnormal : numpy.ndarray
        (S,), not-a-number where a structure is not graded or not there, or its landmark is approximate.
    near : numpy.ndarray
        (S, PLACES, F), features at places near the landmarks.
    shifts : numpy.ndarray
        (S, PLACES, 2), from there to the landmarks; not-a-number likewise.
    weight : numpy.ndarray
        (S,), how much the example counts.
    """

    upright: np.ndarray
    mirrored: np.ndarray
    abnormal: np.ndarray
    near: np.ndarray
    shifts: np.ndarray
    weight: np.ndarray


@torch.inference_mode()
def _see(reader: Reader, example: Example, weight: float, generator: np.random.Generator) -> _Seen:
    points = example.points
    exact = np.where(example.approximate[:, None], np.nan, points)
    picture = torch.from_numpy(example.slices[1]).expand(len(points), -1, -1)

    def at(places: np.ndarray, is_mirrored: bool = False) -> np.ndarray:
        close_ups = close_up.cut_close_ups(picture, places)
        return reader.features(close_ups.flip(-1) if is_mirrored else close_ups).numpy()

    near = [close_up.shifted(points, generator.normal(0, ASTRAY_MM, points.shape)) for _ in range(PLACES)]
    return _Seen(
        at(points),
        at(points, is_mirrored=True),
        np.where(np.isnan(exact).any(axis=1), np.nan, example.abnormal),
        np.stack([at(places) for places in near], axis=1),
        np.stack([close_up.shifts_to(exact, places) for places in near], axis=1),
        np.full(len(points), weight),
    )


def _fit_abnormal(layer: torch.nn.Linear, seen: _Seen, views: Sequence[str], centre: np.ndarray) -> None:
    """The likeliest weights when both classes count the same; all views of a structure together count as one."""
    from sklearn.linear_model import LogisticRegression

    graded = ~np.isnan(seen.abnormal)
    features = np.concatenate([getattr(seen, view)[graded] for view in views]) - centre
    truth = np.tile(seen.abnormal[graded], len(views))
    penalty = INVERSE_PENALTY / len(views)
    weight = np.tile(seen.weight[graded], len(views))
    _fit(layer, LogisticRegression(C=penalty, class_weight="balanced", max_iter=1000), features, truth, weight)


def _fit_shift(layer: torch.nn.Linear, seen: _Seen, centre: np.ndarray) -> None:
    """The weights of least squares."""
    from sklearn.linear_model import Ridge

    there = ~np.isnan(seen.shifts).any(axis=-1)
    weight = np.broadcast_to(seen.weight[..., None], there.shape)[there]
    _fit(layer, Ridge(SHIFT_PENALTY), seen.near[there] - centre, seen.shifts[there], weight)


@torch.inference_mode()
def _fit_lower(reader: Reader, records: Sequence[Record]) -> None:
    """Which of the lower discs a close-up shows, by logistic regression; nothing, if they are marked nowhere.

    Approximate landmarks are good enough for that.
    """
    from sklearn.linear_model import LogisticRegression

    marked = [record for record in records if record.is_marked[close_up.LOWER_INDICES].all()]
    if not marked:
        reader.lower = None
        return
    examples = track(_examples(marked), "Looking at lower discs", total=len(marked) + PHANTOMS)
    pictures = ((torch.from_numpy(example.slices[1]), example.points) for example in examples)
    features = [reader.features(close_up.lower_close_ups(*picture)).numpy() for picture in pictures]
    truth = np.tile(np.arange(len(close_up.LOWER_DISCS)), len(features))
    weights = np.concatenate([_shares_of_patients(marked), np.ones(PHANTOMS)])
    weight = np.repeat(weights, len(close_up.LOWER_DISCS))
    _fit(
        reader.lower, LogisticRegression(max_iter=300), np.concatenate(features) - reader.centre.numpy(), truth, weight
    )


def _fit(
    layer: torch.nn.Linear,
    regression: "LogisticRegression | Ridge",
    features: np.ndarray,
    truth: np.ndarray,
    weight: np.ndarray,
) -> None:
    scale = 1 / (features.std(axis=0) + _SMALLEST_DEVIATION) / np.sqrt(features.shape[1])
    regression.fit(features * scale, truth, sample_weight=weight)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(regression.coef_ * scale))
        layer.bias.copy_(torch.from_numpy(regression.intercept_))
