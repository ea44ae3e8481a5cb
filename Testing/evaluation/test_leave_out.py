"""Data sets measured by the model that never saw them."""

import json
from dataclasses import replace

import pytest
from evaluation.conftest import make_record, make_result, moved, with_first

from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.evaluation.leave_out import measure_left_out, model_that_never_saw, rows_of, write_left_out
from CCFNetCore.model_file import find_model, load_model, save_model

ONE_LEVEL = 34.0


@pytest.fixture(scope="module")
def model_of(tmp_path_factory):
    """The shipped weights, as if they had learned from folders of these names."""
    network, description = load_model(find_model("default"))
    folder = tmp_path_factory.mktemp("models")

    def save(*datasets, known=True):
        file = folder / f"{'-'.join(datasets)}-{known}.safetensors"
        save_model(network, replace(description, datasets=datasets if known else None), file)
        return str(file)

    return save


def test_a_set_is_measured_by_the_model_that_learned_from_others_only(model_of, tmp_path):
    without, knows = model_of("tianchi", "sudirman"), model_of("tianchi", "spider")
    assert model_that_never_saw(tmp_path / "spider", [knows, without]) == without
    assert model_that_never_saw(tmp_path / "sudirman", [knows, without]) == knows


def test_a_set_that_all_models_may_have_seen_is_one_sentence(model_of, tmp_path):
    with pytest.raises(InputError, match=r"spider: every model has learned"):
        model_that_never_saw(tmp_path / "spider", [model_of("spider"), model_of(known=False)])


def test_a_set_that_several_models_never_saw_is_one_sentence(model_of, tmp_path):
    with pytest.raises(InputError, match=r"one alone has to measure it"):
        model_that_never_saw(tmp_path / "spider", [model_of("tianchi"), model_of("sudirman")])


def test_two_folders_of_one_name_are_one_sentence(model_of, tmp_path):
    with pytest.raises(InputError, match="the same name"):
        measure_left_out([tmp_path / "a" / "spider", tmp_path / "b" / "spider"], [model_of("tianchi")], "cpu")


def test_one_set_has_a_row_for_each_contrast(outcomes_of):
    records = [make_record("a", contrast="t1"), make_record("a", contrast="t2"), make_record("b", contrast="t2")]
    rows = rows_of("m", {"spider": outcomes_of(records, [make_result()] * 3)})
    assert [(row.name, row.measures.pictures, row.measures.patients) for row in rows] == [
        ("spider T1", 1, 1),
        ("spider T2", 2, 2),
    ]


def test_sets_of_one_model_are_one_row_of_different_people(outcomes_of):
    outcomes = {
        "chu2015": outcomes_of([make_record("1", contrast="t2")], [make_result()]),
        "zukic2014": outcomes_of([make_record("1", contrast="t1")], [make_result(moved(ONE_LEVEL, 0.0))]),
    }
    (row,) = rows_of("m", outcomes)
    assert row.name == "chu2015 + zukic2014"
    assert row.measures.patients == 2
    assert row.measures.shifted == ("zukic2014 1",)


def test_a_set_with_exact_and_graded_landmarks_gives_places_and_readings(outcomes_of, tmp_path):
    exact, approximate = make_record("a"), make_record("a", approximate=True)
    for name, record in (("exact", exact), ("approximate", approximate)):
        result = make_result(probability=0.1 + 0.8 * record.abnormal)
        write_left_out(rows_of("m", {name: outcomes_of([record], [result])}), tmp_path / name)
    every = "100.0 (100.0 to 100.0)"
    assert f"| discs | {every} | {every} | 1.000 (1.000 to 1.000) |" in (tmp_path / "exact/leave-out.md").read_text()
    assert f"| discs | {every} | - | - |" in (tmp_path / "approximate/leave-out.md").read_text()


@pytest.mark.parametrize(
    ("warnings", "state", "silent"), [((), "found", 1), (("Look.",), "found", 0), ((), "uncertain", 0)]
)
def test_a_shift_is_silent_without_a_warning_and_nothing_uncertain(warnings, state, silent, outcomes_of, tmp_path):
    shifted = with_first(make_result(moved(ONE_LEVEL, 0.0), warnings=warnings), state=state)
    write_left_out(rows_of("m", {"spider": outcomes_of([make_record()], [shifted])}), tmp_path)
    discs = (tmp_path / "leave-out.md").read_text().splitlines()[4]
    assert discs.endswith(f"| 1, {silent} |")


def test_the_command_prints_and_writes_the_table(small_sets, model_of, tmp_path, capsys):
    knows, without = model_of("near", "far"), model_of("tianchi")
    arguments = ["evaluate", *map(str, small_sets), "--leave-out", knows, without, "--output", str(tmp_path)]
    assert main(arguments) == 0
    assert "vertebrae" in capsys.readouterr().out
    (row,) = json.loads((tmp_path / "leave-out.json").read_text())["rows"]
    assert (row["name"], row["model"]) == ("near + far", without)
    assert (row["measures"]["pictures"], row["measures"]["patients"]) == (2, 2)
    assert row["measures"]["kinds"][0]["named"]["value"] > 0.8
    assert "| near + far | 2 of 2 | discs |" in (tmp_path / "leave-out.md").read_text()


@pytest.mark.parametrize("other", [("--fold", "0"), ("--model", "default"), ("--held-out", "default"), ("--cut-off",)])
def test_other_choices_are_not_silently_passed_over(other, small_sets, capsys):
    assert main(["evaluate", str(small_sets[0]), "--leave-out", "default", *other]) == 2
    assert other[0] in capsys.readouterr().err


def test_several_folders_need_the_models_that_left_them_out(small_sets, capsys):
    assert main(["evaluate", *map(str, small_sets)]) == 2
    assert "--leave-out" in capsys.readouterr().err
