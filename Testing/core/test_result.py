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


@pytest.mark.parametrize("text", ["", "[]x", '{"schema": "other/1"}', '{"schema": "ccfnet-result/1"}'])
def test_other_files_are_refused(text, tmp_path):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError):
        Result.read(tmp_path / "bad.json")
