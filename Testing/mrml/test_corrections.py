"""What a reader changes in a result; see conftest for the result: T12-L1 is outside."""

from dataclasses import replace

import pytest
from CCFNetSlicerLib import corrections
from phantom_result import with_names

from CCFNetCore import anatomy
from CCFNetCore.result import Numbering


def places(result):
    return {s.name: s.position_lps_mm for s in result.structures}


@pytest.mark.parametrize("levels", [-2, -1, 1, 2])
def test_shift_moves_every_name_and_leaves_the_places(result, levels):
    before, after = places(result), places(corrections.shifted(result, levels))
    for old, new in zip(anatomy.NAMES, anatomy.NAMES[2 * levels :] if levels > 0 else (), strict=False):
        assert after[new] == before[old]
    assert sum(p is not None for p in after.values()) == 11 - 2 * abs(levels) - (levels > 0)


def test_shift_keeps_the_kind_of_every_name(result):
    assert [s.kind for s in corrections.shifted(result, 1).structures] == [level.kind for level in anatomy.LEVELS]


def test_shift_there_and_back_keeps_what_stayed_in_view(result):
    back = places(corrections.shifted(corrections.shifted(result, 1), -1))
    assert {name: back[name] for name in anatomy.NAMES[1:9]} == {n: places(result)[n] for n in anatomy.NAMES[1:9]}


def test_levels_that_a_disc_must_go_to_be_the_last_one(result):
    assert corrections.levels_to_name("L4-L5", "L5-S1") == 1
    assert corrections.levels_to_name("L5-S1", "L3-L4") == -2


def test_vertebra_cannot_get_the_name_of_a_disc():
    with pytest.raises(ValueError, match=r"L4 is a vertebra and cannot be L5-S1\."):
        corrections.levels_to_name("L4", "L5-S1")


def test_removed_structure_is_outside_by_hand(result):
    gone = {s.name: s for s in corrections.removed(result, ["L3"]).structures}["L3"]
    assert (gone.state, gone.position_lps_mm, gone.label, gone.placed_by) == ("outside", None, None, "hand")


def test_new_result_keeps_what_was_placed_by_hand(result):
    by_hand = corrections.removed(result, ["L3"])
    kept = corrections.keep_hand_placed(result, by_hand)
    assert kept == by_hand
    assert corrections.placed_by_hand(kept) == ["L3"]


def test_names_that_a_reader_shifted_have_no_confidence(result):
    after = corrections.shifted(with_names(result), 1)
    assert after.numbering_confidence is None
    assert not after.tells_of_names


def test_removed_structure_has_no_confidence_of_its_name(result):
    after = corrections.removed(with_names(result), ["L3"])
    assert [s.name for s in after.structures if s.name_confidence is None] == ["T12-L1", "L3"]
    assert after.numbering_confidence is not None


def test_new_result_is_not_sure_of_names_that_a_reader_gave(result):
    new = replace(with_names(result), second_numbering=Numbering(1, 0.7))
    kept = corrections.keep_hand_placed(new, corrections.shifted(result, 1))
    assert (kept.numbering_confidence, kept.second_numbering, kept.tells_of_names) == (None, None, False)


def test_new_result_stays_sure_of_its_own_names_beside_one_placed_by_hand(result):
    kept = corrections.keep_hand_placed(with_names(result), corrections.removed(result, ["L3"]))
    assert kept.numbering_confidence == with_names(result).numbering_confidence
