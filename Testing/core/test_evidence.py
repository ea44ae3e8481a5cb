import numpy as np
import pytest

from CCFNetCore import anatomy
from CCFNetCore.evidence import CLEAR_LOG_ODDS, OF_NUMBERING, OF_STRUCTURE, weigh
from CCFNetCore.grid import STRIDE
from CCFNetCore.reading import Reading
from CCFNetCore.result import Numbering
from CCFNetCore.spine_path import STEP_DEGREES, STEP_MM

COUNT = anatomy.COUNT


def spine(scale=1.0):
    """Places (plane, row, column) of the mean person's structures."""
    angles = np.radians(STEP_DEGREES)
    steps = scale * STEP_MM[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places = np.cumsum(np.vstack([[30.0, 120.0], steps]), axis=0)
    return np.column_stack([np.zeros(COUNT), places])


def reading(places=None, present=None):
    places = spine() if places is None else places
    present = np.full(COUNT, True) if present is None else present
    return Reading(places, np.full(COUNT, 0.8), np.zeros(COUNT), present)


def evidence(readings=None, merged=None, heat_maps=None, support=None, second=None, lower=None):
    merged = reading() if merged is None else merged
    heat_maps = np.zeros((COUNT, 20, 20)) if heat_maps is None else heat_maps
    support = 0.8 * np.eye(COUNT) if support is None else support
    return weigh([merged] if readings is None else readings, heat_maps, support, merged, second, lower)


def of_structure(e, name, what):
    return e.structures[anatomy.index_of(name), OF_STRUCTURE.index(what)]


def of_numbering(e, what):
    return e.numbering[OF_NUMBERING.index(what)]


def test_nothing_is_unusual_in_the_mean_person():
    e = evidence()
    np.testing.assert_allclose(e.structures[:, 1:3], np.tile([1.0, 0.0], (COUNT, 1)))
    assert of_numbering(e, "mean heat") == pytest.approx(0.8)
    assert of_numbering(e, "worst step") == pytest.approx(0, abs=1e-6)
    assert of_numbering(e, "turn of the lowest step") == pytest.approx(0, abs=1e-6)


def test_a_larger_person_is_not_unusual():
    assert of_numbering(evidence(merged=reading(spine(1.3))), "worst step") == pytest.approx(0, abs=1e-6)


def test_a_skipped_level_makes_a_step_that_is_too_long_above_and_below():
    places = spine()
    places[:4, 1] -= 18
    e = evidence(merged=reading(places))
    assert of_structure(e, "L2-L3", "step above") == of_structure(e, "L2", "step below") > 0.5
    assert of_numbering(e, "worst step") > 0.5
    assert of_structure(e, "T12-L1", "worst step below") > 0.5
    assert of_structure(e, "L3", "worst step below") < 0.2


def test_scales_that_put_a_structure_elsewhere_do_not_agree():
    other = spine()
    other[5, 1] += 20
    e = evidence(readings=[reading(), reading(other)])
    assert of_structure(e, anatomy.NAMES[5], "agreement") == 0.5
    assert of_structure(e, anatomy.NAMES[5], "spread") == pytest.approx(10 / 30)
    assert of_structure(e, anatomy.NAMES[4], "agreement") == 1.0


def test_another_name_at_the_same_place_is_a_rival_if_it_is_of_the_kind():
    support = 0.8 * np.eye(COUNT)
    support[4, 6], support[4, 5] = 0.3, 0.6
    assert of_structure(evidence(support=support), anatomy.NAMES[4], "rival") == pytest.approx(0.3)


def test_heat_of_the_name_elsewhere_counts_unless_it_is_near():
    row, column = (spine()[3, 1:] // STRIDE).astype(int)
    heat = np.zeros((COUNT, 20, 20))
    heat[3, row, column], heat[3, row + 5, column] = 0.9, 0.4
    assert of_structure(evidence(heat_maps=heat), anatomy.NAMES[3], "elsewhere") == pytest.approx(0.4)


def test_a_lowest_disc_in_the_turn_of_the_sacrum_is_told():
    places = spine()
    places[-1, 2] += 14
    assert of_numbering(evidence(merged=reading(places)), "turn of the lowest step") > 1


def test_the_second_numbering_and_the_lower_discs_count():
    lower = np.array([[2.0, 1.0, -1.0], [0.0, 9.0, 1.0], [0.0, 0.5, 1.0]])
    e = evidence(second=Numbering(1, 0.4), lower=lower)
    assert of_numbering(e, "second numbering") == 0.4
    assert of_numbering(e, "L4-L5 is not L5-S1") == 1.0
    assert of_numbering(e, "L5-S1 is not L4-L5") == CLEAR_LOG_ODDS
    assert of_numbering(e, "S1-S2 is not L5-S1") == 0.5


def test_what_is_outside_has_no_evidence():
    present = np.arange(COUNT) >= 3
    e = evidence(merged=reading(present=present))
    assert np.isnan(e.structures[:3]).all()
    assert not np.isnan(e.structures[3:]).any()


def test_where_nothing_is_there_is_nothing_to_tell():
    e = evidence(merged=reading(present=np.full(COUNT, False)))
    assert np.isnan(e.structures).all()
    assert np.isnan(e.numbering).all()


CLEAR = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]])
UNCLEAR = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 3.5], [0.0, 0.0, 4.0]])


@pytest.mark.parametrize(("lower", "turned_px", "expected"), [(CLEAR, 0, False), (UNCLEAR, 0, True), (CLEAR, 14, True)])
def test_discs_that_are_hardly_apart_or_lie_in_the_sacrum_may_mean_a_transitional_vertebra(lower, turned_px, expected):
    places = spine()
    places[-1, 2] += turned_px
    assert evidence(merged=reading(places), lower=lower).may_be_transitional == expected


def test_without_a_closer_look_at_the_lower_discs_nothing_transitional_is_seen():
    assert not evidence().may_be_transitional
