"""The command ``ccfnet export``."""

import csv
import json
import sys
from dataclasses import replace

import pytest

from CCFNetCore.cli import main
from CCFNetCore.result import Result


@pytest.fixture
def files(result, tmp_path):
    """Two results as predict leaves them."""
    for name in ("one", "two"):
        replace(result, input=replace(result.input, name=name)).write(tmp_path / f"{name}.json")
    return [str(tmp_path / "one.json"), str(tmp_path / "two.json")]


def run(*arguments):
    return main(["export", *map(str, arguments)])


def test_a_table_takes_all_results(files, tmp_path):
    assert run(*files, "--format", "csv", "--output", tmp_path / "cohort.csv") == 0
    with (tmp_path / "cohort.csv").open(newline="") as stream:
        assert {row["study"] for row in csv.DictReader(stream)} == {"one", "two"}


@pytest.mark.parametrize(("form", "ending"), [("json", ".json"), ("mrk.json", ".mrk.json"), ("dicom-sr", ".dcm")])
def test_each_result_gets_a_file_in_the_folder(form, ending, files, series_folder, tmp_path):
    assert run(*files, "--format", form, "--output", tmp_path / "out", "--dicom", series_folder) == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {f"one{ending}", f"two{ending}"}


def test_json_is_the_result_with_its_estimates(files, tmp_path):
    assert run(files[0], "--format", "json", "--output", tmp_path / "whole.json") == 0
    assert Result.read(tmp_path / "whole.json") == Result.read(files[0])
    names = [measurement["name"] for measurement in json.loads((tmp_path / "whole.json").read_text())["measurements"]]
    assert names[-1] == "Estimated lordosis"


def test_a_bad_result_is_named_and_the_rest_is_done(files, tmp_path, capsys):
    (tmp_path / "bad.json").write_text("{")
    assert run(tmp_path / "bad.json", *files, "--format", "mrk.json", "--output", tmp_path / "out") == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "bad.json: cannot be read as a result" in sentence
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_several_results_in_one_file_are_refused(files, tmp_path, capsys):
    assert run(*files, "--format", "mrk.json", "--output", tmp_path / "points.mrk.json") == 2
    assert "several results" in capsys.readouterr().err
    assert not (tmp_path / "points.mrk.json").exists()


def test_a_dicom_report_asks_for_its_series(files, tmp_path, capsys):
    assert run(files[0], "--format", "dicom-sr", "--output", tmp_path) == 2
    assert "--dicom" in capsys.readouterr().err


def test_a_missing_package_is_one_sentence(files, series_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "highdicom", None)
    assert run(files[0], "--format", "dicom-sr", "--output", tmp_path, "--dicom", series_folder) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "package highdicom" in sentence


@pytest.mark.parametrize("form", ["csv", "json", "mrk.json", "dicom-sr"])
def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(form, files, series_folder, small_disk, capsys):
    (small_disk / "filling").write_bytes(bytes(64 * 1024))
    assert run(files[0], "--format", form, "--output", small_disk, "--dicom", series_folder) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.endswith("No space left on device.")
    assert [file.name for file in small_disk.iterdir()] == ["filling"]
