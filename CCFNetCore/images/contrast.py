"""How a series is weighted, from its description or its times."""

import re
import unicodedata
from typing import Literal

Weighting = Literal["T2", "fat-suppressed T2", "T1", "unknown"]

LONG_ECHO_MS = 60.0
"""Spin echo pictures with an echo time from here on are T2-weighted."""

SHORT_ECHO_MS = 30.0
SHORT_REPETITION_MS = (200.0, 1200.0)
"""Spin echo pictures with a shorter echo time and a repetition time between these are T1-weighted.

A longer repetition time makes them proton density, a shorter one has gradient echoes alone. (McRobbie et al., MRI from
Picture to Proton, 3rd edition, 2017, chapter 3.)
"""

_WORD_BEGINS, _WORD_ENDS = r"(?<![a-z0-9])(?:sag|cor|tra|ax|tse|fse)?", r"(?![a-z0-9])"
_SUFFIXES = "(?:w|wi|weighted|tse|fse|frfse|se|tir|tirm|stir|spair|spir|flair|fs|dixon|space|sag|3d|2d)*"
_LEVELS = re.compile(r"(?<![a-z0-9])[ctls]\d{1,2}\s*[-/]\s*[ctls]\d{1,2}(?![a-z0-9])")
_T1, _T2 = (re.compile(f"{_WORD_BEGINS}{weighted}{_SUFFIXES}{_WORD_ENDS}") for weighted in ("t1", "t2"))
_PROTON_DENSITY = re.compile(f"{_WORD_BEGINS}(?:pd|proton.?density){_SUFFIXES}{_WORD_ENDS}")
_FAT_SUPPRESSED = re.compile(r"stir|tirm|spair|fat.?(?:sat|sup)|dixon.?w|water|(?<![a-z])(?:fs|spir)(?![a-z])")
_NO_SPIN_ECHO = re.compile(
    r"t2.?(?:\*|star)|medic|merge|ciss|fiesta|tru.?fi|trufisp|"
    r"(?<![a-z])(?:gre|ffe|swi|dwi|dti|adc|diff|diffusion|trace)(?![a-z])"
)


def weighting(
    words: str,
    echo_time_ms: float | None = None,
    repetition_time_ms: float | None = None,
    inverts: bool = False,
) -> Weighting:
    """Weighting of a series; what its makers call it goes before its times, unless that contradicts itself.

    Parameters
    ----------
    words : str
        Series description, protocol and sequence name, or a file's name. Only whole words count: T12 is a level, and
        levels from T1 to T12 tell no weighting.
    echo_time_ms, repetition_time_ms : float, optional
    inverts : bool
        Whether it has an inversion time.
    """
    words = _LEVELS.sub(" ", unicodedata.normalize("NFKC", words).lower())
    called = [name for name, word in (("T1", _T1), ("T2", _T2), ("PD", _PROTON_DENSITY)) if word.search(words)]
    suppresses_fat = _FAT_SUPPRESSED.search(words) is not None
    if called == ["T1"]:
        return "T1"
    if _NO_SPIN_ECHO.search(words):
        return "unknown"
    timed = _by_times(echo_time_ms, repetition_time_ms)
    if called == ["T2"] or (not called and timed != "T1" and (suppresses_fat or inverts)):
        timed = "T2"
    return "fat-suppressed T2" if timed == "T2" and (suppresses_fat or inverts) else timed


def _by_times(echo_ms: float | None, repetition_ms: float | None) -> Weighting:
    """Of a spin echo series."""
    if echo_ms is None:
        return "unknown"
    if echo_ms >= LONG_ECHO_MS:
        return "T2"
    shortest, longest = SHORT_REPETITION_MS
    is_short = repetition_ms is None or shortest <= repetition_ms < longest
    return "T1" if echo_ms < SHORT_ECHO_MS and is_short else "unknown"
