import numpy as np
import pytest
from evaluation.conftest import LANDMARKS, make_record, make_result, moved, with_first
from sklearn.metrics import roc_auc_score

from CCFNetCore import anatomy
from CCFNetCore.evaluation.measures import (
    area_under_curve,
    calibration_error,
    is_silent,
    measure,
    reliability,
    risk_coverage,
    score_gain,
    with_intervals,
)

ONE_LEVEL = 34.0


def test_points_on_their_landmarks_are_all_right(outcomes_of):
    measures = measure(outcomes_of([make_record()], [make_result()]))
    assert [kind.recall.value for kind in measures.kinds] == [1.0, 1.0]
    assert [kind.count for kind in measures.kinds] == [6, 5]
    assert measures.all_right.value == 1.0
    assert measures.shifted == ()
    assert measures.confusion["found"] == {"right": 11, "wrong": 0, "not marked": 0}


def test_a_structure_reported_as_outside_is_missed(outcomes_of):
    measures = measure(outcomes_of([make_record()], [make_result(outside=["L3"])]))
    assert measures.kinds[1].recall.value == pytest.approx(4 / 5)
    assert measures.all_right.value == 0.0
    assert measures.confusion["outside"]["wrong"] == 1


def test_structures_that_are_not_marked_do_not_spoil_a_picture(outcomes_of):
    points = LANDMARKS.copy()
    points[0] = np.nan
    measures = measure(outcomes_of([make_record(points=points)], [make_result(outside=["T12-L1"])]))
    assert measures.all_right.value == 1.0
    assert measures.confusion["outside"] == {"right": 0, "wrong": 0, "not marked": 1}


@pytest.mark.parametrize("warnings", [[], ["Check the numbering."]])
def test_shifted_names_are_told_with_or_without_warning(warnings, outcomes_of):
    shifted = make_result(moved(ONE_LEVEL, 0.0), warnings=warnings)
    measures = measure(outcomes_of([make_record("a"), make_record("b")], [shifted, make_result()]))
    assert measures.shifted == ("a",)
    assert measures.shifted_unwarned == (() if warnings else ("a",))
    assert measures.kinds[0].named.value == 0.5


def test_approximate_landmarks_count_for_names_alone(outcomes_of):
    measures = measure(outcomes_of([make_record(approximate=True)], [make_result(moved(8.0, 0.0))]))
    assert measures.kinds[0].named.value == 1.0
    assert np.isnan(measures.kinds[0].recall.value)


def test_one_approximate_landmark_counts_for_its_name_alone(outcomes_of):
    is_first = np.arange(anatomy.COUNT) == 0
    result = make_result(LANDMARKS + np.where(is_first[:, None], [8.0, 0.0], 0.0))
    measures = measure(outcomes_of([make_record(approximate=is_first)], [result]))
    assert [kind.recall.value for kind in measures.kinds] == [1.0, 1.0]
    assert measures.all_right.value == 1.0
    assert measures.confusion["found"] == {"right": anatomy.COUNT - 1, "wrong": 0, "not marked": 0}
    assert measures.kinds[0].named.value == 1.0


def test_score_is_mean_recall_times_mean_area(outcomes_of):
    record = make_record()
    measures = measure(outcomes_of([record], [make_result(probability=0.1 + 0.8 * record.abnormal)]))
    assert measures.score.value == 1.0
    half = measure(outcomes_of([record], [make_result(probability=np.full(anatomy.COUNT, 0.5))]))
    assert half.score.value == 0.5


def test_confidence_is_held_against_the_points_within_6_mm(outcomes_of):
    records = [make_record(name) for name in "abcd"]
    results = [make_result()] * 3 + [make_result(moved(8.0, 0.0))]
    outcomes = outcomes_of(records, results)
    said = outcomes.confidence[0, 0]
    assert measure(outcomes).kinds[0].confidence_error == pytest.approx(abs(said - 0.75))


