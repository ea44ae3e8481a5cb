import json
from dataclasses import replace

import pytest

from CCFNetCore import anatomy
from CCFNetCore.errors import InputError
from CCFNetCore.result import Input, Model, Numbering, Result, Structure


@pytest.fixture
def result():
    structures = [
        Structure(level.name, level.kind, "found", (1.5, 2.25, -30.0 * k), (10.0, 20.0, 3.0), 0.9, 0.25, "normal")
        for k, level in enumerate(anatomy.LEVELS)
    ]
    structures[0] = Structure("T12-L1", "disc", "outside", None, None, 0.05, None, None)
    return Result(
        Input("study", (384, 384, 13), (0.8, 0.8, 4.4), "1.2.3"),
        Model("m", "ab" * 32),
        tuple(structures),
        ("careful",),
        second_numbering=Numbering(1, 0.7),
    )


def test_json_round_trip(result, tmp_path):
    result.write(tmp_path / "study.json")
    assert Result.read(tmp_path / "study.json") == result


def test_json_has_the_fixed_keys(result):
    values = json.loads(json.dumps(result.to_dict()))
    assert values["schema"] == "ccfnet-result/1"
    assert {"input", "model", "warnings", "structures"} <= values.keys()
    assert {"name", "size", "spacing_mm", "series_instance_uid"} <= values["input"].keys()
    assert {"name", "sha256"} <= values["model"].keys()
    assert values["structures"][0].keys() >= {
        "name",
        "kind",
        "state",
        "position_lps_mm",
        "index_ijk",
        "confidence",
        "abnormal_probability",
        "label",
    }


def test_unknown_keys_are_passed_over(result):
    values = result.to_dict() | {"later": 1}
    values["structures"][0]["later"] = 2
    assert Result.from_dict(values).structures[1:] == result.structures[1:]


def test_nothing_is_left_behind_by_writing(result, tmp_path):
    result.write(tmp_path / "study.json")
    replace(result, warnings=()).write(tmp_path / "study.json")
    assert [file.name for file in tmp_path.iterdir()] == ["study.json"]


@pytest.mark.parametrize("text", ["", "[]", "[]x", "\xff", '{"schema": "other/1"}', '{"schema": "ccfnet-result/1"}'])
def test_other_files_are_refused(text, tmp_path):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError):
        Result.read(tmp_path / "bad.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "lost"), ("label", 1), ("position_lps_mm", "abc"), ("index_ijk", [1, 2]), ("confidence", "high")],
)
def test_values_of_the_wrong_kind_are_refused_with_their_structure(result, field, value):
    values = json.loads(json.dumps(result.to_dict()))
    values["structures"][3][field] = value
    with pytest.raises(InputError, match="a value of L2 is of the wrong kind"):
        Result.from_dict(values)


def test_structures_that_are_missing_are_noticed(result):
    values = result.to_dict()
    values["structures"] = values["structures"][1:]
    with pytest.raises(InputError, match="not the eleven"):
        Result.from_dict(values)


def test_a_file_that_is_refused_is_named(tmp_path):
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(InputError, match=r"bad\.json: Not a CCF-Net result"):
        Result.read(tmp_path / "bad.json")
