"""Calibrates a model on patients that it, or its sisters of the other folds, never saw."""

from dataclasses import replace

import numpy as np

from .. import anatomy
from ..calibration import Calibrations, fit, logits_around
from ..training.data import fold_of
from .measures import KINDS
from .outcomes import Outcomes

PARTS = 10
"""To measure what was learned from patients, they are divided into so many parts, each judged by the others."""


def parts_of(patients: np.ndarray) -> np.ndarray:
    """(N,), the part that each patient belongs to."""
    return np.array([fold_of(patient, PARTS) for patient in patients])


def fit_calibrations(outcomes: Outcomes) -> Calibrations:
    """Calibrations of both kinds from the uncalibrated probabilities of held-out patients.

    A kind of which not both normal and abnormal ones are graded has none: its bias would be without bounds.
    """
    logits, around = _logits(outcomes)
    calibrations: Calibrations = {}
    for kind in KINDS:
        columns = anatomy.indices_of(kind)
        known = ~np.isnan(logits[:, columns]) & ~np.isnan(outcomes.abnormal[:, columns])
        of_kind = [v[:, columns][known] for v in (logits, around, outcomes.abnormal)]
        if len(np.unique(of_kind[-1])) == 2:
            calibrations[kind] = fit(*of_kind)
    return calibrations


def calibrated_on_others(outcomes: Outcomes) -> Outcomes:
    """With each patient's probabilities calibrated on other patients: what can be expected of new ones."""
    part = parts_of(outcomes.patients)
    logits, around = _logits(outcomes)
    probability = outcomes.probability.copy()
    # Patients who all fall into one part have no others.
    for own in (part == each for each in set(part) if (part != each).any()):
        for kind, calibration in fit_calibrations(outcomes.of(~own)).items():
            cells = np.ix_(own, anatomy.indices_of(kind))
            probability[cells] = calibration.probabilities(logits[cells], around[cells])
    return replace(outcomes, probability=probability)


def _logits(outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
    """Of the structures (N, S), and around them (N, S, 2)."""
    p = outcomes.probability.clip(1e-6, 1 - 1e-6)
    logits = np.log(p / (1 - p))
    return logits, np.stack([logits_around(row, ~np.isnan(row)) for row in logits])
