"""Fits a reader: which of the features that ImageNet taught a trunk tell normal structures from abnormal ones.

The trunk is not trained further. A few hundred graded structures are too few for that: it learns them by heart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

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

INVERSE_PENALTY = 4.0
"""Of the squared weights of features that are scaled to a standard deviation of 1 / sqrt(their number)."""

PHANTOMS = 20
"""So many drawn studies are learned as well: CCF-Net knows them, and examples are drawn."""

_SMALLEST_DEVIATION = 1e-3


def add_reader(model: Path, data: Path, output: Path) -> None:
    """Write a model with a reader that is fitted to the pictures of those patients whom the model may have seen.

    Calibrations do not carry over: those of what the network said alone do not hold for what both say together.

    Parameters
    ----------
    model : Path
    data : Path
        Folder with a ``landmarks.json``; pictures whose landmarks are approximate are left out.
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
    records = [r for r in read_landmarks(data) if fold_of(r.patient, folds) != held_out and not r.approximate]
    print(f"{len(records)} pictures, without those of fold {held_out} of {folds}")
    save_model(network, replace(description, calibrations={}), output, fit_reader(records))


def fit_reader(records: Sequence[Record]) -> Reader:
    """A reader that knows these pictures' grades, and phantoms': for each kind of structure a logistic regression.

    Of vertebrae the mirror images are learned as well; discs bulge to the back.

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
    count = len(records) + PHANTOMS
    seen = [_see(reader, example) for example in track(_examples(records), "Looking at close-ups", total=count)]
    features, abnormal = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    kind = np.tile([level.kind for level in anatomy.LEVELS], count)
    reader.centre.copy_(torch.from_numpy(features[:, 0][~np.isnan(abnormal)].mean(axis=0)))
    for each, layer in reader.of_kind.items():
        graded = (kind == each) & ~np.isnan(abnormal)
        views = 2 if each == "vertebra" else 1
        inputs = (features[graded, :views] - reader.centre.numpy()).reshape(-1, features.shape[-1])
        # A structure and its mirror image together count as one.
        _fit_layer(layer, inputs, abnormal[graded].repeat(views), INVERSE_PENALTY / views)
    return reader


def _require_both_classes(records: Sequence[Record]) -> None:
    abnormal = np.reshape([record.abnormal for record in records], (-1, anatomy.COUNT))
    for kind in ("vertebra", "disc"):
        if not {0.0, 1.0} <= set(abnormal[:, anatomy.indices_of(kind)].flat):
            raise InputError(f"Pictures with both a normal and an abnormal {kind} are needed.")


def _examples(records: Sequence[Record]) -> Iterator[Example]:
    yield from (load_example(record, close_up.PIXEL_MM) for record in records)
    yield from (draw_example(FIRST_PHANTOM + seed, close_up.PIXEL_MM) for seed in range(PHANTOMS))


@torch.inference_mode()
def _see(reader: Reader, example: Example) -> tuple[np.ndarray, np.ndarray]:
    """Features (S, 2, F) of each structure and of its mirror image, and whether it is abnormal (S,), if known."""
    there = ~np.isnan(example.points).any(axis=1)
    picture = torch.from_numpy(example.slices[1]).expand(len(there), -1, -1)
    close_ups = close_up.cut_close_ups(picture, example.points)
    both = torch.stack([close_ups, close_ups.flip(-1)], dim=1)
    features = reader.features(both.flatten(0, 1)).unflatten(0, both.shape[:2])
    return features.numpy(), np.where(there, example.abnormal, np.nan)


def _fit_layer(layer: torch.nn.Linear, features: np.ndarray, truth: np.ndarray, inverse_penalty: float) -> None:
    """The likeliest weights when both classes count the same."""
    from sklearn.linear_model import LogisticRegression

    scale = 1 / (features.std(axis=0) + _SMALLEST_DEVIATION) / np.sqrt(features.shape[1])
    regression = LogisticRegression(C=inverse_penalty, class_weight="balanced", max_iter=1000)
    regression.fit(features * scale, truth)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(regression.coef_ * scale))
        layer.bias.copy_(torch.from_numpy(regression.intercept_))
