"""What ``ccfnet predict --progress json`` tells programs."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import SimpleITK as sitk

from CCFNetCore.cli import main
from CCFNetCore.phantom import phantom_volume
from CCFNetCore.result import Result


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    file = tmp_path_factory.mktemp("inputs") / "scan.nrrd"
    sitk.WriteImage(phantom_volume(5).to_sitk(), str(file))
    return file


@pytest.fixture(scope="module")
def words(volume):
    file = volume.with_name("words.nii.gz")
    file.write_text("These are words.")
    return file


def predict(*inputs, output):
    return ["predict", *map(str, inputs), "--output", str(output), "--device", "cpu", "--progress", "json"]


@pytest.fixture
def events(capsys):
    """Run the command; gives its exit code, its events and its error output."""

    def run(arguments):
        exit_code = main(arguments)
        said = capsys.readouterr()
        return exit_code, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


def test_the_steps_of_a_long_study_are_told_with_the_share_that_is_done(events, volume, tmp_path):
    exit_code, told, _ = events(predict(volume, output=tmp_path))
    assert exit_code == 0
    assert [event["event"] for event in told[:2] + told[-2:]] == ["start", "reading", "study", "end"]
    steps = told[2:-2]
    assert {event["event"] for event in steps} == {"step"}
    assert {event["name"] for event in steps} == {"scan"}
    shares = [event["share"] for event in steps]
    assert shares == sorted(shares)
    assert (shares[0], steps[0]["step"]) == (0.0, "Reading the volume")
    assert 0.9 < shares[-1] <= 1


def test_a_study_that_was_read_names_its_result(events, volume, tmp_path):
    _, told, _ = events(predict(volume, output=tmp_path))
    (study,) = [event for event in told if event["event"] == "study"]
    assert (study["state"], study["done"], study["failed"], study["total"]) == ("read", 1, 0, 1)
    assert study["seconds"] > 0
    assert Result.read(study["file"]).input.name == "scan"


def test_a_study_that_failed_has_the_sentence_of_the_error_output(events, words, tmp_path):
    exit_code, told, error_output = events(predict(words, output=tmp_path))
    assert exit_code == 1
    assert told[-2]["state"] == "failed"
    assert f"ccfnet: {told[-2]['reason']}\n" == error_output
    assert told[-1] == {"event": "end", "read": 0, "failed": 1}


def test_wrong_usage_is_told_on_the_error_output_alone(events, volume, tmp_path):
    exit_code, told, error_output = events(predict(volume, volume, output=tmp_path))
    assert (exit_code, told) == (2, [])
    assert "several inputs are named scan" in error_output


def run(arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "CCFNetCore.cli", *arguments], stderr=subprocess.PIPE, check=False, **options
    )


@pytest.mark.skipif(os.name == "nt", reason="names of files are Unicode there")
def test_a_name_that_is_not_unicode_makes_lines_that_any_program_can_read(words, tmp_path):
    odd = os.path.join(os.fsencode(tmp_path), b"\xff.nii.gz")
    shutil.copy(os.fsencode(words), odd)
    ended = run(predict(os.fsdecode(odd), output=tmp_path / "out"), stdout=subprocess.PIPE)
    for line in ended.stdout.splitlines():
        "".join(map(str, json.loads(line).values())).encode("utf-8")
    assert json.loads(line)["event"] == "end"


def test_when_nobody_hears_the_progress_any_more_nothing_is_read_nor_said(volume, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    ended = run(predict(volume, output=tmp_path), stdout=writing)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert list(tmp_path.iterdir()) == []
