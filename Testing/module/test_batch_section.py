"""The section "Batch", with real processes: small ones that say what the command says, and the command itself."""

import json
import sys
from types import SimpleNamespace

import pytest
import qt
from CCFNetSlicerLib.long_words import BREAK

from CCFNetCore.phantom import write_study

STARTED_S, READ_S = 60, 300

WRITES_SUMMARY = "pathlib.Path(sys.argv[sys.argv.index('--output') + 1], 'index.html').write_text('all')"
WAITS = "time.sleep(600)"


def event(kind, **fields):
    return json.dumps({"event": kind, **fields})


def start(done, failed, total):
    return event("start", done=done, failed=failed, total=total)


def read(name, done, failed, total):
    return event("study", name=name, state="read", file=f"{name}.json", done=done, failed=failed, total=total)


def failed(name, done, failed, total, reason="no reason."):
    return event("study", name=name, state="failed", reason=reason, done=done, failed=failed, total=total)


def program(*lines, then="sys.exit(0)"):
    """A small program that writes lines and then does something."""
    said = "".join(f"print({line!r}, flush=True); " for line in lines)
    return f"import pathlib, sys, time; {said}{then}"


READS_TWO = program(
    start(0, 0, 2),
    read("a", 1, 0, 2),
    failed("b", 2, 1, 2),
    event("end", read=1, failed=1),
    then=f"{WRITES_SUMMARY}; sys.exit(1)",
)
NEVER_ENDS = program(start(2, 0, 9), failed("b", 3, 1, 9, "b: is damaged."), event("reading", name="c"), then=WAITS)


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


@pytest.fixture
def hear(batch, say, clean_host):
    """What the label says at last when a program has written these lines and goes on."""

    def label(*lines, until):
        say(program(*lines, then=WAITS))
        clean_host.click(batch.ui.batchStartButton)
        clean_host.wait_until(lambda: until in batch.ui.batchLabel.text, STARTED_S)
        return batch.ui.batchLabel.text.replace(BREAK, "")

    return label


def test_progress_counts_studies_and_failures_and_names_the_study_that_is_read(batch, say, clean_host):
    say(NEVER_ENDS)
    clean_host.click(batch.ui.batchStartButton)
    clean_host.wait_until(lambda: "reading" in batch.ui.batchLabel.text, STARTED_S)
    assert batch.ui.batchLabel.text == "3 of 9 done, 1 failed; about 1 min left; reading c"
    assert (batch.ui.batchProgressBar.value, batch.ui.batchProgressBar.maximum) == (3, 9)
    assert batch.ui.batchStartButton.toolTip == "This is grey: The batch is running."
    assert not batch.ui.batchInputEdit.enabled


def test_the_last_reason_is_in_the_tool_tip_until_the_next_start(batch, say, run, clean_host):
    say(program(failed("a", 1, 1, 2, "a: is empty."), failed("b", 2, 2, 2, "b: is damaged."), read("c", 3, 2, 3)))
    run(batch)
    assert batch.ui.batchLabel.toolTip == "b: is damaged."
    say(program(start(2, 2, 3), then=WAITS))
    clean_host.click(batch.ui.batchStartButton)
    assert batch.ui.batchLabel.toolTip == ""


def test_studies_of_earlier_runs_are_counted_from_the_start(batch, hear):
    assert hear(start(7, 2, 9), until="of") == "7 of 9 done, 2 failed"
    assert (batch.ui.batchProgressBar.value, batch.ui.batchProgressBar.maximum) == (7, 9)


def test_a_study_that_is_done_stays_named_while_none_is_read(hear):
    assert hear(start(0, 0, 1), read("a", 1, 0, 1), until="last") == "1 of 1 done, 0 failed; last was a"


def test_the_middle_of_a_long_name_is_left_out(hear):
    name = "begin-" + "x" * 100 + "-end"
    label = hear(start(0, 0, 1), event("reading", name=name), until="reading")
    shown = label.partition("reading ")[2]
    assert len(shown) < 60
    assert (shown[:6], shown[-4:]) == ("begin-", "-end")


def test_lines_and_events_that_are_not_known_do_no_harm_and_the_former_are_logged(hear, caplog):
    strange = ("a library's own line", "", "7", '{"event": "study"}', event("weather", name="rain"))
    with caplog.at_level("INFO"):
        assert hear(*strange, start(1, 0, 9), *strange, event("reading", name="a"), until="reading").endswith("g a")
    assert "a library's own line" in caplog.text


def test_time_left_is_told_from_the_studies_of_this_run(batch, say, clean_host):
    say(program(start(7, 0, 9), then=f"time.sleep(1); print({read('b', 8, 0, 9)!r}, flush=True); {WAITS}"))
    clean_host.click(batch.ui.batchStartButton)
    clean_host.wait_until(lambda: batch.ui.batchLabel.text.startswith("8"), STARTED_S)
    assert batch.ui.batchLabel.text == "8 of 9 done, 0 failed; about 1 min left; last was b"


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
    say(program(start(9, 4, 9), event("end", read=5, failed=4), then="sys.exit(1)"))
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
    assert "broken.nii.gz" in batch.ui.batchLabel.toolTip
    assert batch.ui.batchSummaryButton.enabled
