"""The corpus's cases by kind."""

from ..case import Case
from ..outcome import Refused
from . import (
    contrasts,
    enhanced,
    folders,
    geometry,
    grey_values,
    headers,
    outputs,
    pictures,
    real,
    series_list,
    slices,
    values,
    volumes,
)

KINDS: dict[str, tuple[Case, ...]] = {
    "several contrasts in one series": contrasts.CASES,
    "Enhanced MR": enhanced.CASES,
    "where slices lie": geometry.CASES,
    "which slices are there": slices.CASES,
    "pixel values": values.CASES,
    "reduced and odd headers": headers.CASES,
    "folders and choice": folders.CASES,
    "list of series": series_list.CASES,
    "NIfTI, NRRD, MetaImage": volumes.CASES,
    "grey values": grey_values.CASES,
    "single pictures": pictures.CASES,
    "inputs and outputs": outputs.CASES,
    "real volumes": real.CASES,
}

CASES: dict[str, Case] = {case.name: case for cases in KINDS.values() for case in cases}

KIND_OF: dict[str, str] = {case.name: kind for kind, cases in KINDS.items() for case in cases}

# What is refused takes no time.
QUICK: frozenset[str] = frozenset(
    case.name
    for cases in KINDS.values()
    for n, case in enumerate(cases)
    if isinstance(case.outcome, Refused) or n % 6 == 0
)
"""The third that is run with all other tests."""
