"""Reads studies from a DICOMweb server, one at a time; what is fetched is deleted as soon as it is read."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import CCFNetError, InputError, ServerError, UsageError
from ..unexpected import named
from ..whole_file import naming
from .ledger import FETCHED
from .names import safe_name
from .patient_session import USUAL, Patience, patient_session
from .study import Outcome, Study, StudyReading, failure_of, try_study

if TYPE_CHECKING:
    from ..detector import Detector
    from ..result import Result

_PAGE = 500
"""Studies asked for at a time."""

_STUDY_UID, _SERIES_UID, _INSTANCES_IN_SERIES = "0020000D", "0020000E", "00201209"
_NO_DICOMWEB = "what it says is not DICOMweb"
_ANY_SYNTAX = (("application/dicom", "*"),)
"""As it is stored: the server need not unpack it."""


@dataclass(frozen=True)
class Filter:
    """Which series of which studies; what is None is not asked for.

    Attributes
    ----------
    modality, body_part : str or None
        Of a series.
    first_date, last_date : str or None
        Of a study, as YYYYMMDD.
    """

    modality: str | None = "MR"
    body_part: str | None = None
    first_date: str | None = None
    last_date: str | None = None

    def of_studies(self) -> dict[str, str]:
        """As QIDO-RS asks for studies."""
        has_date = self.first_date or self.last_date
        dates = f"{self.first_date or ''}-{self.last_date or ''}" if has_date else None
        return _given(ModalitiesInStudy=self.modality, StudyDate=dates)

    def of_series(self) -> dict[str, str]:
        """As QIDO-RS asks for the series of a study."""
        return _given(Modality=self.modality, BodyPartExamined=self.body_part)


class Server:
    """The studies of a DICOMweb server that fit a filter; their names are their UIDs.

    Parameters
    ----------
    url : str
        Of its DICOMweb services. A login is taken from ~/.netrc.
    wanted : Filter
    patience : Patience, optional

    Attributes
    ----------
    names : list of str
        In order.

    Raises
    ------
    UsageError
        If the address holds a login.
    ServerError
        If the server does not answer.
    InputError
        If it refuses, or no study fits.
    """

    def __init__(self, url: str, wanted: Filter, patience: Patience = USUAL) -> None:
        from dicomweb_client import DICOMwebClient

        if urlsplit(url).username:
            raise UsageError("The address would be written down with its login; put the login into ~/.netrc instead.")
        self._url, self._wanted = url.rstrip("/"), wanted
        self._client = DICOMwebClient(self._url, patient_session(patience))
        # The session does that, for connections too.
        self._client.set_http_retry_params(retry=False)
        with self._answering(self._url):
            fitting = [uid for uid in self._search() if not wanted.body_part or self._series_of(uid)]
        # A server could call a study anything.
        self._uids = {safe_name(uid): uid for uid in fitting}
        self.names = sorted(self._uids)
        if not self.names:
            raise InputError(f"{self._url}: no study there fits.")

    def study(self, name: str) -> Study:
        """The study of this name, of which no file is here yet."""
        return Study(name, f"{self._url}/studies/{self._uids[name]}")

    def check(self) -> None:
        """Make sure that the server is there.

        Raises
        ------
        ServerError
            If it does not answer a search.
        """
        with self._answering(self._url):
            self._client.search_for_studies(limit=1)

    def fetch(self, study: Study, folder: Path) -> Study:
        """The study with its fitting series in a folder; one image is held at a time.

        Raises
        ------
        InputError
            If the server refuses, or sends fewer images than it says that there are.
        ServerError
            If it does not answer, or breaks off.
        """
        uid, files = self._uids[study.name], []
        with self._answering(study.place):
            for series, announced in self._series_of(uid).items():
                images = set()
                for image in self._client.iter_series(uid, series, media_types=_ANY_SYNTAX):
                    images.add(image.SOPInstanceUID)
                    files.append(folder / f"{len(files)}.dcm")
                    with naming(files[-1]):
                        image.save_as(files[-1], enforce_file_format=True)
                if len(images) < announced:
                    raise InputError(f"{study.place}: only {len(images)} of {announced} images of a series came.")
        return replace(study, files=tuple(files))

    def store_sr(self, result: "Result", folder: Path) -> None:
        """Store a result's DICOM report; storing it twice leaves one, for its UIDs come from series and weights."""
        from pydicom import dcmread
        from pydicom.uid import generate_uid

        from ..export.dicom_sr import write_report

        file = folder / "report.dcm"
        write_report(result, folder, file)
        report = dcmread(file)
        source = ["ccfnet", str(result.input.series_instance_uid), result.model.sha256]
        report.SeriesInstanceUID = generate_uid(entropy_srcs=[*source, "report series"])
        report.SOPInstanceUID = generate_uid(entropy_srcs=[*source, "report"])
        report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID
        with self._answering(self._url):
            self._client.store_instances([report])

    def _search(self) -> Iterator[str]:
        """UIDs of the studies that fit, without a look at their series."""
        known: dict[str, None] = {}
        while True:
            page = self._client.search_for_studies(
                limit=_PAGE, offset=len(known), search_filters=self._wanted.of_studies()
            )
            new = [uid for entry in page if (uid := entry[_STUDY_UID]["Value"][0]) not in known]
            # Also the end where a server takes no notice of the offset.
            if not new:
                return
            known |= dict.fromkeys(new)
            yield from new

    def _series_of(self, uid: str) -> dict[str, int]:
        """The UIDs of a study's fitting series, in order, and how many images each has; 0 where it is not said."""
        found = self._client.search_for_series(uid, search_filters=self._wanted.of_series())
        counts = {entry[_SERIES_UID]["Value"][0]: _count(entry) for entry in found}
        return dict(sorted(counts.items()))

    @contextmanager
    def _answering(self, place: str) -> Iterator[None]:
        """Tell a refusal of what was asked for from no answer, and both from what is wrong with the answer."""
        from requests import HTTPError, RequestException

        try:
            yield
        except CCFNetError:
            raise
        except HTTPError as error:
            raise InputError(f"{place}: the server refuses ({error}).") from error
        except RequestException as error:
            raise ServerError(f"{place}: the server does not answer ({_why(error)}).") from error
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise InputError(f"{place}: of the server, {_NO_DICOMWEB} ({named(error)}).") from error


