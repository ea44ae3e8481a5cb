"""Keeps what C libraries print of damaged data off the screen; what matters is raised as an error too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_ONE_AT_A_TIME = Lock()


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """A block in which nothing reaches the process's error output.

    Codecs such as libjpeg and OpenJPEG write there by themselves, past Python and past any setting of ITK.
    """
    with _ONE_AT_A_TIME:
        try:
            kept = os.dup(2)
        except OSError:  # A process without an error output has nothing to keep quiet.
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
