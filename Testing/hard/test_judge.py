"""The judge finds each kind of fault, and none where there is none."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from CCFNetCore.anatomy import LEVELS

from .case import Case
from .judge import Run, judge
from .outcome import Either, Read, Refused, Some, Unsure
from .truth import Truth
from .worker import captured

POINTS = {level.name: np.array([0.0, 0.0, -30.0 * n]) for n, level in enumerate(LEVELS)}
TRUTH = Truth(POINTS, POINTS)


def result(off_mm=0.0, state="found", warnings=()):
    """A result whose L3 lies so far off."""
    structures = [
        {
            "name": level.name,
            "state": state,
            "position_lps_mm": [off_mm if level.name == "L3" else 0.0, 0.0, -30.0 * n],
            "index_ijk": [0.0, 0.0, 0.0],
        }
        for n, level in enumerate(LEVELS)
    ]
    return {"structures": structures, "warnings": list(warnings), "notes": []}


@pytest.fixture
def run(tmp_path):
    """A run that went well."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scan.json").write_text(json.dumps(result()))
    return Run((tmp_path / "scan.nii",), 0, "", "", 1.0, tmp_path / "out")


def case(outcome, **more):
    return Case("case", lambda folder: folder, outcome, **more)


def faults(run, outcome=None, **more):
    return " ".join(judge(case(outcome or Read(), **more), run, TRUTH).faults)


def put(run, content):
    (run.output / "scan.json").write_text(content if isinstance(content, str) else json.dumps(content))


def refusal(run, stderr="ccfnet: scan.nii: it is damaged.", exit_code=1):
    (run.output / "scan.json").unlink()
    return replace(run, exit_code=exit_code, stderr=stderr)


def test_a_run_that_went_well_has_no_fault(run):
    assert judge(case(Read()), run, TRUTH).came == "read"


@pytest.mark.parametrize(("off_mm", "kind"), [(5.0, "misplaced"), (2.0, "outcome: 2.0 mm")])
def test_points_that_are_off_are_found(run, off_mm, kind):
    put(run, result(off_mm))
    assert kind in faults(run)


def test_a_misplaced_point_is_a_fault_though_more_is_allowed(run):
    put(run, result(5.0))
    assert "misplaced" in faults(run, Read(within_mm=10))


def test_points_are_measured_in_the_moved_patient(run):
    away = np.eye(4)
    away[0, 3] = 5.0
    assert "misplaced" in faults(run, moves=(away,))
    assert not faults(run, moves=(away, np.eye(4)))


def test_uncertain_points_are_not_found(run):
    put(run, result(state="uncertain"))
    assert "only 0 structures found" in faults(run)


def test_a_traceback_is_found(run):
    assert "traceback" in faults(replace(run, stderr="Traceback (most recent call last):\nKeyError: 'x'"))


@pytest.mark.parametrize(
    "line", ["WARNING: In itkImage.cxx, line 5", "lib.py:3: UserWarning: odd", "Expected a marker"]
)
def test_a_line_that_is_not_ours_is_found(run, line):
    assert "foreign line" in faults(replace(run, stderr=f"ccfnet: a sentence.\n{line}"))


def test_a_line_of_a_library_on_stdout_is_found(run):
    assert "foreign line" in faults(replace(run, stdout="Level Kind\nWARNING: In /tmp/itkImageSeriesReader.hxx"))


def test_a_partial_file_is_found(run):
    (run.output / "scan.json.partial").write_text("{")
    assert "half-written: scan.json.partial" in faults(run)


@pytest.mark.parametrize("content", ['{"structures": [', '{"structures": [], "x": NaN}', '{"x": -Infinity}'])
def test_what_is_no_strict_json_is_found(run, content):
    put(run, content)
    assert "half-written: scan.json" in faults(run)


def test_a_refusal_must_be_said_end_with_1_and_write_nothing(run):
    assert "a result was written" in faults(
        replace(run, exit_code=1, stderr="ccfnet: scan.nii: damaged."), Refused("damaged")
    )
    refused = refusal(run)
    assert judge(case(Refused("damaged")), refused, TRUTH).came == "refused"
    assert "does not say" in faults(refused, Refused("pixel size"))
    assert "exit code 2" in faults(replace(refused, exit_code=2), Refused("damaged"))


def test_a_refusal_must_name_the_input(run):
    assert "names neither" in faults(refusal(run, "ccfnet: it is damaged."), Refused("damaged"))


def test_a_refusal_where_points_are_due_is_a_fault(run):
    assert "exit code 1" in faults(refusal(run))


def test_a_warning_that_is_due_must_be_there(run):
    assert "no warning of 'missing'" in faults(run, Read(warns="missing"))
    put(run, result(warnings=["A slice is missing."]))
    assert not faults(run, Read(warns="missing"))
    assert "nothing is odd" in faults(run, Read(quiet=True))


def test_millimetres_must_be_there_or_not(run):
    assert "nobody can know" in faults(run, Read(millimetres=False))


def test_a_doubted_result_is_one_without_points_or_with_a_warning(run):
    assert "structures found" in faults(run, Unsure("mask"))
    put(run, result(off_mm=50, warnings=["It may be a mask."]))
    assert judge(case(Unsure("mask")), run, TRUTH).came == "doubted"


def test_either_of_two_outcomes_is_enough(run):
    assert not faults(run, Either(Refused("damaged"), Read()))
    assert "or" in faults(run, Either(Refused("damaged"), Read(warns="missing")))


def test_some_inputs_of_several_are_counted(run):
    partly = replace(run, inputs=(Path("scan.nii"), Path("b.nii")), exit_code=1, stderr="ccfnet: b.nii: it is damaged.")
    assert not faults(partly, Some(read=1, failed=1, says="damaged"))
    assert "1 read and 1 failed" in faults(partly, Some(read=2))


def test_what_libraries_write_past_python_is_captured(tmp_path, capfd):
    import os

    with capfd.disabled(), captured(tmp_path) as streams:
        os.write(1, b"out\n")
        os.write(2, b"err\n")
        print("ours")
    assert streams[1] == "err\n"
    assert "out" in streams[0]
