"""What is on disk says what is done, whatever moment the run ended at."""

import subprocess
import sys
from dataclasses import replace

import pytest
from phantom_result import make_result

from CCFNetCore.cohort.ledger import FETCHED, Ledger
from CCFNetCore.cohort.study import Failure, Page, Study, StudyReading, failure_of
from CCFNetCore.errors import UsageError
from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.result import Model

SHA256 = "a" * 64


@pytest.fixture(scope="module")
def result():
    return replace(make_result(draw_phantom(seed=1), phantom_volume(1)), model=Model("m", SHA256))


@pytest.fixture
def reopen(tmp_path):
    """Open the ledger as the next run does, when the one before has ended."""
    opened = []

    def reopened(source="/data", sha256=SHA256, with_pages=False):
        for ledger in opened:
            ledger.close()
        opened.append(Ledger(tmp_path, source, sha256, resume=True, with_pages=with_pages))
        return opened[-1]

    return reopened


def fail(ledger, name, reason="It is damaged."):
    ledger.record(Study(name, f"/data/{name}"), Failure(reason))


def test_results_and_failures_are_remembered(reopen, result):
    ledger = reopen()
    ledger.record(Study("good", "/data/good"), StudyReading(result))
    fail(ledger, "bad")
    assert [reopen().is_done(name) for name in ("good", "bad", "other")] == [True, True, False]


@pytest.mark.parametrize("other", [{"source": "/elsewhere"}, {"sha256": "b" * 64}])
def test_two_cohorts_are_not_mixed(reopen, other):
    reopen()
    with pytest.raises(UsageError, match="is not a cohort of"):
        reopen(**other)


def test_a_folder_of_something_else_is_left_alone(reopen, tmp_path):
    mine = tmp_path / f"{FETCHED}pictures"
    mine.mkdir()
    with pytest.raises(UsageError, match="is not a cohort of"):
        reopen()
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.parametrize("cut", [1, 10, 25])
def test_a_torn_line_of_failures_is_as_if_it_had_not_been(reopen, tmp_path, cut):
    ledger = reopen()
    fail(ledger, "first")
    fail(ledger, "second", 'It says "no", twice.')
    file = tmp_path / "failures.csv"
    file.write_bytes(file.read_bytes()[:-cut])
    ledger = reopen()
    assert (ledger.is_done("first"), ledger.is_done("second")) == (True, False)
    fail(ledger, "third")
    assert [name for name, _, _ in reopen().failures(["first", "second", "third"])] == ["first", "third"]


def test_a_damaged_result_is_not_done(reopen, result, tmp_path):
    reopen().record(Study("good", "/data/good"), StudyReading(result))
    file = tmp_path / "results" / "good.json"
    file.write_text(file.read_text()[:-100])
    assert not reopen().is_done("good")


def test_a_study_without_the_page_that_is_asked_for_is_not_done(reopen, result):
    reopen().record(Study("plain", "/data/plain"), StudyReading(result))
    reopen().record(Study("shown", "/data/shown"), StudyReading(result, Page(b"", "<html>")))
    fail(reopen(), "bad")
    ledger = reopen(with_pages=True)
    assert [ledger.is_done(name) for name in ("plain", "shown", "bad")] == [False, True, True]


def test_leftovers_of_a_killed_run_are_deleted(reopen, tmp_path):
    reopen()
    (tmp_path / f"{FETCHED}x").mkdir()
    (tmp_path / f"{FETCHED}x" / "1.dcm").write_text("")
    (tmp_path / "results" / "a.json.partial").write_text("")
    reopen()
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "cohort.json",
        "cohort.lock",
        "failures.csv",
        "results",
    ]


def test_a_reason_is_one_line(reopen):
    ledger = reopen()
    fail(ledger, "bad", "It is\n  damaged.")
    assert list(reopen().failures(["bad"])) == [("bad", "/data/bad", "It is damaged.")]


def test_a_second_run_in_the_same_folder_is_refused_and_disturbs_nothing(reopen, tmp_path):
    reopen()
    (tmp_path / "results" / "a.json.partial").write_text("being written")
    for resume in (True, False):
        with pytest.raises(UsageError, match="another run is at work there"):
            Ledger(tmp_path, "/data", SHA256, resume)
    assert (tmp_path / "results" / "a.json.partial").exists()


RUN_AND_DIE = """
import os, sys
from pathlib import Path
from CCFNetCore.cohort.ledger import Ledger

ledger = Ledger(Path(sys.argv[1]), "/data", sys.argv[2])
os._exit(9)
"""


def test_a_lock_that_a_killed_run_left_is_none(tmp_path):
    ended = subprocess.run([sys.executable, "-c", RUN_AND_DIE, tmp_path, SHA256], check=False)
    assert ended.returncode == 9
    assert (tmp_path / "cohort.lock").exists()
    Ledger(tmp_path, "/data", SHA256, resume=True).close()


def test_a_full_disk_names_the_file_that_has_no_room(small_disk):
    ledger = Ledger(small_disk, "/data", SHA256)
    with pytest.raises(OSError, match=r"No space left.*failures\.csv"):
        for number in range(1000):
            fail(ledger, f"study-{number}", "It is damaged, " * 10)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "/data/a: could not be read (There is too little memory for this)."),
        (ValueError("It is odd. And long."), "/data/a: could not be read (ValueError: It is odd)."),
    ],
)
def test_an_unexpected_error_is_a_failure_in_one_sentence(error, reason):
    assert failure_of(Study("a", "/data/a"), error).reason == reason
