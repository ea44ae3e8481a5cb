import pytest

from CCFNetCore.images.contrast import weighting


@pytest.mark.parametrize(
    ("words", "echo_time_ms", "inverts", "expected"),
    [
        ("Sag T2 TSE", None, False, "T2"),
        ("t1_tse_sag", 100.0, False, "T1"),
        ("T1 FLAIR sag", None, True, "T1"),
        ("Sag STIR", 60.0, False, "fat-suppressed T2"),
        ("T2 FS sag", None, False, "fat-suppressed T2"),
        ("sagittal", None, True, "fat-suppressed T2"),
        ("sagittal", 100.0, False, "T2"),
        ("sagittal", 10.0, False, "T1"),
        ("sagittal", None, False, "unknown"),
    ],
)
def test_words_go_before_echo_time(words, echo_time_ms, inverts, expected):
    assert weighting(words, echo_time_ms, inverts) == expected
