"""From the network's logits to probabilities that hold for patients it never saw."""

from typing import NamedTuple

import numpy as np

from . import anatomy


class Calibration(NamedTuple):
    """How the readings of one kind of structure are believed: log-odds = own * logit + context * mean + bias.

    The mean is that of the logits of all structures in the picture: some patients are worn as a whole, which the
    network, that reads each cell alone, does not know. With ``context`` 0 this is Platt's scaling (Platt 1999).
    """

    own: float = 1.0
    context: float = 0.0
    bias: float = 0.0

    def probabilities(self, logits: np.ndarray, mean: float | np.ndarray) -> np.ndarray:
        """Abnormal probabilities of logits beside the mean logit of their picture."""
        return 1.0 / (1.0 + np.exp(-(self.own * logits + self.context * mean + self.bias)))


Calibrations = dict[anatomy.Kind, Calibration]

EXPECTED_CHANGE = 0.3
"""Standard deviation that ``own`` and ``context`` are expected to have about 1 and 0: few patients move them little."""


def mean_logit(logits: np.ndarray, present: np.ndarray) -> float:
    """Mean over the structures in the picture; 0 if there is none."""
    return float(logits[present].mean()) if present.any() else 0.0


def calibrate(logits: np.ndarray, mean: float, indices: list[int], calibrations: Calibrations) -> np.ndarray:
    """Abnormal probabilities of structures, given by their places in :data:`~CCFNetCore.anatomy.LEVELS`.

    Parameters
    ----------
    logits : numpy.ndarray
        (n,), one a structure in ``indices``.
    mean : float
        Mean logit of the picture.
    indices : list of int
    calibrations : dict
        By kind; a kind that is not there is taken as the network says.
    """
    return np.array(
        [
            calibrations.get(anatomy.LEVELS[index].kind, Calibration()).probabilities(logit, mean)
            for index, logit in zip(indices, logits, strict=True)
        ]
    )


def fit(logits: np.ndarray, mean: np.ndarray, truth: np.ndarray) -> Calibration:
    """The likeliest calibration: logistic regression with a normal prior on ``own`` and ``context``, none on ``bias``.

    Parameters
    ----------
    logits, mean : numpy.ndarray
        (n,), of each structure and of its picture, from a network that never saw the patients.
    truth : numpy.ndarray
        (n,), 1 abnormal, 0 normal.
    """
    from scipy.optimize import minimize

    inputs = np.stack([logits, mean, np.ones_like(logits)], axis=1)
    sign = 2 * truth - 1
    unchanged = np.array(Calibration())

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (inputs @ weights)
        change = (weights - unchanged) / EXPECTED_CHANGE * [1.0, 1.0, 0.0]
        gradient = change / EXPECTED_CHANGE - (inputs * (sign / (1 + np.exp(margin)))[:, None]).sum(axis=0)
        return float(np.logaddexp(0, -margin).sum() + np.square(change).sum() / 2), gradient

    return Calibration(*minimize(cost, x0=unchanged, jac=True, method="BFGS").x.tolist())
