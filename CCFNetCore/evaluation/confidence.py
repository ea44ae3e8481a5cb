"""Learns how far a model's places and names can be believed, from answers on people whom the networks never saw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..confidence import Confidences, Kernel, Weights, probability, structure_inputs
from ..detector import Detector, load_detector
from ..errors import InputError
from ..evidence import Evidence
from ..model_file import NetworkDescription, find_model, read_description
from ..result import Result
from ..training.data import Record, fold_of, read_landmarks
from .calibrate import parts_of
from .data_sets import name_of, together
from .measures import name_truth, numbering_truth, place_truth
from .outcomes import Outcomes, collect

INVERSE_PENALTY = 0.3
"""Of the squared weights, for inputs scaled to a standard deviation of 1: wrong names are few."""


@dataclass(frozen=True)
class Answers:
    """What was said of pictures, and why.

    Attributes
    ----------
    outcomes : Outcomes
    evidence : list of Evidence
        One a picture, in the order of the outcomes.
    """

    outcomes: Outcomes
    evidence: list[Evidence]

    @classmethod
    def join(cls, parts: Sequence["Answers"]) -> "Answers":
        """All of several."""
        return cls(Outcomes.join(part.outcomes for part in parts), [e for part in parts for e in part.evidence])

    def of(self, chosen: np.ndarray) -> "Answers":
        """Those of some pictures, by a mask (N,)."""
        return Answers(self.outcomes.of(chosen), [self.evidence[row] for row in np.flatnonzero(chosen)])


def answers_of(detector: Detector, records: list[Record]) -> Answers:
    """A detector's answers on pictures with landmarks."""
    evidence = []

    def predict(record: Record) -> Result:
        analysis = detector.analyse(record.image)
        evidence.append(analysis.evidence)
        return analysis.result

    return Answers(collect(records, predict), evidence)


def answers_held_out(held_out: Sequence[str], left_out: Sequence[str], data: Sequence[Path]) -> Answers:
    """Answers of models on people whom they never saw.

    Patients are named after their folder as well: a name stands for someone else in another.

    Parameters
    ----------
    held_out : sequence of str
        Models, each of which reads the patients of the fold that it was not trained on, in all folders.
    left_out : sequence of str
        Models, each of which reads the folders that it was not trained on.
    data : sequence of Path
        Folders with a ``landmarks.json``.

    Raises
    ------
    InputError
        If a model does not say whom it never saw, or the data cannot be read.
    WeightsError
        If a model is missing or damaged.
    """
    parts = []
    for model in (*held_out, *left_out):
        description = read_description(find_model(model))
        detector = load_detector(model)
        for folder in data:
            records = [record for record in read_landmarks(folder) if _never_saw(description, folder, record, model)]
            if records:
                answers = answers_of(detector, records)
                parts.append(replace(answers, outcomes=together({name_of(folder): answers.outcomes})))
    return Answers.join(parts)


def _never_saw(description: NetworkDescription, folder: Path, record: Record, model: str) -> bool:
    if description.datasets is None or description.folds is None:
        raise InputError(f"{model}: its file does not say which patients it never saw.")
    if description.held_out_fold == -1:
        return name_of(folder) not in description.datasets
    return fold_of(record.patient, description.folds) == description.held_out_fold


def unseen_by(description: NetworkDescription, answers: Answers) -> np.ndarray:
    """(N,), whether pictures are of patients of the fold that a model was not trained on, who are to judge it by."""
    return np.array(
        [fold_of(r.patient, description.folds or 1) == description.held_out_fold for r in answers.outcomes.records]
    )


def fit_confidences(answers: Answers) -> Confidences:
    """The confidences that fit answers best.

    Raises
    ------
    InputError
        If names, or places, are all right, or all wrong: nothing can be learned from that.
    """
    there = np.array([not np.isnan(e.numbering).any() for e in answers.evidence])
    answers = answers.of(there)
    numbering, believed = _fit_kernel(answers)
    inputs = np.stack([structure_inputs(*each) for each in zip(answers.evidence, believed, strict=True)])
    name, place = name_truth(answers.outcomes), place_truth(answers.outcomes)
    return Confidences(numbering, _fit_linear(inputs, name, "names"), _fit_linear(inputs, place, "places"))


def _fit_kernel(answers: Answers) -> tuple[Kernel, np.ndarray]:
    """Support vectors of all, made probabilities by what is said of each patient from others alone: these, too, (N,).

    Of the examples that it was learned from, such a machine is too sure.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    inputs = np.array([e.numbering for e in answers.evidence])
    truth = numbering_truth(answers.outcomes)
    known = ~np.isnan(truth)
    _require_both(truth[known], "names of whole spines")
    middle, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    scaled, sharpness = (inputs - middle) / scale, 1 / inputs.shape[1]
    part, margin = parts_of(answers.outcomes.patients), np.empty(len(truth))
    for own in (part == each for each in np.unique(part)):
        others = known & ~own if len(np.unique(truth[known & ~own])) == 2 else known
        margin[own] = SVC(gamma=sharpness).fit(scaled[others], truth[others]).decision_function(scaled[own])
    platt = LogisticRegression(C=100.0).fit(margin[known, None], truth[known])
    slope, constant = platt.coef_[0, 0], platt.intercept_[0]
    machine = SVC(gamma=sharpness).fit(scaled[known], truth[known])
    kernel = Kernel(
        _as_weights(middle),
        _as_weights(scale),
        tuple(map(_as_weights, machine.support_vectors_)),
        _as_weights(slope * machine.dual_coef_[0]),
        float(slope * machine.intercept_[0] + constant),
        sharpness,
    )
    return kernel, probability(slope * margin + constant)


def _as_weights(values: np.ndarray) -> Weights:
    """Rounded: a model file holds them as text."""
    return tuple(float(f"{value:.5g}") for value in values)


def _require_both(truth: np.ndarray, of_what: str) -> None:
    if len(np.unique(truth)) < 2:
        raise InputError(f"Right and wrong {of_what} are needed to learn from.")


def _fit_linear(inputs: np.ndarray, truth: np.ndarray, of_what: str) -> Weights:
    """Weights, and a constant, of inputs (..., F) that tell true (1) from untrue (0) where that is known."""
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(truth) & ~np.isnan(inputs).any(axis=-1)
    chosen, is_true = inputs[known], truth[known]
    _require_both(is_true, of_what)
    middle, scale = chosen.mean(axis=0), chosen.std(axis=0) + 1e-6
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000).fit((chosen - middle) / scale, is_true)
    weights = regression.coef_[0] / scale
    return _as_weights(np.append(weights, regression.intercept_[0] - weights @ middle))


def believed_on_others(answers: Answers) -> Outcomes:
    """Outcomes with each patient's confidences learned on other patients: what can be expected of new ones."""
    outcomes = answers.outcomes
    part = parts_of(outcomes.patients)
    place, name = outcomes.confidence.copy(), outcomes.name_confidence.copy()
    whole = outcomes.numbering_confidence.copy()
    for each in np.unique(part):
        confidences = fit_confidences(answers.of(part != each))
        for row in np.flatnonzero(part == each):
            evidence = answers.evidence[row]
            place[row], name[row] = confidences.of_places(evidence), confidences.of_names(evidence)
            of_all = confidences.of_numbering(evidence)
            whole[row] = np.nan if of_all is None else of_all
    return replace(outcomes, confidence=place, name_confidence=name, numbering_confidence=whole)
