import numpy as np
import pytest

from CCFNetCore import anatomy, numbering
from CCFNetCore.numbering import (
    FOUND_HEAT,
    MOST_SUPPORT,
    close_numbering_warning,
    second_best,
    unsure_numbering_warning,
)
from CCFNetCore.result import Numbering

COUNT = anatomy.COUNT


def straight_spine(step_mm=18.0):
    positions = np.zeros((COUNT, 3))
    positions[:, 2] = -step_mm * np.arange(COUNT)
    return positions


def judge(heat, positions_mm, present, doubts=()):
    """As of a model that does not tell how sure it is."""
    return numbering.judge(heat, positions_mm, present, heat >= FOUND_HEAT, doubts)


def test_what_is_not_sure_is_uncertain_however_hot():
    sure = np.arange(COUNT) != 2
    states, _ = numbering.judge(np.full(COUNT, 0.9), straight_spine(), np.full(COUNT, True), sure)
    assert states == ["found"] * 2 + ["uncertain"] + ["found"] * (COUNT - 3)


@pytest.mark.parametrize("confidence", [None, 0.97, 0.99])
def test_names_that_are_sure_are_not_warned_of(confidence):
    assert unsure_numbering_warning(confidence, Numbering(1, 0.6)) == []


def test_names_that_are_not_sure_are_warned_of_with_the_next_likeliest():
    assert unsure_numbering_warning(0.62, Numbering(-1, 0.3)) == [
        "The names may be wrong (they are 62 % sure); the next likeliest are all names 1 level further up. "
        "Check the numbering."
    ]
    assert unsure_numbering_warning(0.62, None) == ["The names may be wrong (they are 62 % sure). Check the numbering."]
    (transitional,) = unsure_numbering_warning(0.62, Numbering(1, 0.3), may_be_transitional=True)
    assert "there may be a transitional vertebra; the next likeliest are all names 1 level further down" in transitional


def test_a_clear_spine_is_found_without_warnings():
    states, warnings = judge(np.full(COUNT, 0.9), straight_spine(), np.full(COUNT, True))
    assert states == ["found"] * COUNT
    assert warnings == []


def test_weak_peaks_are_uncertain_and_absent_structures_outside():
    heat, present = np.full(COUNT, 0.9), np.full(COUNT, True)
    present[0], heat[1] = False, 0.3
    states, warnings = judge(heat, straight_spine(), present)
    assert states[:3] == ["outside", "uncertain", "found"]
    assert warnings == ["T12-L1: not in the picture.", "L1: uncertain."]


def test_with_a_doubt_nothing_is_found_for_certain():
    states, warnings = judge(np.full(COUNT, 0.9), straight_spine(), np.full(COUNT, True), ["It is no MR picture."])
    assert states == ["uncertain"] * COUNT
    assert warnings[0] == "It is no MR picture."


def test_a_spine_that_is_unclear_as_a_whole_is_doubted():
    heat, present = np.linspace(0.9, 0.3, COUNT), np.full(COUNT, True)
    states, warnings = judge(heat, straight_spine(), present)
    assert states == ["uncertain"] * COUNT
    assert warnings[0].startswith("What was found is unclear as a whole (mean confidence 0.60)")


def test_a_spine_that_is_not_there_is_not_called_unclear():
    _, warnings = judge(np.full(COUNT, 0.1), straight_spine(), np.full(COUNT, False))
    assert [warning.split(": ")[1] for warning in warnings] == ["not in the picture."]


def test_without_the_sacrum_every_name_is_uncertain():
    present = np.full(COUNT, True)
    present[-1] = False
    states, warnings = judge(np.full(COUNT, 0.9), straight_spine(), present)
    assert states == ["uncertain"] * (COUNT - 1) + ["outside"]
    assert "cannot be counted from the sacrum" in warnings[0]


def test_two_names_on_one_place_make_the_weaker_and_all_above_uncertain():
    positions, heat = straight_spine(), np.full(COUNT, 0.9)
    positions[4], heat[4] = positions[3] - [0, 0, 1.0], 0.7
    states, warnings = judge(heat, positions, np.full(COUNT, True))
    assert states == ["uncertain"] * 5 + ["found"] * (COUNT - 5)
    assert "L2 and L2-L3 lie 1 mm apart" in warnings[0]


def test_a_skipped_level_may_lie_twice_as_far():
    present = np.full(COUNT, True)
    present[5] = False
    states, _ = judge(np.full(COUNT, 0.9), straight_spine(), present)
    assert states.count("found") == COUNT - 1


def test_second_best_numbering_is_found_and_warned_of():
    support = np.eye(COUNT) + 0.8 * np.eye(COUNT, k=2)
    second = second_best(support)
    assert second.shift_levels == 1
    assert second.support == pytest.approx(0.8)
    assert "1 level further down would fit nearly as well (80%" in close_numbering_warning(second)[0]


def test_clear_numbering_is_not_warned_of():
    second = second_best(np.eye(COUNT) + 0.1 * np.eye(COUNT, k=-4))
    assert (second.shift_levels, second.support) == (-2, pytest.approx(0.1))
    assert not close_numbering_warning(second)


def test_structures_outside_have_no_say_in_the_second_best_numbering():
    support = np.eye(COUNT) + 0.8 * np.eye(COUNT, k=2)
    support[:5] = np.nan
    support[5:, :] *= 0.5
    assert second_best(support).support == pytest.approx(0.8)


def test_one_point_has_no_second_best_numbering():
    support = np.full((COUNT, COUNT), np.nan)
    support[3] = 1.0
    assert second_best(support) is None


def test_names_without_support_of_their_own_are_told_in_words():
    second = second_best(1e-9 * np.eye(COUNT) + 0.8 * np.eye(COUNT, k=2))
    assert second.support == MOST_SUPPORT
    assert close_numbering_warning(second) == [
        "All names 1 level further down would fit better, for those given have next to no support; check the numbering."
    ]


def test_a_numbering_with_more_support_fits_better():
    (warning,) = close_numbering_warning(second_best(0.5 * np.eye(COUNT) + 0.8 * np.eye(COUNT, k=2)))
    assert "would fit better (160% of the support of those given)" in warning


def test_no_support_at_all_is_no_second_best():
    second = second_best(np.zeros((COUNT, COUNT)))
    assert second.support == 0
    assert not close_numbering_warning(second)
