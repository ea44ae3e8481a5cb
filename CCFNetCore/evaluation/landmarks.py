"""Measures a detector on pictures with marked structures, as in arXiv 2203.08408, section 3."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import anatomy
from ..detector import Detector
from ..errors import InputError
from ..training.data import Record, fold_of, read_landmarks

RECALL_MM = 6.0


@dataclass(frozen=True)
class Measures:
    """Of one kind of structure over all pictures.

    Attributes
    ----------
    kind : str
    count : int
        Marked structures.
    recall : float
        Share of them whose point lies within 6 mm; a structure reported as outside counts as missed.
    recall_interval : tuple of float
        95 % Wilson interval of the recall.
    median_mm, percentile_95_mm : float
        Distance of the points that were given.
    auc : float
        Area under the ROC curve of the abnormal probability, over the structures that were given one and whose
        grade is known; not-a-number where normal or abnormal ones are missing.
    """

    kind: str
    count: int
    recall: float
    recall_interval: tuple[float, float]
    median_mm: float
    percentile_95_mm: float
    auc: float


def evaluate(detector: Detector, data: Path, fold: int | None = None, folds: int = 4) -> list[Measures]:
    """Measures for discs and for vertebrae on the patients of one fold, or on all of them.

    A kind of which nothing is marked is left out.

    Raises
    ------
    InputError
        If the data cannot be read, or no patient is in that fold.
    """
    records = [r for r in read_landmarks(data) if fold is None or fold_of(r.patient, folds) == fold]
    if not records:
        raise InputError(f"{data}: no patient in fold {fold} of {folds}.")
    outcomes = [_outcome(detector, record) for record in records]
    error_mm = np.stack([error for error, _ in outcomes])
    probability = np.stack([p for _, p in outcomes])
    abnormal = np.stack([record.abnormal for record in records])
    marked = np.stack([~np.isnan(record.points).any(axis=1) for record in records])
    kinds = [kind for kind in ("disc", "vertebra") if marked[:, anatomy.indices_of(kind)].any()]
    return [_measure(kind, marked, error_mm, probability, abnormal) for kind in kinds]


def print_measures(measures: list[Measures]) -> None:
    """Print one line a kind."""
    for m in measures:
        low, high = m.recall_interval
        print(
            f"{m.kind:9} n = {m.count}  recall within {RECALL_MM:g} mm {m.recall:.2%} (95 % interval {low:.1%} to "
            f"{high:.1%})  error median {m.median_mm:.2f} mm, 95th percentile {m.percentile_95_mm:.2f} mm  "
            f"AUC {m.auc:.3f}"
        )


def _outcome(detector: Detector, record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Distance in millimetres and abnormal probability of each structure; not-a-number where it was not given."""
    result = detector.detect(record.image)
    nowhere = (np.nan, np.nan, np.nan)
    found = np.array([s.index_ijk or nowhere for s in result.structures])
    error_mm = np.linalg.norm(found[:, 1::-1] - record.points, axis=1) * record.pixel_mm
    probability = [np.nan if s.abnormal_probability is None else s.abnormal_probability for s in result.structures]
    return error_mm, np.array(probability)


def _measure(
    kind: str, marked: np.ndarray, error_mm: np.ndarray, probability: np.ndarray, abnormal: np.ndarray
) -> Measures:
    of_kind = np.zeros_like(marked)
    of_kind[:, anatomy.indices_of(kind)] = True
    marked = marked & of_kind
    error_mm = error_mm[marked]
    hits, count = int((error_mm <= RECALL_MM).sum()), len(error_mm)
    return Measures(
        kind=kind,
        count=count,
        recall=hits / count,
        recall_interval=wilson_interval(hits, count),
        median_mm=float(np.nanmedian(error_mm)),
        percentile_95_mm=float(np.nanpercentile(error_mm, 95)),
        auc=_auc(abnormal[marked], probability[marked]),
    )


def _auc(abnormal: np.ndarray, probability: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    read = ~np.isnan(abnormal) & ~np.isnan(probability)
    if len(np.unique(abnormal[read])) < 2:
        return float("nan")
    return float(roc_auc_score(abnormal[read], probability[read]))


def wilson_interval(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Interval for a share of ``hits`` in ``count`` (Wilson 1927)."""
    share = hits / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return float(centre - half), float(centre + half)
