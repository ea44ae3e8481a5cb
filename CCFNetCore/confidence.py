"""How likely it is that a point lies where it should, that its name is right, and that all names are.

What :mod:`.evidence` says becomes a probability: for names as a whole by a support vector machine, for what is unusual
in any way is doubtful, and for each place and name by logistic regression (both after Platt 1999). They are learned
from answers on pictures of people, or from whole data sets, that the networks never saw.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .evidence import OF_NUMBERING, OF_STRUCTURE, Evidence

SURE = 0.9
"""A structure is found where the confidences of its place and of its name are at least this, else it is uncertain."""

NUMBERING_SURE = 0.97
"""Of names that are less sure as a whole the result warns: of most that are wrong, and of four in a hundred that are
right."""

LEAST, MOST = 0.001, 0.999
"""More than a few hundred wrong answers would have to be seen to tell chances beyond these."""

Weights = tuple[float, ...]


class Kernel(NamedTuple):
    """Log-odds from how near inputs are to examples, some of which were right and some wrong.

    log-odds = the sum over the examples of weight * exp(-sharpness * squared distance), and a constant.

    Attributes
    ----------
    middle, scale : tuple of float
        (F,), of the inputs; distances are between inputs scaled so.
    examples : tuple of tuple of float
        (N, F), scaled.
    weights : tuple of float
        (N,).
    constant, sharpness : float
    """

    middle: Weights
    scale: Weights
    examples: tuple[Weights, ...]
    weights: Weights
    constant: float
    sharpness: float

    def log_odds(self, inputs: np.ndarray) -> float:
        """Of inputs (F,)."""
        scaled = (inputs - np.array(self.middle)) / np.array(self.scale)
        distance = np.square(np.array(self.examples) - scaled).sum(axis=1)
        return float(np.array(self.weights) @ np.exp(-self.sharpness * distance) + self.constant)


class Confidences(NamedTuple):
    """What evidence is worth.

    Attributes
    ----------
    numbering : Kernel
        Of :data:`~CCFNetCore.evidence.OF_NUMBERING`.
    name, place : tuple of float
        A weight for each of :data:`~CCFNetCore.evidence.OF_STRUCTURE` and for the log-odds of the numbering, and a
        constant.
    """

    numbering: Kernel
    name: Weights
    place: Weights

    @classmethod
    def from_lists(cls, values: Sequence) -> "Confidences":
        """From nested lists, as JSON has them.

        Raises
        ------
        TypeError
            If they are not of this form.
        """
        numbering, name, place = values
        middle, scale, examples, weights, constant, sharpness = numbering
        kernel = Kernel(tuple(middle), tuple(scale), tuple(map(tuple, examples)), tuple(weights), constant, sharpness)
        return cls(kernel, tuple(name), tuple(place))

    @property
    def fits(self) -> bool:
        """Whether there are as many weights as evidence."""
        of_numbering = {len(row) for row in (self.numbering.middle, self.numbering.scale, *self.numbering.examples)}
        return (
            of_numbering == {len(OF_NUMBERING)}
            and len(self.numbering.examples) == len(self.numbering.weights)
            and {len(self.name), len(self.place)} == {len(OF_STRUCTURE) + 2}
        )

    def of_numbering(self, evidence: Evidence) -> float | None:
        """Probability that all names are right; None where nothing is there to be named."""
        if np.isnan(evidence.numbering).any():
            return None
        return float(probability(self.numbering.log_odds(evidence.numbering)))

    def of_names(self, evidence: Evidence) -> np.ndarray:
        """(S,), probability that each name is right; not-a-number where the structure is outside."""
        return probability(_linear(self.name, self._inputs(evidence)))

    def of_places(self, evidence: Evidence) -> np.ndarray:
        """(S,), probability that each point lies within 6 mm of the structure of its name, never more than its name's.

        Not-a-number where the structure is outside.
        """
        places = probability(_linear(self.place, self._inputs(evidence)))
        return np.minimum(places, self.of_names(evidence))

    def _inputs(self, evidence: Evidence) -> np.ndarray:
        return structure_inputs(evidence, self.of_numbering(evidence))


def structure_inputs(evidence: Evidence, numbering: float | None) -> np.ndarray:
    """(S, F), what the regressions of names and places go by, with the confidence of the numbering.

    Not-a-number where the structure is outside.
    """
    log_odds = np.nan if numbering is None else np.log(numbering / (1 - numbering))
    return np.column_stack([evidence.structures, np.full(len(evidence.structures), log_odds)])


def _linear(weights: Weights, inputs: np.ndarray) -> np.ndarray:
    return inputs @ np.array(weights[:-1]) + weights[-1]


def probability(log_odds: np.ndarray | float) -> np.ndarray:
    """Of log-odds; nothing is certain."""
    return np.clip(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))), LEAST, MOST)
