import numpy as np
import pytest

from CCFNetCore import anatomy
from CCFNetCore.calibration import Calibration, calibrate, fit, mean_logit


def test_without_a_calibration_the_network_is_believed():
    logits = np.array([-2.0, 0.0, 3.0])
    assert calibrate(logits, 1.0, [0, 1, 2], {}) == pytest.approx(1 / (1 + np.exp(-logits)))


def test_each_kind_has_its_own():
    probabilities = calibrate(np.zeros(2), 2.0, [0, 1], {"vertebra": Calibration(1.0, 0.5, 1.0)})
    assert [level.kind for level in anatomy.LEVELS[:2]] == ["disc", "vertebra"]
    assert probabilities == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))])


def test_the_mean_is_that_of_what_is_in_the_picture():
    assert mean_logit(np.array([1.0, 3.0, 99.0]), np.array([True, True, False])) == 2.0
    assert mean_logit(np.array([1.0]), np.array([False])) == 0.0


def test_the_fit_finds_what_the_truth_was_drawn_from():
    generator = np.random.default_rng(0)
    logits, mean = generator.normal(0, 2, (2, 20000))
    true = Calibration(0.6, 0.4, 1.2)
    truth = (generator.random(20000) < true.probabilities(logits, mean)).astype(float)
    assert fit(logits, mean, truth) == pytest.approx(true, abs=0.1)
