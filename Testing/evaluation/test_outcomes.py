import numpy as np
import pytest
from evaluation.conftest import LANDMARKS, make_record, make_result, moved

from CCFNetCore import anatomy
from CCFNetCore.detector import NOT_READ_IN_T1
from CCFNetCore.evaluation.outcomes import Outcomes, by_folder, collect, records_of


def test_errors_are_in_millimetres(outcomes_of):
    record = make_record()
    outcomes = outcomes_of([record], [make_result(moved(3.0, 4.0))])
    assert outcomes.error_mm == pytest.approx(np.full((1, anatomy.COUNT), 5 * record.pixel_mm))


def test_structures_outside_have_no_error_and_no_reading(outcomes_of):
    outcomes = outcomes_of([make_record()], [make_result(outside=["L3"])])
    index = anatomy.index_of("L3")
    assert np.isnan([outcomes.error_mm[0, index], outcomes.probability[0, index], outcomes.confidence[0, index]]).all()
    assert outcomes.state[0, index] == "outside"
    assert outcomes.nearest[0, index] == -1


def test_that_vertebrae_in_t1_are_not_read_is_no_warning_of_names(outcomes_of):
    said = [[], [NOT_READ_IN_T1], [NOT_READ_IN_T1, "The names may be wrong."]]
    outcomes = outcomes_of([make_record()] * 3, [make_result(warnings=warnings) for warnings in said])
    assert outcomes.warned.tolist() == [False, False, True]


def test_unmarked_structures_are_not_counted(outcomes_of):
    points = LANDMARKS.copy()
    points[0] = np.nan
    outcomes = outcomes_of([make_record(points=points)], [make_result()])
    assert not outcomes.marked[0, 0]
    assert np.isnan(outcomes.error_mm[0, 0])


def test_the_nearest_structure_is_one_of_the_same_kind(outcomes_of):
    one_further = np.roll(LANDMARKS, -1, axis=0)
    outcomes = outcomes_of([make_record()], [make_result(one_further)])
    assert (outcomes.nearest[0, 1:] == -1).all()


def test_rows_can_be_chosen_and_joined(outcomes_of):
    outcomes = outcomes_of([make_record("a"), make_record("b")], [make_result(), make_result()])
    joined = Outcomes.join([outcomes.of(np.array([1])), outcomes.of(np.array([0]))])
    assert joined.patients.tolist() == ["b", "a"]
    assert joined.error_mm.shape == (2, anatomy.COUNT)


def test_results_of_a_folder_count_as_the_detectors_do(detector, pictures, tmp_path):
    records = records_of(pictures)
    for record in records:
        detector.detect(record.image).write(tmp_path / f"{record.image.stem}.json")
    outcomes = collect(records, by_folder(tmp_path))
    assert np.nanmedian(outcomes.error_mm) < 3


def test_a_missing_result_is_named(pictures, tmp_path):
    with pytest.raises(ValueError, match=r"31\.json"):
        collect(records_of(pictures), by_folder(tmp_path))


def test_an_empty_fold_is_named(pictures):
    with pytest.raises(ValueError, match="no patient in fold 7 of 4"):
        records_of(pictures, fold=7)
