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
