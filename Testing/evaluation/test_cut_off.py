from dataclasses import replace

import numpy as np
import pytest

from CCFNetCore.errors import InputError
from CCFNetCore.evaluation.cut_off import measure_cut_off, print_cut_off
from CCFNetCore.evaluation.outcomes import records_of


def test_what_is_cut_off_is_counted_at_both_ends(detector, pictures, capsys):
    above, below = measure_cut_off(detector, records_of(pictures)[:1])
    # Through the n-th vertebra from the end: 1, 3, 5, 7 and 9 structures are gone and the cut one does not count.
    assert (above.missing, below.missing) == (25, 25)
    assert (above.remaining, below.remaining) == (5 * 10 - 25, 5 * 10 - 25)
    assert 0 <= above.outside <= above.missing
    assert above.right <= above.remaining
    print_cut_off([above, below])
    assert "cut off below" in capsys.readouterr().out


def test_where_a_vertebra_is_not_marked_nothing_is_cut(detector, pictures):
    record = records_of(pictures)[0]
    points = record.points.copy()
    points[:2] = np.nan
    above, below = measure_cut_off(detector, [replace(record, points=points, spacing_mm=1.0)])
    # Through the second to fifth from above, and the first to fourth from below; T12-L1 and L1 are not marked.
    assert (above.missing, below.missing) == (1 + 3 + 5 + 7, 1 + 3 + 5 + 7)


@pytest.mark.parametrize("approximate", [slice(None), slice(1)])
def test_pictures_with_approximate_landmarks_do_not_count(approximate, detector, pictures):
    records = records_of(pictures)
    for record in records:
        record.approximate[approximate] = True
    with pytest.raises(InputError, match="exact landmarks"):
        measure_cut_off(detector, records)
