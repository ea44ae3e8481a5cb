"""What a reader changes in a result; see conftest for the result: T12-L1 is outside."""

import pytest
from CCFNetSlicerLib import corrections

from CCFNetCore import anatomy


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
