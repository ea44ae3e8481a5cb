from dataclasses import replace

import numpy as np
import pytest
from evaluation.conftest import make_record, make_result, moved

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.evaluation.confidence import Answers, answers_held_out, believed_on_others, fit_confidences
from CCFNetCore.evaluation.measures import (
    area_under_curve,
    calibration_error,
    judged_names,
    judged_numberings,
    judged_places,
)
from CCFNetCore.evidence import OF_NUMBERING, OF_STRUCTURE, Evidence
from CCFNetCore.model_file import find_model, load_model, read_description, save_model
from CCFNetCore.training.data import fold_of

PATIENTS = 300


@pytest.fixture
def answers(outcomes_of):
    """Names are wrong the likelier the less heat there is; some of the right points lie too far off."""
    generator = np.random.default_rng(0)
    records, results, evidence = [], [], []
    for patient in range(PATIENTS):
        heat = generator.uniform(0.3, 1.0)
        is_shifted = generator.random() < 0.9 - heat
        points = moved(34 if is_shifted else 0, 0)
        points[generator.random(anatomy.COUNT) < 0.05] += [7, 0]
        numbering = generator.normal(size=len(OF_NUMBERING)) * 0.1
        numbering[0] = heat
        structures = generator.normal(size=(anatomy.COUNT, len(OF_STRUCTURE))) * 0.1
        structures[:, 0] = heat
        records.append(make_record(str(patient)))
        results.append(make_result(points))
        evidence.append(Evidence(structures, numbering))
    return Answers(outcomes_of(records, results), evidence)


def test_confidences_learned_on_others_hold(answers):
    believed = believed_on_others(answers)
    for said, truth in (judged(believed) for judged in (judged_numberings, judged_names, judged_places)):
        assert 0.02 < (truth == 0).mean() < 0.5
        assert area_under_curve(said, truth) > 0.7
        assert calibration_error(said, truth) < 0.08


def test_where_nothing_was_given_there_is_no_confidence(answers, outcomes_of):
    nothing = make_result(outside=anatomy.NAMES)
    outcome = outcomes_of([make_record("nobody")], [nothing])
    empty = Evidence(np.full((anatomy.COUNT, len(OF_STRUCTURE)), np.nan), np.full(len(OF_NUMBERING), np.nan))
    both = Answers.join([answers, Answers(outcome, [empty])])
    believed = believed_on_others(both)
    assert np.isnan(believed.numbering_confidence[-1])
    assert np.isnan(believed.confidence[-1]).all()
    assert fit_confidences(both) == fit_confidences(answers)


def test_nothing_is_learned_from_names_that_are_all_right(answers):
    right = np.array([(row == np.arange(anatomy.COUNT)).all() for row in answers.outcomes.nearest])
    with pytest.raises(InputError, match="Right and wrong names of whole spines are needed"):
        fit_confidences(answers.of(right))


def test_each_model_reads_whom_it_never_saw(pictures, fold_models, tmp_path):
    """Three phantoms, each by the model of its fold, and once more by one that left their folder out."""
    network, description = load_model(find_model("default"))
    other = tmp_path / "other.safetensors"
    save_model(network, replace(description, folds=4, held_out_fold=-1, datasets=("elsewhere",)), other)
    answers = answers_held_out(fold_models, [str(other)], [pictures])
    patients = [f"{pictures.name} {seed}" for seed in (31, 32, 33)]
    assert sorted(answers.outcomes.patients) == sorted(2 * patients)
    assert len(answers.evidence) == 6
    assert {fold_of(record.patient) for record in answers.outcomes.records[:3]} == {
        read_description(file).held_out_fold for file in map(find_model, fold_models)
    }


def test_a_model_that_does_not_say_whom_it_saw_is_refused(pictures, tmp_path):
    network, description = load_model(find_model("default"))
    silent = tmp_path / "silent.safetensors"
    save_model(network, replace(description, datasets=None), silent)
    with pytest.raises(InputError, match="does not say which patients it never saw"):
        answers_held_out([str(silent)], [], [pictures])


def test_the_command_says_what_is_missing(pictures, fold_models, tmp_path, capsys):
    """On phantoms all names are right."""
    options = ["--data", str(pictures), "--held-out", *fold_models, "--output", str(tmp_path / "out.safetensors")]
    assert main(["fit-confidence", str(find_model("default")), *options]) == 1
    assert "Right and wrong names of whole spines are needed" in capsys.readouterr().err


def test_the_command_writes_a_model_that_tells_how_sure_it_is(answers, monkeypatch, tmp_path, capsys, pictures):
    """Of a thousand pictures no test can wait for: the answers are made up, all that follows is real."""
    monkeypatch.setattr("CCFNetCore.evaluation.confidence.answers_held_out", lambda *_: answers)
    output = tmp_path / "sure.safetensors"
    options = ["--data", str(pictures), "--held-out", "any", "--output", str(output)]
    assert main(["fit-confidence", str(find_model("default")), *options]) == 0
    printed = capsys.readouterr().out
    assert "places" in printed
    assert "calibration error" in printed
    description = read_description(output)
    held_out = [fold_of(str(p), description.folds) == description.held_out_fold for p in range(PATIENTS)]
    assert f"{PATIENTS - sum(held_out)} answers" in printed
    assert description.confidences == fit_confidences(answers.of(~np.array(held_out)))
