"""What ``ccfnet cohort --progress json`` tells programs."""

import json
import shutil
import signal
import subprocess
import sys

import pytest
from cohort_runs import ENVIRONMENT, GOOD, results_in, run, write_named_series

# The command where nothing can be shown to people.
WITHOUT_RICH = "import sys; sys.modules['rich'] = None; from CCFNetCore.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def two_studies(tmp_path_factory):
    """One that can be read and one that cannot."""
    folder = tmp_path_factory.mktemp("two")
    write_named_series(1, "good", folder / "good")
    (folder / "words.nii.gz").write_text("These are words.")
    return folder


@pytest.fixture(scope="module")
def told(two_studies, tmp_path_factory):
    """How the command ended, and the output folder."""
    output = tmp_path_factory.mktemp("told") / "out"
    return run(two_studies, "--output", output, "--html", "--progress", "json"), output


def events_in(output):
    return [json.loads(line) for line in output.splitlines()]


def until_first_is_read(stream):
    """What a process says until it tells of the first study that was read."""
    said = ""
    for line in stream:
        said += line
        if '"state": "read"' in line:
            break
    return said


def test_events_are_all_that_stands_on_the_output_and_come_in_order(told):
    ended, _ = told
    assert (ended.returncode, ended.stderr) == (1, "")
    events = events_in(ended.stdout)
    kinds = ["start", *["reading", "study"] * 2, *["written"] * 3, "end"]
    assert [event["event"] for event in events] == kinds
    assert events[0] == {"event": "start", "total": 2, "done": 0, "failed": 0}
    assert events[-1] == {"event": "end", "read": 1, "failed": 1}


def test_each_study_has_its_name_and_what_became_of_it(told):
    ended, output = told
    good, bad = (event for event in events_in(ended.stdout) if event["event"] == "study")
    assert good.pop("seconds") > bad.pop("seconds") >= 0
    file = str(output / "results" / "good.json")
    counts = {"done": 1, "failed": 0, "total": 2}
    assert good == {"event": "study", "name": "good", "state": "read", "file": file, **counts}
    reason = bad.pop("reason")
    assert "words.nii.gz: cannot be read as an image" in reason
    assert reason in (output / "failures.csv").read_text()
    assert bad == {"event": "study", "name": "words", "state": "failed", "done": 2, "failed": 1, "total": 2}


def test_files_of_the_whole_cohort_are_told_with_how_many_studies_they_hold(told):
    ended, output = told
    written = [event for event in events_in(ended.stdout) if event["event"] == "written"]
    assert [(event["file"], event.get("studies")) for event in written] == [
        (str(output / "index.html"), None),
        (str(output / "summary.csv"), 1),
        (str(output / "failures.csv"), 1),
    ]


def test_a_run_that_goes_on_counts_what_earlier_ones_did(told, two_studies, tmp_path):
    shutil.copytree(told[1], tmp_path / "out")
    (tmp_path / "out" / "results" / "good.json").unlink()
    ended = run(two_studies, "--output", tmp_path / "out", "--html", "--resume", "--progress", "json")
    events = events_in(ended.stdout)
    assert events[0] == {"event": "start", "total": 2, "done": 1, "failed": 1}
    (study,) = [event for event in events if event["event"] == "study"]
    assert (study["name"], study["done"], study["failed"]) == ("good", 2, 1)
    assert events[-1] == {"event": "end", "read": 1, "failed": 1}


def test_each_study_is_told_at_once_and_when_stopped_by_hand_there_is_no_end(start, studies, tmp_path):
    output = tmp_path / "out"
    process = start(studies, "--output", output, "--progress", "json")
    events = events_in(until_first_is_read(process.stdout))
    process.send_signal(signal.SIGINT)
    rest, message = process.communicate(timeout=60)
    assert process.returncode == 130
    (sentence,) = message.splitlines()
    assert "--resume" in sentence
    events += events_in(rest)
    assert {event["event"] for event in events} == {"start", "reading", "study"}
    read = {event["name"] for event in events if event.get("state") == "read"}
    assert read <= set(results_in(output))
    assert 1 <= len(read) < len(GOOD)


def test_programs_need_no_package_that_shows_progress_to_people(two_studies, tmp_path):
    arguments = ["cohort", str(two_studies), "--output", str(tmp_path / "out"), "--device", "cpu", "--html"]
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_RICH, *arguments, "--progress", "json"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert ended.stderr == ""
    assert events_in(ended.stdout)[-1]["event"] == "end"
