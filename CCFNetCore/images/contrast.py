"""How a series is weighted, from its description or its echo time."""

import re
from typing import Literal

Weighting = Literal["T2", "fat-suppressed T2", "T1", "unknown"]

LONG_ECHO_MS = 60.0
"""Spin echo pictures with an echo time from here on are T2-weighted."""

_FAT_SUPPRESSED = re.compile(r"stir|tirm|spair|fat.?sat|(?<![a-z])fs(?![a-z])|dixon.?w|spir")


def weighting(words: str, echo_time_ms: float | None = None, inverts: bool = False) -> Weighting:
    """Weighting of a series; what its makers call it goes before its echo time.

    Parameters
    ----------
    words : str
        Series description, protocol and sequence name, or a file's name.
    echo_time_ms : float, optional
    inverts : bool
        Whether it has an inversion time.
    """
    words = words.lower()
    if "t1" in words:
        return "T1"
    if inverts or _FAT_SUPPRESSED.search(words):
        return "fat-suppressed T2"
    if "t2" in words:
        return "T2"
    if echo_time_ms is None:
        return "unknown"
    return "T2" if echo_time_ms >= LONG_ECHO_MS else "T1"
