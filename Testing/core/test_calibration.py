import numpy as np
import pytest

from CCFNetCore import anatomy
from CCFNetCore.calibration import Calibration, calibrate, fit, logits_around

CALIBRATION = Calibration(own=1.0, context=0.5, bias=1.0, neighbours=0.25)


def test_without_a_calibration_the_network_is_believed():
    logits = np.array([-2.0, 0.0, 3.0])
    assert calibrate(logits, np.ones((3, 2)), [0, 1, 2], {}) == pytest.approx(1 / (1 + np.exp(-logits)))


def test_each_kind_has_its_own():
    probabilities = calibrate(np.zeros(2), np.full((2, 2), [2.0, 4.0]), [0, 1], {"vertebra": CALIBRATION})
    assert [level.kind for level in anatomy.LEVELS[:2]] == ["disc", "vertebra"]
    assert probabilities == pytest.approx([0.5, 1 / (1 + np.exp(-3.0))])


def test_only_what_is_in_the_picture_counts_around():
    logits, present = np.array([1.0, 3.0, 8.0, np.nan]), np.array([True, True, True, False])
    assert logits_around(logits, present) == pytest.approx(np.array([[4.0, 3.0], [4.0, 4.5], [4.0, 3.0], [4.0, 8.0]]))


def test_the_mean_stands_for_neighbours_that_are_not_there():
    assert logits_around(np.array([1.0, 9.0]), np.array([True, False]))[0].tolist() == [1.0, 1.0]
    assert logits_around(np.array([1.0]), np.array([False])).tolist() == [[0.0, 0.0]]


def test_the_fit_finds_what_the_truth_was_drawn_from():
    generator = np.random.default_rng(0)
    logits, around = generator.normal(0, 2, 20000), generator.normal(0, 2, (20000, 2))
    true = Calibration(own=0.6, context=0.4, bias=1.2, neighbours=-0.2)
    truth = (generator.random(20000) < true.probabilities(logits, around)).astype(float)
    assert fit(logits, around, truth) == pytest.approx(true, abs=0.1)
