"""From the network's logits to probabilities that hold for patients it never saw."""

from typing import NamedTuple

import numpy as np

from . import anatomy


class Calibration(NamedTuple):
    """How the readings of one kind of structure are believed.

    log-odds = own * logit + context * mean + neighbours * adjacent + bias, where the mean is that of the logits of all
    structures in the picture, and the adjacent one that of the structures directly above and below: some patients are
    worn as a whole, and a vertebra's wear goes with its discs', which the network, that reads each cell alone, does not
    know. With the own logit alone this is Platt's scaling (Platt 1999).
    """

    own: float = 1.0
    context: float = 0.0
    bias: float = 0.0
    neighbours: float = 0.0

    def probabilities(self, logits: np.ndarray, around: np.ndarray) -> np.ndarray:
        """Abnormal probabilities of logits (...) beside those around them (..., 2), see :func:`logits_around`."""
        log_odds = self.own * logits + around @ np.array([self.context, self.neighbours]) + self.bias
        return 1.0 / (1.0 + np.exp(-log_odds))


Calibrations = dict[anatomy.Kind, Calibration]

EXPECTED_CHANGE = 0.3
"""Standard deviation that the weights are expected to have about 1 (own) and 0: few patients move them little."""


def logits_around(logits: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Mean logit of a picture, and of each structure's neighbours above and below.

    Parameters
    ----------
    logits, present : numpy.ndarray
        (S,), and which of the structures are in the picture: only these count.

    Returns
    -------
    numpy.ndarray
        (S, 2); where no neighbour is there the picture's mean stands for them, and 0 for that of an empty picture.
    """
    there = np.ma.array(logits, mask=~present)
    mean = float(there.mean()) if present.any() else 0.0
    neighbours = np.ma.masked_all((2, len(there)))
    neighbours[0, 1:], neighbours[1, :-1] = there[:-1], there[1:]
    adjacent = neighbours.mean(axis=0).filled(mean)
    return np.stack([np.full(len(logits), mean), adjacent], axis=1)


def calibrate(logits: np.ndarray, around: np.ndarray, indices: list[int], calibrations: Calibrations) -> np.ndarray:
    """Abnormal probabilities of structures, given by their places in :data:`~CCFNetCore.anatomy.LEVELS`.

    Parameters
    ----------
    logits : numpy.ndarray
        (n,), one a structure in ``indices``.
    around : numpy.ndarray
        (n, 2), see :func:`logits_around`.
    indices : list of int
    calibrations : dict
        By kind; a kind that is not there is taken as the network says.
    """
    return np.array(
        [
            calibrations.get(anatomy.LEVELS[index].kind, Calibration()).probabilities(logit, beside)
            for index, logit, beside in zip(indices, logits, around, strict=True)
        ]
    )


def fit(logits: np.ndarray, around: np.ndarray, truth: np.ndarray) -> Calibration:
    """The likeliest calibration: logistic regression with a normal prior on all weights but the bias.

    Parameters
    ----------
    logits : numpy.ndarray
        (n,), from a network that never saw the patients.
    around : numpy.ndarray
        (n, 2), see :func:`logits_around`.
    truth : numpy.ndarray
        (n,), 1 abnormal, 0 normal.
    """
    from scipy.optimize import minimize

    # In the order of a calibration's weights.
    inputs = np.column_stack([logits, around[:, 0], np.ones_like(logits), around[:, 1]])
    sign = 2 * truth - 1
    unchanged = np.array(Calibration())

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (inputs @ weights)
        change = (weights - unchanged) / EXPECTED_CHANGE * [1.0, 1.0, 0.0, 1.0]
        gradient = change / EXPECTED_CHANGE - (inputs * (sign / (1 + np.exp(margin)))[:, None]).sum(axis=0)
        return float(np.logaddexp(0, -margin).sum() + np.square(change).sum() / 2), gradient

    return Calibration(*minimize(cost, x0=unchanged, jac=True, method="BFGS").x.tolist())