def test_confidences_of_names_are_held_against_the_names(outcomes_of):
    told = {"name_confidence": 0.9, "numbering": 0.8}
    results = [make_result(moved(8.0, 0.0), **told)] * 3 + [make_result(moved(ONE_LEVEL, 0.0), **told)]
    measures = measure(outcomes_of([make_record(name) for name in "abcd"], results))
    assert [kind.name_error for kind in measures.kinds] == pytest.approx([0.9 - 0.75] * 2)
    assert measures.numbering_error == pytest.approx(0.8 - 0.75)


def test_approximate_landmarks_count_for_the_confidences_of_names_alone(outcomes_of):
    measures = measure(outcomes_of([make_record(approximate=True)], [make_result(name_confidence=0.9, numbering=0.8)]))
    assert measures.kinds[0].name_error == pytest.approx(0.1)
    assert measures.numbering_error == pytest.approx(0.2)
    assert np.isnan(measures.kinds[0].confidence_error)


def test_a_model_that_does_not_tell_of_names_has_no_error_of_them(outcomes_of):
    measures = measure(outcomes_of([make_record()], [make_result()]))
    assert np.isnan([measures.kinds[0].name_error, measures.kinds[1].name_error, measures.numbering_error]).all()


@pytest.mark.parametrize(
    ("numbering", "first_name", "doubted"), [(0.98, 0.95, 0), (0.96, 0.95, 1), (0.98, 0.89, 1), (0.97, 0.9, 0)]
)
def test_names_are_doubted_where_one_or_all_are_less_than_sure(numbering, first_name, doubted, outcomes_of):
    result = make_result(name_confidence=0.95, numbering=numbering)
    measures = measure(outcomes_of([make_record()], [with_first(result, name_confidence=first_name)]))
    assert measures.right_doubted.value == doubted


def test_a_place_that_is_uncertain_is_no_doubt_of_the_names(outcomes_of):
    sure = make_result(name_confidence=0.95, numbering=0.98, warnings=["Vertebrae are not read."])
    measures = measure(outcomes_of([make_record()], [with_first(sure, state="uncertain")]))
    assert measures.doubts["right"] == {"doubted": 0, "not doubted": 1}


@pytest.mark.parametrize(
    ("warnings", "state", "doubted"), [((), "found", 0), (("Look.",), "found", 1), ((), "uncertain", 1)]
)
def test_without_confidences_whatever_is_said_is_a_doubt(warnings, state, doubted, outcomes_of):
    result = with_first(make_result(warnings=warnings), state=state)
    assert measure(outcomes_of([make_record()], [result])).right_doubted.value == doubted


def test_doubts_of_wrong_and_of_right_names_are_counted_apart(outcomes_of):
    sure, unsure = ({"name_confidence": 0.95, "numbering": numbering} for numbering in (0.98, 0.5))
    wrong = [make_result(moved(ONE_LEVEL, 0.0), **told) for told in (sure, unsure, unsure)]
    right = [make_result(**told) for told in (sure, sure, sure, unsure)]
    measures = measure(outcomes_of([make_record(name) for name in "abcdefg"], wrong + right))
    assert measures.doubts == {
        "wrong": {"doubted": 2, "not doubted": 1},
        "right": {"doubted": 1, "not doubted": 3},
    }
    assert measures.wrong_doubted.value == pytest.approx(2 / 3)
    assert measures.wrong_doubted.low < 2 / 3 < measures.wrong_doubted.high
    assert measures.right_doubted.value == 0.25


def test_a_picture_whose_names_cannot_be_told_is_not_counted(outcomes_of):
    nothing = make_record(points=np.full((anatomy.COUNT, 2), np.nan), spacing_mm=1.0)
    measures = measure(outcomes_of([nothing], [make_result(numbering=0.5)]))
    assert np.isnan([measures.wrong_doubted.value, measures.right_doubted.value, measures.numbering_error]).all()


