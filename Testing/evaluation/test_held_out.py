"""Cross validation: each model on the patients it never saw."""

import json
from dataclasses import replace

import pytest

from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.evaluation.held_out import collect_held_out, learned_from
from CCFNetCore.model_file import find_model, load_model, save_model
from CCFNetCore.training.data import fold_of, read_landmarks


@pytest.fixture(scope="module")
def model_of_fold(tmp_path_factory):
    """The shipped weights, as if they had held out a fold."""
    network, description = load_model(find_model("default"))
    folder = tmp_path_factory.mktemp("models")

    def save(fold):
        file = folder / f"{fold}.safetensors"
        save_model(network, replace(description, folds=4, held_out_fold=fold), file)
        return str(file)

    return save


def test_each_patient_is_read_once_by_the_model_that_never_saw_it(pictures, fold_models):
    assert len(fold_models) > 1
    outcomes = collect_held_out(fold_models, pictures, "cpu")
    patients = [record.patient for record in read_landmarks(pictures)]
    assert outcomes.patients.tolist() == sorted(patients, key=fold_of)


def test_a_model_is_not_measured_on_patients_it_may_have_seen(pictures, fold_models):
    with pytest.raises(InputError, match="no two with the same"):
        collect_held_out([fold_models[0]] * 2, pictures, "cpu")


def test_the_command_measures_all_folds_together(pictures, fold_models, capsys):
    assert main(["evaluate", str(pictures), "--held-out", *fold_models]) == 0
    assert "3 pictures" in capsys.readouterr().out


def test_a_model_that_held_out_nobody_of_a_small_set_is_passed_over(small_sets, model_of_fold):
    own = fold_of("7")
    outcomes = collect_held_out([model_of_fold((own + 1) % 4), model_of_fold(own)], small_sets[0], "cpu")
    assert outcomes.patients.tolist() == ["7"]


def test_a_set_of_which_nobody_was_held_out_is_one_sentence(small_sets, model_of_fold):
    with pytest.raises(InputError, match="near: of its patients, none was held out"):
        collect_held_out([model_of_fold((fold_of("7") + 1) % 4)], small_sets[0], "cpu")


def test_several_sets_are_measured_each_by_itself_and_all_together(small_sets, model_of_fold, tmp_path, capsys):
    models = ["--held-out", model_of_fold(fold_of("7"))]
    assert main(["evaluate", *map(str, small_sets), *models, "--worst", "1", "--output", str(tmp_path)]) == 0
    written = capsys.readouterr().out
    titles = [f"{title}: {count}" for title, count in (("near", 1), ("far", 1), ("all together", 2))]
    assert sorted(titles, key=written.index) == titles
    for folder, count in (("near", 1), ("far", 1), (".", 2)):
        values = json.loads((tmp_path / folder / "measures.json").read_text())
        assert (values["pictures"], values["patients"]) == (count, count)
    assert (tmp_path / "near" / "worst.html").exists()


def test_one_set_stays_without_a_folder_of_its_own(small_sets, model_of_fold, tmp_path, capsys):
    model = model_of_fold(fold_of("7"))
    assert main(["evaluate", str(small_sets[0]), "--held-out", model, "--output", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {"measures.json", "measures.md", "measures.png"}
    assert "all together" not in capsys.readouterr().out


def test_two_sets_of_one_name_are_one_sentence(tmp_path, model_of_fold, capsys):
    folders = [str(tmp_path / parent / "spider") for parent in "ab"]
    assert main(["evaluate", *folders, "--held-out", model_of_fold(0)]) == 1
    assert "the same name" in capsys.readouterr().err


def test_a_fold_cannot_be_chosen_for_models_that_have_their_own(pictures, fold_models, capsys):
    assert main(["evaluate", str(pictures), "--held-out", *fold_models, "--fold", "0"]) == 2
    assert "--held-out" in capsys.readouterr().err


def test_models_are_averaged_wherever_they_stand_on_the_line(pictures, fold_models, tmp_path, capsys):
    models = [option for model in fold_models[:2] for option in ("--model", str(model))]
    assert main(["evaluate", *models, str(pictures), "--fold", "0", "--output", str(tmp_path)]) == 0
    assert "pictures" in capsys.readouterr().out


@pytest.mark.parametrize("other", ["--held-out", "--predictions"])
def test_a_model_is_not_silently_passed_over(other, pictures, fold_models, capsys):
    assert main(["evaluate", str(pictures), other, fold_models[0], "--model", "default"]) == 2
    assert "--model" in capsys.readouterr().err


@pytest.mark.parametrize(("datasets", "known"), [(None, False), (("elsewhere",), False), (("here",), True)])
def test_patients_whom_a_model_knows_are_counted(datasets, known, pictures, tmp_path):
    network, description = load_model(find_model("default"))
    records = read_landmarks(pictures)
    own = fold_of(records[0].patient)
    others = sum(fold_of(record.patient) != own for record in records)
    file = tmp_path / "mine.safetensors"
    save_model(network, replace(description, folds=4, held_out_fold=own, datasets=datasets), file)
    assert learned_from(str(file), tmp_path / "here", records) == (others if known else 0)


def test_who_is_known_is_told(pictures, tmp_path, capsys):
    network, description = load_model(find_model("default"))
    file = tmp_path / "mine.safetensors"
    save_model(network, replace(description, folds=4, held_out_fold=-1, datasets=(pictures.name,)), file)
    assert main(["evaluate", str(pictures), "--model", str(file)]) == 0
    assert "was trained on 3 of these 3 patients" in capsys.readouterr().err
