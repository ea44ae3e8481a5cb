"""Reads studies on a Dask cluster; the workers see the files under the same paths."""

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ..errors import InputError, ServerError, WeightsError
from .study import Failure, Outcome, Study, try_study

if TYPE_CHECKING:
    from dask.distributed import Client, Future

    from ..detector import Detector

PATIENCE_S = 30
"""How long to wait for the scheduler and for its first worker."""

_LOST = "The connection to the Dask scheduler is lost."


def read_on_cluster(
    studies: Iterable[Study],
    scheduler: str,
    model: str,
    sha256: str,
    device: str = "auto",
    with_pages: bool = False,
) -> Iterator[tuple[Study, Outcome]]:
    """Read studies on the workers of a scheduler, as many at a time as they have threads.

    A study whose worker is lost is given to another one. One that loses more workers than the scheduler allows
    (``distributed.scheduler.allowed-failures``) may only have stood beside a deadly one: it is read again when all
    others are done, by itself, and has failed if it loses as many again.

    Parameters
    ----------
    studies : iterable of Study
    scheduler : str
        Address such as ``tcp://host:8786``, or the path of a scheduler file.
    model, sha256 : str
        As for :func:`~CCFNetCore.detector.load_detector`, and what the workers must find there.
    device : str
    with_pages : bool

    Raises
    ------
    InputError
        If the scheduler's file is not there.
    ServerError
        If there is no scheduler or worker, or the connection is lost.
    WeightsError
        If a worker has another model.
    """
    from dask.distributed import as_completed

    with _connect(scheduler) as client:
        waiting, under_way, done = iter(studies), {}, as_completed(loop=client.loop)
        suspects: list[Study] = []

        def submit(study: Study) -> "Future":
            return client.submit(_read_warm, study, model, sha256, device, with_pages, pure=False)

        def submit_more() -> None:
            # No more than the threads, so that a worker that is lost takes few blameless studies with it.
            room = max(1, _threads(client)) - len(under_way)
            for study in islice(waiting, max(0, room)):
                future = submit(study)
                under_way[future] = study
                done.add(future)

        submit_more()
        for future in done:
            study = under_way.pop(future)
            outcome = _outcome(future)
            if outcome is None:
                suspects.append(study)
            else:
                yield study, outcome
            submit_more()
        for study in suspects:
            yield study, _outcome(submit(study)) or Failure(f"{study.place}: the worker ended each time it was read.")


_LOADING = Lock()


@lru_cache(maxsize=1)
def _warm_detector(model: str, device: str) -> "Detector":
    """Stays in the worker's process, so that the weights are loaded once."""
    from ..detector import load_detector

    return load_detector(model, device)


def _read_warm(study: Study, model: str, sha256: str, device: str, with_page: bool) -> Outcome:
    """What a worker does."""
    # The threads of a worker load the weights once between them.
    with _LOADING:
        detector = _warm_detector(model, device)
    if detector.model.sha256 != sha256:
        raise WeightsError(f"{model}: a worker has another model of this name; its SHA256 differs.")
    return try_study(study, detector, with_page)


def _connect(scheduler: str) -> "Client":
    from dask.distributed import Client

    where = {"address": scheduler} if "://" in scheduler else {"scheduler_file": scheduler}
    if "scheduler_file" in where and not Path(scheduler).is_file():
        raise InputError(f"{scheduler}: is neither an address such as tcp://host:8786 nor a scheduler file.")
    # What it logs of a lost connection is said in one sentence here.
    for logger in ("distributed", "distributed.client"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    try:
        client = Client(**where, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ServerError(f"{scheduler}: no Dask scheduler answers there.") from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE_S)
    except TimeoutError as error:
        client.close()
        raise ServerError(f"{scheduler}: the scheduler has no workers.") from error
    return client


def _threads(client: "Client") -> int:
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise ServerError(_LOST) from error


def _outcome(future: "Future") -> Outcome | None:
    """What became of a study, None if its workers were lost; what is not the study's own fault is raised."""
    from dask.distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except KilledWorker:
        return None
    except CancelledError as error:
        raise ServerError(_LOST) from error
    except WeightsError:
        raise
    except Exception as error:
        raise ServerError(f"The workers cannot do the work ({type(error).__name__}: {error}).") from error