def test_doubted_names_are_not_silent(outcomes_of):
    results = [make_result(name_confidence=0.95, numbering=numbering) for numbering in (0.98, 0.5)]
    assert is_silent(outcomes_of([make_record("a"), make_record("b")], results)).tolist() == [True, False]


def test_gain_is_drawn_in_pairs(outcomes_of):
    records = [make_record(name) for name in "abcd"]
    probability = 0.1 + 0.8 * records[0].abnormal
    perfect = [make_result(probability=probability)] * 4
    three_right = outcomes_of(records, [*perfect[:3], make_result(moved(8.0, 0.0), probability=probability)])
    same = score_gain(three_right, three_right)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    gain = score_gain(three_right, outcomes_of(records, perfect))
    assert (gain.value, gain.low) == (pytest.approx(0.25), 0.0)


def test_a_gain_counts_exact_landmarks_as_the_score_does(outcomes_of):
    records = [make_record(str(n), approximate=n > 0) for n in range(2)]
    probability = 0.1 + 0.8 * records[0].abnormal
    right, wrong = (make_result(points, probability) for points in (LANDMARKS, moved(8.0, 0.0)))
    gain = score_gain(outcomes_of(records, [right, wrong]), outcomes_of(records, [right, right]))
    assert gain.value == 0.0


def test_area_under_the_curve_is_scikit_learns():
    generator = np.random.default_rng(0)
    truth, p = generator.integers(0, 2, 200), generator.random(200).round(2)
    assert area_under_curve(p, truth) == pytest.approx(roc_auc_score(truth, p))
    assert np.isnan(area_under_curve(p, np.ones(200)))


def test_calibration_error_of_an_honest_and_of_an_overconfident_reader():
    truth = np.array([1.0] * 8 + [0.0] * 2)
    assert calibration_error(np.full(10, 0.8), truth) == pytest.approx(0.0)
    assert calibration_error(np.full(10, 1.0), truth) == pytest.approx(0.2)


def test_bins_may_have_any_edges():
    p, truth = np.array([0.1, 0.6, 0.9, 0.96, 1.0]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    said, seen, count = reliability(p, truth, np.array([0, 0.5, 0.55, 0.9, 1]))
    assert count.tolist() == [1, 0, 1, 3]
    assert np.isnan([said[1], seen[1]]).all()
    assert (said[3], seen[3]) == (pytest.approx((0.9 + 0.96 + 1.0) / 3), pytest.approx(2 / 3))


def test_risk_is_the_share_of_wrong_ones_among_the_surest():
    coverage, risk = risk_coverage(np.array([0.6, 0.9, 0.8, 0.7]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == [0.0, 0.0, 0.0, 0.25]


def test_what_is_equally_sure_is_covered_together():
    coverage, risk = risk_coverage(np.array([0.5, 0.9, 0.9, 0.9]), np.array([1.0, 0.0, 1.0, 1.0]))
    assert coverage.tolist() == [0.75, 1.0]
    assert risk.tolist() == [pytest.approx(1 / 3), 0.25]


def test_intervals_come_from_patients_not_from_pictures(outcomes_of):
    good, bad = make_result(), make_result(moved(0.0, 50.0))
    many = [make_record(str(n)) for n in range(40)]
    one_each = outcomes_of(many, [good] * 20 + [bad] * 20)
    two_patients = outcomes_of([make_record("good" if n < 20 else "bad") for n in range(40)], [good] * 20 + [bad] * 20)
    share = {"share": lambda outcomes: float((outcomes.error_mm < 6).mean())}
    narrow, wide = (with_intervals(o, share)["share"] for o in (one_each, two_patients))
    assert narrow.value == wide.value == 0.5
    assert (wide.low, wide.high) == (0.0, 1.0)
    assert 0.3 < narrow.low < 0.45 < 0.55 < narrow.high < 0.7
