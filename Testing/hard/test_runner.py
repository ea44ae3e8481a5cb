"""A case that hangs or kills its process is told, and the cases after it are run."""

import os
import time

from .judge import Verdict
from .runner import run_cases


def work(connection):
    """Stands in for the real work: does what the case is called."""
    while True:
        name = connection.recv()
        connection.send(1)
        if name == "hangs":
            time.sleep(600)
        if name == "dies":
            os._exit(3)
        connection.send(Verdict("read"))


def test_what_hangs_or_dies_is_told_and_the_rest_is_run():
    verdicts = run_cases(["hangs", "dies", "goes well"], processes=1, limit_s=0.5, work=work)
    assert "hang: stopped" in verdicts["hangs"].faults[0]
    assert "died (exit code 3)" in verdicts["dies"].faults[0]
    assert verdicts["goes well"].is_met
