"""Figures from outcomes: recall, error, patients all right, names shifted and doubted, readings, calibration.

Recall within 6 mm and the score are those of arXiv 2203.08408, section 3. Intervals are 95 % percentile intervals
of a bootstrap over patients, for the structures of one patient are right or wrong together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .. import anatomy
from ..confidence import NUMBERING_SURE, SURE
from .outcomes import Outcomes

RECALL_MM = 6.0
KINDS: tuple[anatomy.Kind, ...] = ("disc", "vertebra")
RESAMPLINGS = 1000
TENTHS = np.arange(11) / 10
ALL = range(anatomy.COUNT)
STATES = ("found", "uncertain", "outside")

Statistic = Callable[[Outcomes], float]
Key = str | tuple[str, str]
Judged = tuple[np.ndarray, np.ndarray]
"""Probabilities, and what is true (1) or not (0), flat, of all that have both."""


@dataclass(frozen=True)
class Figure:
    """A value with the ends of its 95 % interval; not-a-number where nothing was there to count."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class KindMeasures:
    """Of the discs, or of the vertebrae.

    Attributes
    ----------
    kind : "disc" or "vertebra"
    count : int
        Marked structures.
    recall : Figure
        Share of them whose point lies within 6 mm; a structure reported as outside counts as missed.
    named : Figure
        Share of them at which the nearest point of the kind bears the right name.
    median_mm, percentile_95_mm : Figure
        Distance of the points that were given.
    auc : Figure
        Area under the ROC curve of the abnormal probability, over the structures that were given one.
    calibration_error : float
        Expected calibration error of the abnormal probability in ten bins of equal width (Naeini et al. 2015).
    confidence_error : float
        Likewise of the confidence, taken as the probability that the point lies within 6 mm.
    name_error : float
        Likewise of the name's confidence; not-a-number where the model does not tell.
    """

    kind: anatomy.Kind
    count: int
    recall: Figure
    named: Figure
    median_mm: Figure
    percentile_95_mm: Figure
    auc: Figure
    calibration_error: float
    confidence_error: float
    name_error: float


@dataclass(frozen=True)
class Measures:
    """Of all pictures together.

    Attributes
    ----------
    pictures, patients : int
    kinds : tuple of KindMeasures
        Discs, vertebrae.
    score : Figure
        Mean of the two recalls times mean of the two areas under the curve.
    all_right : Figure
        Share of the pictures in which every marked structure lies within 6 mm.
    shifted : tuple of str
        Patients in a picture of whom most names are off by the same number of levels.
    shifted_unwarned : tuple of str
        Those of them of whom no warning spoke.
    shifted_silent : tuple of str
        Those of them in such a picture of whom nothing was uncertain or doubted either.
    numbering_error : float
        Expected calibration error of the numbering's confidence; not-a-number where the model does not tell.
    wrong_doubted : Figure
        Share of the pictures with a wrong name that were doubted, see :func:`is_doubted`.
    right_doubted : Figure
        Share of the pictures whose names are all right that were doubted all the same.
    doubts : dict
        Of pictures with wrong and with right names, how many were doubted and how many not.
    confusion : dict
        For each state how many structures were right (within 6 mm), wrong, and not marked in the picture.
    """

    pictures: int
    patients: int
    kinds: tuple[KindMeasures, ...]
    score: Figure
    all_right: Figure
    shifted: tuple[str, ...]
    shifted_unwarned: tuple[str, ...]
    shifted_silent: tuple[str, ...]
    numbering_error: float
    wrong_doubted: Figure
    right_doubted: Figure
    doubts: dict[str, dict[str, int]]
    confusion: dict[str, dict[str, int]]


