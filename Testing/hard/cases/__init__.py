"""The corpus's cases by kind; the first third of each kind are quick to tell, and are run with all other tests."""

from ..case import Case
from . import contrasts, enhanced, folders, geometry, headers, slices, values, volumes

KINDS: dict[str, tuple[Case, ...]] = {
    "several contrasts in one series": contrasts.CASES,
    "Enhanced MR": enhanced.CASES,
    "where slices lie": geometry.CASES,
    "which slices are there": slices.CASES,
    "pixel values": values.CASES,
    "reduced and odd headers": headers.CASES,
    "folders and choice": folders.CASES,
    "NIfTI, NRRD, MetaImage": volumes.CASES,
}

CASES: dict[str, Case] = {case.name: case for cases in KINDS.values() for case in cases}

KIND_OF: dict[str, str] = {case.name: kind for kind, cases in KINDS.items() for case in cases}

QUICK: frozenset[str] = frozenset(case.name for cases in KINDS.values() for case in cases[: -(-len(cases) // 3)])
