"""Cross validation: each model on the patients it never saw."""

from dataclasses import replace

import pytest

from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.evaluation.held_out import collect_held_out, learned_from
from CCFNetCore.model_file import find_model, load_model, save_model
from CCFNetCore.training.data import fold_of, read_landmarks


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
