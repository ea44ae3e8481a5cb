"""The section "Batch", with real processes: small ones that say what the command says, and the command itself."""

import json
import sys
from types import SimpleNamespace

import pytest
import qt

from CCFNetCore.phantom import write_study

STARTED_S, READ_S = 60, 300

READS_TWO = (
    "import pathlib, sys; print('1 of 2  a: read'); print('2 of 2  b: failed; no reason.'); "
    "pathlib.Path(sys.argv[sys.argv.index('--output') + 1], 'index.html').write_text('all'); sys.exit(1)"
)
NEVER_ENDS = "import time; print('3 of 9  a/b: failed; no reason.', flush=True); time.sleep(600)"


@pytest.fixture
def batch(panel, tmp_path):
    """The section, with an input and an output folder chosen."""
    panel.ui.batchButton.collapsed = False
    for name, edit in (("studies", panel.ui.batchInputEdit), ("results", panel.ui.batchOutputEdit)):
        (tmp_path / name).mkdir()
        edit.currentPath = str(tmp_path / name)
    return panel._batchSection


@pytest.fixture
def say(monkeypatch):
    """Let a small program stand in for the command: it gets the same arguments."""
    from CCFNetSlicerLib import batch_section

    def use(program):
        monkeypatch.setattr(batch_section, "_command", lambda *arguments: [sys.executable, "-c", program, *arguments])

    return use


@pytest.fixture
def run(clean_host):
    def press_and_wait(batch, seconds=STARTED_S):
        clean_host.click(batch.ui.batchStartButton)
        clean_host.wait_until(lambda: not batch.is_running, seconds)
        return batch.ui.batchLabel.text

    return press_and_wait


def test_start_says_which_folder_is_wanted(panel, tmp_path):
    start = panel.ui.batchStartButton
    assert not start.enabled
    assert start.toolTip == "This is grey: Choose the folder that holds the studies."
    panel.ui.batchInputEdit.currentPath = str(tmp_path)
    assert start.toolTip == "This is grey: Choose the folder that the results go into."
    panel.ui.batchOutputEdit.currentPath = str(tmp_path / "results")
    assert start.enabled


def test_progress_counts_studies_and_failures(batch, say, clean_host):
    say(NEVER_ENDS)
    clean_host.click(batch.ui.batchStartButton)
    clean_host.wait_until(lambda: "of" in batch.ui.batchLabel.text, STARTED_S)
    assert batch.ui.batchLabel.text == "3 of 9 done, 1 failed"
    assert (batch.ui.batchProgressBar.value, batch.ui.batchProgressBar.maximum) == (3, 9)
    assert batch.ui.batchStartButton.toolTip == "This is grey: The batch is running."
    assert not batch.ui.batchInputEdit.enabled


def test_time_left_is_told_from_the_studies_of_this_run(batch, say, clean_host):
    say(
        "import time; print('7 of 9  a: read', flush=True); time.sleep(1); "
        "print('8 of 9  b: read', flush=True); time.sleep(9)"
    )
    clean_host.click(batch.ui.batchStartButton)
    clean_host.wait_until(lambda: batch.ui.batchLabel.text.startswith("8"), STARTED_S)
    assert batch.ui.batchLabel.text == "8 of 9 done, 0 failed; about 1 min left"


@pytest.mark.parametrize(("seconds", "words"), [(30, "1 min"), (600, "10 min"), (9000, "2 h 30 min")])
def test_time_is_told_in_minutes_and_hours(host, monkeypatch, seconds, words):
    from CCFNetSlicerLib import batch_section

    monkeypatch.setattr(batch_section.time, "monotonic", lambda: 0.0)
    clock = batch_section._Clock(5)
    monkeypatch.setattr(batch_section.time, "monotonic", lambda: seconds / 2)
    assert clock.left(7, 11) == words


def test_cancel_ends_it_at_once_and_start_is_there_again(batch, say, clean_host):
    say(NEVER_ENDS)
    clean_host.click(batch.ui.batchStartButton)
    process = batch.process._process
    clean_host.wait_until(lambda: "of" in batch.ui.batchLabel.text, STARTED_S)
    clean_host.click(batch.ui.batchCancelButton)
    assert batch.ui.batchLabel.text == "Cancelled; Start goes on from there."
    assert batch.ui.batchStartButton.enabled
    clean_host.wait_until(lambda: process.state() == qt.QProcess.NotRunning, 5)


def test_summary_opens_when_all_is_done(batch, say, run, clean_host, monkeypatch):
    opened = []
    browser = SimpleNamespace(openUrl=lambda url: opened.append(url.toLocalFile()))
    monkeypatch.setattr(qt, "QDesktopServices", browser)
    assert not batch.ui.batchSummaryButton.enabled
    say(READS_TWO)
    assert run(batch) == "Finished: 2 of 2 done, 1 failed."
    clean_host.click(batch.ui.batchSummaryButton)
    assert opened == [str(batch.summary)]


def test_failures_of_earlier_runs_are_counted(batch, say, run):
    say("import sys; print('Written: results/failures.csv (4 studies)'); sys.exit(1)")
    assert run(batch) == "Finished: nothing was left to read, 4 failed."


def test_what_the_command_refuses_is_said(batch, say, run):
    say("import sys; sys.exit('ccfnet: results: is not the output of a cohort; choose another folder.')")
    assert run(batch) == "results: is not the output of a cohort; choose another folder."
    assert batch.ui.batchStartButton.enabled


def test_a_killed_process_is_one_sentence(batch, say, clean_host):
    say(NEVER_ENDS)
    clean_host.click(batch.ui.batchStartButton)
    batch.process._process.kill()
    clean_host.wait_until(lambda: not batch.is_running, STARTED_S)
    assert batch.ui.batchLabel.text == "The batch ended unexpectedly; Start goes on."


def test_python_that_is_not_there_is_one_sentence(batch, run, monkeypatch):
    from CCFNetSlicerLib import batch_section

    monkeypatch.setattr(batch_section, "_command", lambda *arguments: ["/no/such/python"])
    assert "could not be started" in run(batch)


def test_missing_packages_are_named_and_nothing_is_started(batch, clean_host, monkeypatch):
    import importlib.metadata

    version = importlib.metadata.version

    def look(name):
        if name == "torch":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", look)
    clean_host.click(batch.ui.batchStartButton)
    assert batch.ui.batchLabel.text == "Missing: torch. The section Packages installs what is missing."
    assert not batch.is_running


def test_the_real_command_reads_on_after_a_cancel(batch, run, clean_host, tmp_path):
    for seed in (1, 2):
        write_study(seed, tmp_path / "studies" / str(seed))
    (tmp_path / "studies" / "broken.nii.gz").write_bytes(b"no volume")
    clean_host.click(batch.ui.batchStartButton)
    clean_host.wait_until(lambda: batch.ui.batchLabel.text.startswith("1 of 3"), READ_S)
    clean_host.click(batch.ui.batchCancelButton)
    assert run(batch, READ_S) == "Finished: 3 of 3 done, 1 failed."
    results = [json.loads(file.read_text()) for file in (tmp_path / "results" / "results").iterdir()]
    assert len(results) == 2
    assert batch.ui.batchSummaryButton.enabled
