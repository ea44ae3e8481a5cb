import pytest

from CCFNetCore.images.contrast import weighting

WORDS = {
    "T1": "t1_tse_sag, T1W_TSE, T1-weighted, t1tse, sag_t1, SAGT1, sub-1_T1w, T1 FLAIR, T1 TSE fs Gd, Ｔ１強調",
    "T2": "Sag T2 TSE, SAG T2, T2W, T2_TSE, t2_frfse, T2WI, T2 Sagittal, T2 SAG T1-T12, T2 C7-T1, T12-L5 T2, part1 T2",
    "fat-suppressed T2": "STIR, t2tirm, T2 FS sag, t2_tse_fs, T2 SPAIR, t2_dixon_W, Dixon water, T2 fat sat, SPIR",
    "unknown": "sagittal, T12, part1, set1, test1, cont1, T11-T12, FRFSE-XL, T2* sag, t2_medic_tra, t2star, ep2d_diff, "
    "DWI, T1 T2, PD, PD T2 dual, respiratory gated",
}


@pytest.mark.parametrize(
    ("words", "expected"), [(words, expected) for expected, several in WORDS.items() for words in several.split(", ")]
)
def test_whole_words_tell(words, expected):
    assert weighting(words) == expected


@pytest.mark.parametrize(
    ("echo_ms", "repetition_ms", "inverts", "expected"),
    [
        (100.0, 3500.0, False, "T2"),
        (100.0, None, False, "T2"),
        (10.0, 600.0, False, "T1"),
        (10.0, None, False, "T1"),
        (12.0, 3000.0, False, "unknown"),  # proton density
        (4.0, 8.0, False, "unknown"),  # gradient echo
        (45.0, 3000.0, True, "fat-suppressed T2"),
        (None, None, True, "fat-suppressed T2"),
        (None, 500.0, False, "unknown"),
    ],
)
@pytest.mark.parametrize("words", ["sagittal", "T12-L1"])
def test_times_tell_where_words_do_not(words, echo_ms, repetition_ms, inverts, expected):
    assert weighting(words, echo_ms, repetition_ms, inverts) == expected


@pytest.mark.parametrize("words", ["T1 T2", "T2 sag, T1 planning", "SAG PD T2"])
def test_times_win_over_words_that_contradict_each_other(words):
    assert weighting(words, 100.0, 3500.0) == "T2"
    assert weighting(words, 12.0, 600.0) == "T1"


def test_words_that_agree_win_over_times():
    assert weighting("t1_tse_sag", 100.0, 3000.0) == "T1"
    assert weighting("t2_tse_sag", 12.0, 600.0) == "T2"


def test_fat_suppression_after_contrast_is_not_taken_for_t2():
    assert weighting("sag fs post gd", 12.0, 600.0) == "T1"
    assert weighting("sag fs", 80.0, 4000.0) == "fat-suppressed T2"
    assert weighting("T1 FLAIR", 24.0, 2200.0, inverts=True) == "T1"
    assert weighting("STIR", 30.0, 4000.0, inverts=True) == "fat-suppressed T2"
