import pytest

from CCFNetCore import anatomy


def test_five_vertebrae_and_six_discs_alternate_head_to_foot():
    assert anatomy.NAMES == ("T12-L1", "L1", "L1-L2", "L2", "L2-L3", "L3", "L3-L4", "L4", "L4-L5", "L5", "L5-S1")
    assert anatomy.indices_of("disc") == [0, 2, 4, 6, 8, 10]
    assert anatomy.indices_of("vertebra") == [1, 3, 5, 7, 9]


def test_unknown_name_is_named():
    with pytest.raises(ValueError, match="L6"):
        anatomy.index_of("L6")
