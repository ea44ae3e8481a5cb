"""Models measured together, each on the patients that it never saw: all folds of a cross validation as one."""

from collections.abc import Sequence
from pathlib import Path

from ..detector import load_detector
from ..errors import InputError
from ..model_file import find_model, read_description
from ..training.data import Record, fold_of
from .outcomes import Outcomes, by_detector, collect, records_of


def collect_held_out(models: Sequence[str], data: Path, device: str, calibrated: bool = True) -> Outcomes:
    """Outcomes of each model on the patients of the fold that its file says was held out, if there are any.

    Parameters
    ----------
    models : sequence of str
        As for :func:`~CCFNetCore.detector.load_detector`.
    data : Path
        Folder with a ``landmarks.json``.
    device : str
    calibrated : bool
        Whether probabilities are those of the model's calibration, if it has one.

    Raises
    ------
    InputError
        If a model held no fold out, two held out patients in common, no patient was held out, or the data cannot be
        read.
    WeightsError
        If a model is missing or damaged.
    """
    folds = [_held_out_fold(model) for model in models]
    if len({of for of, _ in folds}) > 1 or len(set(folds)) < len(folds):
        raise InputError("The models must have been trained with as many folds, and no two with the same held out.")
    records = records_of(data)
    parts = []
    for model, (of, fold) in zip(models, folds, strict=True):
        unseen = [record for record in records if fold_of(record.patient, of) == fold]
        if not unseen:
            continue
        detector = load_detector(model, device)
        if not calibrated:
            detector.calibrations = {}
        parts.append(collect(unseen, by_detector(detector)))
    if not parts:
        raise InputError(f"{data}: of its patients, none was held out by any of the models.")
    return Outcomes.join(parts)


def learned_from(model: str, data: Path, records: Sequence[Record]) -> int:
    """How many patients of a folder's pictures the model was trained on, if its file names a folder of that name.

    Raises
    ------
    WeightsError
        If the model is missing or damaged.
    """
    description = read_description(find_model(model))
    if description.folds is None or data.resolve().name not in (description.datasets or ()):
        return 0
    patients = {record.patient for record in records}
    return sum(fold_of(patient, description.folds) != description.held_out_fold for patient in patients)


def _held_out_fold(model: str) -> tuple[int, int]:
    description = read_description(find_model(model))
    if description.folds is None or description.held_out_fold in (None, -1):
        raise InputError(f"{model}: its file does not say which patients it never saw.")
    return description.folds, description.held_out_fold
