import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies

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
        numbering_confidence=0.75,
    )


def test_json_round_trip(result, tmp_path):
    result.write(tmp_path / "study.json")
    assert Result.read(tmp_path / "study.json") == result


def test_confidences_of_names_come_back(result, tmp_path):
    *others, last = result.structures
    replace(result, structures=(*others, replace(last, name_confidence=0.5))).write(tmp_path / "study.json")
    read = Result.read(tmp_path / "study.json")
    assert (read.numbering_confidence, read.structures[-1].name_confidence) == (0.75, 0.5)
    assert read.tells_of_names
    assert not result.tells_of_names


def test_a_result_from_before_there_were_confidences_of_names_is_read(result):
    values = result.to_dict()
    del values["numbering_confidence"]
    for structure in values["structures"]:
        del structure["name_confidence"]
    assert Result.from_dict(values) == replace(result, numbering_confidence=None)


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


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(result, constant, tmp_path):
    text = json.dumps(result.to_dict()).replace('"support": 0.7', f'"support": {constant}')
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError, match=f"bad.json: cannot be read as a result .{constant} is no number"):
        Result.read(tmp_path / "bad.json")


def test_a_result_in_another_encoding_is_refused(result, tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps(result.to_dict()), encoding="utf-16")
    with pytest.raises(InputError, match="cannot be read as a result"):
        Result.read(tmp_path / "bad.json")


def test_a_result_that_was_cut_off_is_refused(result, tmp_path):
    text = json.dumps(result.to_dict())
    for length in range(0, len(text), 97):
        (tmp_path / "bad.json").write_text(text[:length])
        with pytest.raises(InputError):
            Result.read(tmp_path / "bad.json")


def test_unknown_keys_are_passed_over(result):
    values = result.to_dict() | {"later": 1}
    values["structures"][0]["later"] = 2
    assert Result.from_dict(values).structures[1:] == result.structures[1:]


def test_nothing_is_left_behind_by_writing(result, tmp_path):
    result.write(tmp_path / "study.json")
    replace(result, warnings=()).write(tmp_path / "study.json")
    assert [file.name for file in tmp_path.iterdir()] == ["study.json"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "[]x", "\xff", '{"schema": "other/1"}', '{"schema": "ccfnet-result/1"}'),
        *("[" * 100_000, '{"schema": NaN}', '{"a": ' * 5000, "9" * 5000),
    ],
)
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


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, 1e7, True, "1"])
@pytest.mark.parametrize("field", ["position_lps_mm", "index_ijk"])
def test_places_without_sense_are_refused(result, field, number):
    values = json.loads(json.dumps(result.to_dict()))
    values["structures"][3][field][1] = number
    with pytest.raises(InputError, match="a value of L2 is of the wrong kind"):
        Result.from_dict(values)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
@pytest.mark.parametrize("field", ["confidence", "name_confidence", "abnormal_probability"])
def test_shares_that_are_none_cannot_be_made(result, field, share):
    structures = (*result.structures[:-1], replace(result.structures[-1], **{field: share}))
    with pytest.raises(InputError, match="a value of L5-S1"):
        replace(result, structures=structures)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan"), "0.5"])
def test_a_confidence_of_the_numbering_that_is_no_share_cannot_be_made(result, share):
    with pytest.raises(InputError, match="a value of the whole"):
        replace(result, numbering_confidence=share)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["input"], None),
        (["input", "name"], 1),
        (["input", "name"], "\ud800"),
        (["input", "size"], [1, 2]),
        (["input", "spacing_mm"], "1"),
        (["model"], []),
        (["model", "sha256"], {}),
        (["structures"], {}),
        (["structures", 4], "L3"),
        (["structures", 4, "name"], {}),
        (["structures", 4, "kind"], "bone"),
        (["warnings"], "abc"),
        (["warnings"], [1]),
        (["notes"], 7),
        (["second_numbering"], [1, 2]),
        (["second_numbering", "support"], float("inf")),
    ],
)
def test_a_result_with_anything_else_in_it_is_refused(result, keys, value):
    values = json.loads(json.dumps(result.to_dict()))
    *way, last = keys
    part = values
    for key in way:
        part = part[key]
    part[last] = value
    with pytest.raises(InputError, match="Not a (sound|complete) CCF-Net result"):
        Result.from_dict(values)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=strategies.data())
def test_whatever_stands_in_a_result_it_is_refused_or_sound(result, data):
    values = json.loads(json.dumps(result.to_dict()))
    keys = data.draw(strategies.sampled_from(sorted(ways_into(values), key=str)))
    part = values
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = data.draw(ANYTHING)
    try:
        read = Result.from_dict(values)
    except InputError:
        return
    assert Result.from_dict(strict_json(json.dumps(read.to_dict(), allow_nan=False))) == read


ANYTHING = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(), inner, max_size=3),
    max_leaves=6,
)


def ways_into(values, way=()):
    """The keys that lead to each value."""
    keys = values.keys() if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()
    for key in keys:
        yield (*way, key)
        yield from ways_into(values[key], (*way, key))


def strict_json(text):
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_structures_that_are_missing_are_noticed(result):
    values = result.to_dict()
    values["structures"] = values["structures"][1:]
    with pytest.raises(InputError, match="not the eleven"):
        Result.from_dict(values)


def test_a_file_that_is_refused_is_named(tmp_path):
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(InputError, match=r"bad\.json: Not a CCF-Net result"):
        Result.read(tmp_path / "bad.json")
