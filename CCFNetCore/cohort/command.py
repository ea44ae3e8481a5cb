"""Puts a cohort together as the command line asks: where its studies are, and who reads them."""

from argparse import Namespace
from contextlib import closing
from functools import partial
from pathlib import Path

from ..errors import ServerError, UsageError
from ..model_file import file_sha256, find_model, shipped_models
from ..progress import JsonProgress, Progress
from .ledger import Ledger
from .run import Front, Studies, read_here, run_cohort


def run(options: Namespace) -> int:
    """Read the cohort of ``ccfnet cohort``'s options; returns how many of its studies failed.

    Raises
    ------
    UsageError
        If options do not go together, or the output folder is in use.
    InputError
        If there is nothing to read.
    ServerError
        If a server or cluster does not answer.
    """
    _check(options)
    sha256 = file_sha256(find_model(options.model))
    source = options.dicomweb or str(options.input.resolve())
    with closing(Ledger(options.output, source, sha256, options.resume, with_pages=options.html)) as ledger:
        return _read_into(ledger, options, sha256)


def _read_into(ledger: Ledger, options: Namespace, sha256: str) -> int:
    progress = _progress(options)
    go_on = f"go on with the same command and --resume; what is in {options.output} is kept"
    try:
        studies = _studies(options)
        failed = run_cohort(studies, _front(options, studies, sha256), ledger, progress)
    except ServerError as error:
        raise ServerError(f"{str(error).removesuffix('.')}; {go_on}.") from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(go_on) from None
    if options.html:
        from .index_page import write_index

        write_index(ledger, studies.names)
        progress.written(options.output / "index.html")
    progress.written(options.output / "summary.csv", len(studies.names) - failed)
    if failed:
        progress.written(options.output / "failures.csv", failed)
    progress.end()
    return failed


def _progress(options: Namespace) -> Progress:
    if options.progress == "json":
        return JsonProgress()
    from .progress import TextProgress

    return TextProgress()


def _check(options: Namespace) -> None:
    if (options.input is None) == (options.dicomweb is None):
        raise UsageError("Name either the folder of the studies or, with --dicomweb, a server.")
    if options.dicomweb is not None and options.scheduler is not None:
        raise UsageError("Studies of a server are read here; --scheduler goes with a folder only.")
    if options.dicomweb is None and (options.body_part or options.first_date or options.last_date or options.store_sr):
        raise UsageError("--body-part, --from, --to and --store-sr go with --dicomweb only.")


def _studies(options: Namespace) -> Studies:
    if options.dicomweb is not None:
        from .dicomweb import Filter, Server

        wanted = Filter(options.modality, options.body_part, options.first_date, options.last_date)
        return Server(options.dicomweb, wanted)
    from .folder_studies import FolderStudies

    return FolderStudies(options.input, leave_out=options.output)


def _front(options: Namespace, studies: Studies, sha256: str) -> Front:
    if options.scheduler is not None:
        from .cluster import read_on_cluster

        return partial(
            read_on_cluster,
            scheduler=options.scheduler,
            model=_model_anywhere(options.model),
            sha256=sha256,
            device=options.device,
            with_pages=options.html,
        )
    from ..detector import load_detector

    detector = load_detector(options.model, options.device)
    if options.dicomweb is None:
        return partial(read_here, detector=detector, with_pages=options.html)
    from .dicomweb import read_from_server

    return partial(
        read_from_server,
        server=studies,
        detector=detector,
        folder=options.output,
        with_pages=options.html,
        with_sr=options.store_sr,
    )


def _model_anywhere(name_or_file: str) -> str:
    """A model as a worker finds it, which has another working directory."""
    is_shipped = name_or_file == "default" or name_or_file in shipped_models()
    return name_or_file if is_shipped else str(Path(name_or_file).resolve())