def measure(outcomes: Outcomes) -> Measures:
    """All figures; positions in millimetres count only where the landmarks are exact."""
    exact = outcomes.of_exact()
    of_names = with_intervals(outcomes, _name_statistics())
    of_positions = with_intervals(exact, _position_statistics())
    shifted = is_shifted(outcomes)
    return Measures(
        pictures=len(outcomes.patients),
        patients=len(set(outcomes.patients)),
        kinds=tuple(
            KindMeasures(
                kind=kind,
                count=int(outcomes.marked[:, anatomy.indices_of(kind)].sum()),
                named=of_names["named", kind],
                calibration_error=calibration_error(*readings(exact, kind)),
                confidence_error=calibration_error(*judged_places(outcomes, anatomy.indices_of(kind))),
                name_error=calibration_error(*judged_names(outcomes, anatomy.indices_of(kind))),
                **{name: of_positions[name, kind] for name in _KIND_STATISTICS},
            )
            for kind in KINDS
        ),
        score=of_positions["score"],
        all_right=of_positions["all right"],
        shifted=tuple(sorted(set(outcomes.patients[shifted]))),
        shifted_unwarned=tuple(sorted(set(outcomes.patients[shifted & ~outcomes.warned]))),
        shifted_silent=tuple(sorted(set(outcomes.patients[shifted & is_silent(outcomes)]))),
        numbering_error=calibration_error(*judged_numberings(outcomes)),
        wrong_doubted=of_names["wrong doubted"],
        right_doubted=of_names["right doubted"],
        doubts=_doubts(outcomes),
        confusion=_confusion(exact),
    )


def with_intervals(outcomes: Outcomes, statistics: dict[Key, Statistic], seed: int = 0) -> dict[Key, Figure]:
    """Statistics, each with the middle 95 % of its values over patients drawn at random with replacement."""
    if not len(outcomes.patients):
        return dict.fromkeys(statistics, Figure(np.nan, np.nan, np.nan))
    names, of_patient = np.unique(outcomes.patients, return_inverse=True)
    rows_of = [np.flatnonzero(of_patient == index) for index in range(len(names))]
    generator = np.random.default_rng(seed)
    draws: dict[Key, list[float]] = {name: [] for name in statistics}
    for _ in range(RESAMPLINGS):
        drawn = generator.integers(len(names), size=len(names))
        resampled = outcomes.of(np.concatenate([rows_of[patient] for patient in drawn]))
        for name, statistic in statistics.items():
            draws[name].append(statistic(resampled))
    return {name: _figure(statistic(outcomes), draws[name]) for name, statistic in statistics.items()}


def score_gain(without: Outcomes, with_it: Outcomes) -> Figure:
    """How much higher the paper's score is; both of the same pictures, in one order, drawn together.

    Like the score, it counts exact landmarks.
    """
    pair = _Pair(without.of_exact(), with_it.of_exact())
    return with_intervals(pair, {"gain": lambda p: _score(p.second) - _score(p.first)})["gain"]


@dataclass(frozen=True)
class _Pair:
    """Two outcomes of the same pictures, to be drawn at random together."""

    first: Outcomes
    second: Outcomes

    @property
    def patients(self) -> np.ndarray:
        return self.first.patients

    def of(self, rows: np.ndarray) -> "_Pair":
        return _Pair(self.first.of(rows), self.second.of(rows))


def _figure(value: float, draws: list[float]) -> Figure:
    known = [draw for draw in draws if not np.isnan(draw)] or [np.nan]
    low, high = np.percentile(known, [2.5, 97.5])
    return Figure(float(value), float(low), float(high))


def _position_statistics() -> dict[Key, Statistic]:
    statistics: dict[Key, Statistic] = {"score": _score, "all right": _all_right}
    for kind in KINDS:
        for name, statistic in _KIND_STATISTICS.items():
            statistics[name, kind] = lambda o, statistic=statistic, kind=kind: statistic(o, kind)
    return statistics


def _name_statistics() -> dict[Key, Statistic]:
    return {
        **{("named", kind): lambda o, kind=kind: named_rightly(o, kind) for kind in KINDS},
        "wrong doubted": lambda o: _mean(is_doubted(o)[numbering_truth(o) == 0]),
        "right doubted": lambda o: _mean(is_doubted(o)[numbering_truth(o) == 1]),
    }


def right(outcomes: Outcomes) -> np.ndarray:
    """(N, S), whether a point was given within 6 mm of its landmark."""
    return outcomes.error_mm <= RECALL_MM


