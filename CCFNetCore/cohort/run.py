"""Reads the studies of a cohort that are not done yet, whichever way, and writes the tables."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from ..progress import Progress
from .ledger import Ledger
from .study import Failure, Outcome, Study, try_study

if TYPE_CHECKING:
    from ..detector import Detector

Front = Callable[[Iterable[Study]], Iterator[tuple[Study, Outcome]]]
"""A way to read studies: here, on a cluster, or from a server. Yields them in any order, each as it is done."""


class Studies(Protocol):
    """The studies of a cohort: their names in order, and each by its name."""

    names: list[str]

    def study(self, name: str) -> Study:
        """The study of this name."""


def run_cohort(studies: Studies, front: Front, ledger: Ledger, progress: Progress) -> int:
    """Read what the ledger does not hold yet, write the tables, and return the number of studies that failed."""
    names = studies.names
    to_read = [name for name in names if not ledger.is_done(name)]

    def begun() -> Iterator[Study]:
        # A front takes a study when there is room for it.
        for name in to_read:
            progress.begin(name)
            yield studies.study(name)

    with (
        progress.studies(len(names), len(names) - len(to_read), ledger.count_failures(names)),
        closing(front(begun())) as outcomes,
    ):
        for study, outcome in outcomes:
            ledger.record(study, outcome)
            _tell(progress, study.name, outcome, ledger)
    ledger.write_tables(names)
    return ledger.count_failures(names)


def _tell(progress: Progress, name: str, outcome: Outcome, ledger: Ledger) -> None:
    if isinstance(outcome, Failure):
        progress.failed(name, outcome.reason)
    else:
        progress.read(name, outcome.result, ledger.result_file(name))


def read_here(
    studies: Iterable[Study], detector: "Detector", with_pages: bool = False
) -> Iterator[tuple[Study, Outcome]]:
    """Read studies one after the other in this process."""
    for study in studies:
        yield study, try_study(study, detector, with_pages)
