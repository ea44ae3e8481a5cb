"""The command as a person runs it: all studies read, killed, stopped and gone on with."""

import csv
import random
import signal
import time

import pytest
from cohort_runs import BAD, GOOD, results_in, run, wait_for

from CCFNetCore import load_detector
from CCFNetCore.cli import main
from CCFNetCore.result import Result


def rows_of(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_good_studies_are_read_and_bad_ones_named(undisturbed):
    ended, output = undisturbed
    assert ended.returncode == 1
    assert results_in(output) == sorted(GOOD)
    failures = rows_of(output / "failures.csv")
    assert [row["study"] for row in failures] == sorted(BAD)
    for row in failures:
        assert row["reason"].endswith(".")
        assert "Error" not in row["reason"]
        assert "\n" not in row["reason"]


def test_elsewhere_than_on_a_terminal_each_study_is_a_line(undisturbed):
    lines = undisturbed[0].stdout.splitlines()
    assert "11 of 11" in lines[len(GOOD + BAD) - 1]
    assert sum("failed; " in line for line in lines) == len(BAD)
    assert undisturbed[0].stderr == ""


def test_the_summary_has_eleven_rows_a_study_in_the_order_of_names(undisturbed):
    rows = rows_of(undisturbed[1] / "summary.csv")
    assert [row["study"] for row in rows[::11]] == sorted(GOOD)
    assert len(rows) == 11 * len(GOOD)


def test_a_result_is_that_of_the_detector_under_the_studys_name(undisturbed, studies):
    direct = load_detector(device="cpu").detect(studies / "site" / "two" / "scan.nrrd")
    result = Result.read(undisturbed[1] / "results" / "site_two_scan.json")
    assert result.input.name == "site_two_scan"
    for one, other in zip(result.structures, direct.structures, strict=True):
        assert one.position_lps_mm == pytest.approx(other.position_lps_mm, abs=0.01)


def test_all_well_ends_with_0(studies, tmp_path):
    assert main(["cohort", str(studies / "site" / "one"), "--output", str(tmp_path / "out"), "--device", "cpu"]) == 0


def test_killed_at_any_moment_and_resumed_it_is_as_if_undisturbed(start, studies, undisturbed, tmp_path):
    output, moments = tmp_path / "out", random.Random(1)
    for count in (1, 3, 5):
        process = start(studies, "--output", output, "--resume")
        wait_for(lambda count=count: len(results_in(output)) >= count)
        time.sleep(moments.uniform(0, 1))
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    written = {name: (output / "results" / f"{name}.json").stat().st_mtime_ns for name in results_in(output)}
    run(studies, "--output", output, "--resume")
    for table in ("summary.csv", "failures.csv"):
        assert (output / table).read_bytes() == (undisturbed[1] / table).read_bytes()
    again = {name: (output / "results" / f"{name}.json").stat().st_mtime_ns for name in written}
    assert again == written
    assert list(output.rglob("*.partial")) == []


def test_stopped_by_hand_it_says_how_to_go_on(start, studies, tmp_path):
    process = start(studies, "--output", tmp_path / "out")
    wait_for(lambda: results_in(tmp_path / "out"))
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    (sentence,) = message.splitlines()
    assert "--resume" in sentence


def test_an_output_folder_in_use_is_refused(undisturbed, studies, capsys):
    assert main(["cohort", str(studies), "--output", str(undisturbed[1])]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "is not empty" in sentence


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["folder", "--dicomweb", "http://127.0.0.1"],
        ["--dicomweb", "http://127.0.0.1", "--scheduler", "tcp://127.0.0.1:1"],
        ["folder", "--store-sr"],
        ["--dicomweb", "http://name:word@127.0.0.1"],
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(arguments, tmp_path, capsys):
    assert main(["cohort", *arguments, "--output", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