def recall(outcomes: Outcomes, kind: anatomy.Kind) -> float:
    """Share of the marked structures of a kind that are right."""
    columns = anatomy.indices_of(kind)
    return _mean(right(outcomes)[:, columns][outcomes.marked[:, columns]])


def named_rightly(outcomes: Outcomes, kind: anatomy.Kind) -> float:
    """Share of the landmarks of a kind to which the nearest point bears the landmark's name."""
    columns = anatomy.indices_of(kind)
    return _mean(~names_off(outcomes)[:, columns][outcomes.marked[:, columns]])


def names_off(outcomes: Outcomes) -> np.ndarray:
    """(N, S), whether a structure is marked and the nearest point bears another name, or none is near."""
    return outcomes.marked & (outcomes.nearest != np.arange(anatomy.COUNT))


def name_truth(outcomes: Outcomes) -> np.ndarray:
    """(N, S), 1 where a point was given and bears the right name, 0 where it bears a wrong one, else not-a-number.

    Unknown is it where the structure is not marked, and where no point lies near a landmark that is approximate.
    """
    given = outcomes.marked & ~np.isnan(outcomes.confidence)
    unknown = outcomes.approximate & (outcomes.nearest < 0)
    return np.where(given & ~unknown, ~names_off(outcomes), np.nan)


def numbering_truth(outcomes: Outcomes) -> np.ndarray:
    """(N,), 1 where all names that can be told are right, 0 where one is wrong, not-a-number where none can be told."""
    truth = name_truth(outcomes)
    known = ~np.isnan(truth)
    return np.where(known.any(axis=1), ~(known & (truth == 0)).any(axis=1), np.nan)


def place_truth(outcomes: Outcomes) -> np.ndarray:
    """(N, S), 1 where a point was given within 6 mm of an exact landmark, 0 where farther off, else not-a-number."""
    given = outcomes.marked & ~outcomes.approximate & ~np.isnan(outcomes.confidence)
    return np.where(given, right(outcomes), np.nan)


def is_shifted(outcomes: Outcomes) -> np.ndarray:
    """(N,), whether most marked structures bear the name of the same other level."""
    off = outcomes.nearest - np.arange(anatomy.COUNT)
    counted = outcomes.marked & (outcomes.nearest >= 0)
    most = np.zeros(len(off), dtype=bool)
    for shift in range(-anatomy.COUNT + 1, anatomy.COUNT):
        if shift:
            most |= ((off == shift) & counted).sum(axis=1) > outcomes.marked.sum(axis=1) / 2
    return most


def is_doubted(outcomes: Outcomes) -> np.ndarray:
    """(N,), whether the names of a picture are doubted: all of them together, or one of them, are less than sure.

    Of a model that does not tell how sure they are, whether its result bears a warning or an uncertain structure.
    """
    tells = ~np.isnan(outcomes.numbering_confidence)
    is_unsure = (outcomes.numbering_confidence < NUMBERING_SURE) | (outcomes.name_confidence < SURE).any(axis=1)
    return np.where(tells, is_unsure, _is_remarked(outcomes))


def is_silent(outcomes: Outcomes) -> np.ndarray:
    """(N,), whether a result bears no warning, no structure of it is uncertain, and its names are not doubted."""
    return ~_is_remarked(outcomes) & ~is_doubted(outcomes)


def _is_remarked(outcomes: Outcomes) -> np.ndarray:
    return outcomes.warned | (outcomes.state == "uncertain").any(axis=1)


def readings(outcomes: Outcomes, kind: anatomy.Kind) -> Judged:
    """Abnormal probabilities of a kind."""
    columns = anatomy.indices_of(kind)
    return _judged(outcomes.probability[:, columns], outcomes.abnormal[:, columns])


def judged_places(outcomes: Outcomes, columns: Sequence[int] = ALL) -> Judged:
    """Confidences of some structures, held against :func:`place_truth`."""
    return _judged(outcomes.confidence[:, columns], place_truth(outcomes)[:, columns])


