"""An HTTP session that asks again, does not wait for ever, and does not take half an answer for a whole one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from urllib3.util import Retry

_WORTH_TRYING_AGAIN = (429, 502, 503, 504)
_EPILOGUE_BYTES = 1024
"""A multipart body may go on for so long after its closing boundary."""


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes
    ----------
    connect_s, read_s : float
        For a connection, and for the next part of an answer.
    retries : int
        How often a request is repeated that was refused a connection, was not answered, or was put off.
    pause_s : float
        Before the second repetition; each further pause is twice as long.
    longest_pause_s : float
        Also where the server asks for more in ``Retry-After``.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    retries: int = 4
    pause_s: float = 1.0
    longest_pause_s: float = 60.0


USUAL = Patience()


def patient_session(patience: Patience) -> Session:
    """The session; what it still cannot get raises a ``requests.RequestException``."""
    # What it logs of each repetition is said in one sentence when there are no more.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    session = Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _PatientAdapter(patience))
    session.hooks["response"].append(_insist_on_end)
    return session


class _PatientAdapter(HTTPAdapter):
    """Requests has no timeouts by itself, and not every version of dicomweb-client asks for some."""

    def __init__(self, patience: Patience) -> None:
        self._timeout = (patience.connect_s, patience.read_s)
        super().__init__(max_retries=_retry(patience))

    def send(self, request: PreparedRequest, **options: object) -> Response:
        return super().send(request, **options | {"timeout": self._timeout})


class _ShortRetry(Retry):
    """Waits no longer than the longest pause, whatever the server asks for."""

    def get_retry_after(self, response: object) -> float | None:
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, self.backoff_max)


def _retry(patience: Patience) -> Retry:
    return _ShortRetry(
        total=patience.retries,
        backoff_factor=patience.pause_s / 2,
        backoff_max=patience.longest_pause_s,
        status_forcelist=_WORTH_TRYING_AGAIN,
        # A report that is stored twice leaves one, for it has the same UIDs.
        allowed_methods=("GET", "POST"),
        raise_on_status=False,
    )


def _insist_on_end(response: Response, **_options: object) -> None:
    """Let a multipart body that ends without its closing boundary raise, as one that is cut off does."""
    header = Message()
    header["content-type"] = response.headers.get("content-type", "")
    boundary = header.get_boundary()
    if header.get_content_maintype() != "multipart" or boundary is None:
        return
    end, parts_of = f"--{boundary}--".encode(), response.iter_content

    def iter_content(*arguments: object, **options: object) -> Iterator[bytes]:
        tail = b""
        for part in parts_of(*arguments, **options):
            tail = (tail + part)[-len(end) - _EPILOGUE_BYTES :]
            yield part
        if end not in tail:
            raise ChunkedEncodingError("The body ended without its closing boundary.")

    response.iter_content = iter_content
