"""Several contrasts, or several points in time, under one series UID.

Contrasts that must not be taken are displaced, so that a point in them is a wrong one.
"""

import numpy as np

from ..builders.classic import (
    Change,
    also,
    by_uid,
    displaced,
    in_turn,
    ordered,
    pixels,
    shuffled,
    study,
    tags,
)
from ..builders.motion import shift
from ..case import UNMOVED, Case
from ..outcome import Either, Read, Refused

FAT = pixels(lambda values: np.where(values < 40, 0, np.maximum(0, 0.6 * (values.max() - values))))
DARK = pixels(lambda values: 0.3 * values)


def of_type(*words: str) -> Change:
    return tags(ImageType=["ORIGINAL", "PRIMARY", *words])


def dixon(*kinds: str) -> Change:
    """The patient's slices as the first of these, and the others, displaced, beside them."""
    first, *others = kinds
    return in_turn(
        of_type(first, first, "DIXON"), *(also(FAT, of_type(kind, kind, "DIXON"), displaced()) for kind in others)
    )


ONE_OF_THEM = "water|in.?phase|contrast|ImageType|echo|DIXON|magnitude|time"

CASES = (
    Case(
        "dixon-by-image-type",
        study(dixon("W", "F", "OP"), names=by_uid),
        Read(notes=r"water|\bW\b"),
        source="rordenlab/dcm2niix#1022",
    ),
    Case(
        "dixon-without-a-word",
        study(also(FAT, displaced()), names=by_uid),
        Either(Refused("twice|same place|contrast|several|times|each place"), Read(warns="twice|same place|several")),
        source="rordenlab/dcm2niix#170",
    ),
    Case(
        "magnitude-and-phase",
        study(of_type("M", "ND"), also(pixels(lambda v: 4095 - v), of_type("P", "ND"), displaced()), names=by_uid),
        Read(),
        source="rordenlab/dcm2niix#414",
    ),
    Case(
        "two-echoes-by-number",
        study(tags(EchoNumbers=2), also(tags(EchoNumbers=1, EchoTime="12"), DARK, displaced())),
        Read(),
        source="rordenlab/dcm2niix#153",
    ),
    Case(
        "two-echoes-by-time-alone",
        study(also(tags(EchoTime="12"), DARK, displaced()), ordered(shuffled)),
        Read(),
    ),
    Case(
        "two-time-points-by-temporal-position",
        study(
            tags(TemporalPositionIdentifier=1, NumberOfTemporalPositions=2),
            also(tags(TemporalPositionIdentifier=2, NumberOfTemporalPositions=2), displaced(20)),
            names=by_uid,
        ),
        Read(),
        moves=(UNMOVED, shift(0, 0, -20)),
        source="rordenlab/dcm2niix#463",
    ),
)