def judged_names(outcomes: Outcomes, columns: Sequence[int] = ALL) -> Judged:
    """Confidences of some structures' names, held against :func:`name_truth`."""
    return _judged(outcomes.name_confidence[:, columns], name_truth(outcomes)[:, columns])


def judged_numberings(outcomes: Outcomes) -> Judged:
    """Confidences of the pictures' numberings, held against :func:`numbering_truth`."""
    return _judged(outcomes.numbering_confidence, numbering_truth(outcomes))


def _judged(p: np.ndarray, truth: np.ndarray) -> Judged:
    known = ~np.isnan(p) & ~np.isnan(truth)
    return p[known], truth[known]


def area_under_curve(p: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve; not-a-number where only one class is there."""
    from scipy.stats import rankdata

    positive = truth > 0.5
    n, m = positive.sum(), (~positive).sum()
    if not n or not m:
        return np.nan
    return float((rankdata(p)[positive].sum() - n * (n + 1) / 2) / (n * m))


def reliability(
    p: np.ndarray, truth: np.ndarray, edges: np.ndarray = TENTHS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean probability, share of true ones and number in each bin between two edges; not-a-number in empty bins."""
    bins = np.searchsorted(edges[1:-1], p, side="right")
    count = np.bincount(bins, minlength=len(edges) - 1)
    with np.errstate(invalid="ignore"):
        said, seen = (np.bincount(bins, weights=v, minlength=len(count)) / count for v in (p, truth))
    return said, seen, count


def calibration_error(p: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance between the two, weighted by the number in the bin."""
    if not len(p):
        return np.nan
    said, seen, count = reliability(p, truth)
    return float(np.nansum(np.abs(said - seen) * count) / len(p))


def risk_coverage(p: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of wrong ones among the surest, and which share of all these are, from the surest to all.

    What is equally sure is taken together (El-Yaniv and Wiener, Journal of Machine Learning Research 11, 2010).

    Returns
    -------
    coverage, risk : numpy.ndarray
        Both 0..1.
    """
    order = np.argsort(-p)
    last = np.flatnonzero(np.append(np.diff(p[order]) < 0, True))
    return (last + 1) / len(p), np.cumsum(1 - truth[order])[last] / (last + 1)


def error_percentile(outcomes: Outcomes, kind: anatomy.Kind, percent: float) -> float:
    """Distance in millimetres that so many per cent of the points given do not exceed."""
    errors = outcomes.error_mm[:, anatomy.indices_of(kind)]
    given = errors[~np.isnan(errors)]
    return float(np.percentile(given, percent)) if given.size else np.nan


_KIND_STATISTICS: dict[str, Callable[[Outcomes, anatomy.Kind], float]] = {
    "recall": recall,
    "median_mm": lambda o, kind: error_percentile(o, kind, 50),
    "percentile_95_mm": lambda o, kind: error_percentile(o, kind, 95),
    "auc": lambda o, kind: area_under_curve(*readings(o, kind)),
}


def _all_right(outcomes: Outcomes) -> float:
    return _mean((right(outcomes) | ~outcomes.marked).all(axis=1))


def _score(outcomes: Outcomes) -> float:
    recalls = [recall(outcomes, kind) for kind in KINDS]
    areas = [area_under_curve(*readings(outcomes, kind)) for kind in KINDS]
    return float(np.mean(recalls) * np.mean(areas))


def _doubts(outcomes: Outcomes) -> dict[str, dict[str, int]]:
    truth, doubted = numbering_truth(outcomes), is_doubted(outcomes)
    return {
        name: {"doubted": int(doubted[truth == value].sum()), "not doubted": int((~doubted)[truth == value].sum())}
        for name, value in (("wrong", 0), ("right", 1))
    }


def _confusion(outcomes: Outcomes) -> dict[str, dict[str, int]]:
    not_marked = ~outcomes.marked & ~outcomes.approximate
    truth = {"right": right(outcomes), "wrong": outcomes.marked & ~right(outcomes), "not marked": not_marked}
    return {
        state: {name: int(((outcomes.state == state) & mask).sum()) for name, mask in truth.items()} for state in STATES
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else np.nan
