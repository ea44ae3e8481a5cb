"""What is said of structures in words."""

import pytest
from phantom_result import make_result, with_names

from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.wording import describe, per_cent


def test_a_description_tells_the_confidence_of_the_name_where_there_is_one():
    result = make_result(draw_phantom(7), phantom_volume(7))
    assert describe(result.structures[7]) == "normal, probability 0.12, confidence 0.91, found"
    named = with_names(result).structures[7]
    assert describe(named) == "normal, probability 0.12, confidence 0.91, of the name 0.86, found"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "under 1 %"),
        (0.005, "under 1 %"),
        (0.006, "1 %"),
        (0.734, "73 %"),
        (0.994, "99 %"),
        (0.995, "over 99 %"),
        (1.0, "over 99 %"),
    ],
)
def test_nothing_is_called_as_sure_as_all_or_nothing(share, words):
    assert per_cent(share) == words
