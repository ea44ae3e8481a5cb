import numpy as np
import pytest
from evaluation.conftest import make_record, make_result

from CCFNetCore import anatomy, load_detector
from CCFNetCore.cli import main
from CCFNetCore.evaluation.calibrate import calibrated_on_others, fit_calibrations
from CCFNetCore.evaluation.measures import calibration_error, readings
from CCFNetCore.model_file import find_model, load_model


def test_an_overconfident_reader_is_calmed(outcomes_of):
    generator = np.random.default_rng(0)
    records, results = [], []
    for patient in range(200):
        logits = generator.normal(0, 1, anatomy.COUNT)
        abnormal = generator.random(anatomy.COUNT) < 1 / (1 + np.exp(-logits))
        records.append(make_record(str(patient), abnormal=abnormal))
        results.append(make_result(probability=1 / (1 + np.exp(-3 * logits))))
    outcomes = outcomes_of(records, results)
    assert calibration_error(*readings(outcomes, "disc")) > 0.1
    for calibration in fit_calibrations(outcomes).values():
        assert calibration.own == pytest.approx(1 / 3, abs=0.08)


def test_a_kind_of_which_all_are_abnormal_is_not_calibrated(outcomes_of):
    abnormal = [level.kind == "vertebra" or k % 4 < 2 for k, level in enumerate(anatomy.LEVELS)]
    outcomes = outcomes_of([make_record(abnormal=abnormal)], [make_result()])
    assert set(fit_calibrations(outcomes)) == {"disc"}


def test_a_patient_without_others_stays_uncalibrated(outcomes_of):
    outcomes = outcomes_of([make_record()], [make_result()])
    np.testing.assert_array_equal(calibrated_on_others(outcomes).probability, outcomes.probability)


def test_the_command_writes_a_calibrated_model(pictures, fold_models, tmp_path, capsys):
    output = tmp_path / "calibrated.safetensors"
    models = ["--held-out", *fold_models]
    assert (
        main(["calibrate", str(find_model("default")), "--data", str(pictures), *models, "--output", str(output)]) == 0
    )
    assert "log-odds" in capsys.readouterr().out
    _, description = load_model(output)
    assert set(description.calibrations) == {"disc", "vertebra"}
    detector = load_detector(output, "cpu")
    assert detector.calibrations == description.calibrations
    assert detector.readers, "the model's reader is kept"