def _count(series: dict) -> int:
    return int((series.get(_INSTANCES_IN_SERIES, {}).get("Value") or [0])[0])


def _why(error: Exception) -> str:
    from requests.exceptions import ChunkedEncodingError, InvalidJSONError

    if "timed out" in str(error):
        return "it took too long"
    if isinstance(error, ChunkedEncodingError):
        return "its answer broke off"
    return _NO_DICOMWEB if isinstance(error, InvalidJSONError) else "no connection"


def read_from_server(
    studies: Iterable[Study],
    server: Server,
    detector: "Detector",
    folder: Path,
    with_pages: bool = False,
    with_sr: bool = False,
) -> Iterator[tuple[Study, Outcome]]:
    """Fetch, read and delete studies one after the other; with SR, also store each one's on the server.

    Parameters
    ----------
    studies : iterable of Study
    server : Server
    detector : Detector
    folder : Path
        Below which the study that is being read is kept.
    with_pages, with_sr : bool

    Raises
    ------
    ServerError
        If the server is gone; what does not come from one that is there is a failure of its study.
    OSError
        If there is no room for a study.
    """
    if with_sr:
        import highdicom  # noqa: F401  It must not be the first study that finds it missing.
    for study in studies:
        with TemporaryDirectory(prefix=FETCHED, dir=folder) as temporary:
            try:
                outcome = try_study(server.fetch(study, Path(temporary)), detector, with_pages)
                # Before the result is recorded, so that a run that is killed in between stores it again.
                if with_sr and isinstance(outcome, StudyReading) and _has_points(outcome.result):
                    server.store_sr(outcome.result, Path(temporary))
            except OSError:
                raise
            except ServerError as error:
                server.check()
                outcome = failure_of(study, error)
            except Exception as error:  # As in try_study.
                outcome = failure_of(study, error)
        yield study, outcome


def _has_points(result: "Result") -> bool:
    return any(structure.state != "outside" for structure in result.structures)


def _given(**filters: str | None) -> dict[str, str]:
    return {key: value for key, value in filters.items() if value is not None}
