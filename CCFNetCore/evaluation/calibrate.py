"""Calibrates a model on patients that it, or its sisters of the other folds, never saw."""

import numpy as np

from .. import anatomy
from ..calibration import Calibrations, fit
from .measures import KINDS
from .outcomes import Outcomes


def fit_calibrations(outcomes: Outcomes) -> Calibrations:
    """Calibrations of both kinds from the uncalibrated probabilities of held-out patients."""
    p = outcomes.probability.clip(1e-6, 1 - 1e-6)
    logits = np.log(p / (1 - p))
    means = np.broadcast_to(np.nanmean(logits, axis=1, keepdims=True), logits.shape)
    calibrations: Calibrations = {}
    for kind in KINDS:
        columns = anatomy.indices_of(kind)
        known = ~np.isnan(logits[:, columns]) & ~np.isnan(outcomes.abnormal[:, columns])
        if known.any():
            calibrations[kind] = fit(*(v[:, columns][known] for v in (logits, means, outcomes.abnormal)))
    return calibrations
