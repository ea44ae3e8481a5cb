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
    without,
)
from ..builders.motion import shift
from ..case import UNMOVED, Case
from ..outcome import Either, Read, Refused

FAT = pixels(lambda values: np.where(values < 40, 0, np.maximum(0, 0.6 * (values.max() - values))))
INVERSE = pixels(lambda values: 4095 - values)
DARK = pixels(lambda values: 0.3 * values)


# The second time point's patient has moved: either of the two is right, but no mixture.
EITHER_TIME = Read()
LATER = (UNMOVED, shift(0, 0, -20))


def of_type(*words: str) -> Change:
    return tags(ImageType=["ORIGINAL", "PRIMARY", *words])


def dixon(*kinds: str) -> Change:
    """The patient's slices as the first of these, and the others, displaced, beside them."""
    first, *others = kinds
    return in_turn(
        of_type(first, first, "DIXON"), *(also(FAT, of_type(kind, kind, "DIXON"), displaced()) for kind in others)
    )


SAID_TWICE = "twice|same place|contrast|several|times|each place|more than one"

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
        Either(Refused(SAID_TWICE), Read(warns=SAID_TWICE)),
        source="rordenlab/dcm2niix#170",
    ),
    Case(
        "magnitude-and-phase",
        study(of_type("M", "ND"), also(INVERSE, of_type("P", "ND"), displaced()), names=by_uid),
        Read(),
        source="rordenlab/dcm2niix#414",
    ),
    Case(
        "two-echoes-by-number",
        study(tags(EchoNumbers=2), also(tags(EchoNumbers=1, EchoTime="12"), DARK, displaced())),
        Read(),
    ),
    Case("two-echoes-by-time-alone", study(also(tags(EchoTime="12"), DARK, displaced()), ordered(shuffled)), Read()),
    Case(
        "two-time-points-by-temporal-position",
        study(
            tags(TemporalPositionIdentifier=1, NumberOfTemporalPositions=2),
            also(tags(TemporalPositionIdentifier=2, NumberOfTemporalPositions=2), displaced(20)),
            names=by_uid,
        ),
        EITHER_TIME,
        moves=LATER,
        source="rordenlab/dcm2niix#463",
    ),
    Case(
        "dixon-in-words",
        study(dixon("WATER", "FAT"), ordered(shuffled)),
        Read(notes="water"),
        source="horosproject/horos#184",
    ),
    Case("dixon-of-general-electric", study(dixon("WATER", "FAT", "OUT_PHASE"), names=by_uid), Read(notes="water")),
    Case(
        "dixon-in-phase-alone-beside-opposed",
        study(dixon("IP", "OP"), names=by_uid),
        Read(),
        source="rordenlab/dcm2niix#170",
    ),
    Case(
        "dixon-told-by-description-alone",
        study(
            tags(SeriesDescription="t2_tse_dixon_sag_W"),
            also(tags(SeriesDescription="t2_tse_dixon_sag_F"), FAT, displaced()),
            names=by_uid,
        ),
        Either(Read(), Refused(SAID_TWICE)),
    ),
    Case(
        "dixon-told-by-scanner-options-alone",
        study(
            tags(ScanOptions=["SAT1"], ScanningSequence="SE"),
            also(tags(ScanOptions=["FS"], SequenceName="fl2d1"), FAT, displaced()),
            names=by_uid,
        ),
        Either(Read(), Refused(SAID_TWICE)),
    ),
    Case(
        "real-and-imaginary-beside-magnitude",
        study(
            of_type("M", "FFE"),
            also(INVERSE, of_type("R", "FFE"), displaced()),
            also(DARK, of_type("I", "FFE"), displaced(-25)),
            names=by_uid,
        ),
        Read(),
        source="MRtrix3/mrtrix3#1056",
    ),
    Case(
        "phase-by-complex-image-component",
        study(
            tags(ComplexImageComponent="MAGNITUDE"),
            also(INVERSE, tags(ComplexImageComponent="PHASE"), displaced()),
            ordered(shuffled),
        ),
        Read(),
        source="rordenlab/dcm2niix#414",
    ),
    Case(
        "two-inversion-times",
        study(also(tags(InversionTime="150"), FAT, displaced()), ordered(shuffled)),
        Read(),
    ),
    Case(
        "two-b-values",
        study(tags(DiffusionBValue=0.0), also(tags(DiffusionBValue=800.0), DARK, displaced()), ordered(shuffled)),
        Read(),
        source="rordenlab/dcm2niix#809",
    ),
    Case(
        "two-flip-angles-of-t1-maps",
        study(tags(FlipAngle="90"), also(tags(FlipAngle="15", RepetitionTime="15"), DARK, displaced())),
        Read(),
    ),
    Case(
        "three-echoes-numbered-alike",
        study(
            tags(EchoNumbers=1),
            also(tags(EchoNumbers=1, EchoTime="12"), DARK, displaced()),
            also(tags(EchoNumbers=1, EchoTime="50"), DARK, displaced(-25)),
            names=by_uid,
        ),
        Read(),
    ),
    Case(
        "two-time-points-by-acquisition-number",
        study(
            tags(AcquisitionNumber=1, AcquisitionTime="120000"),
            also(tags(AcquisitionNumber=2, AcquisitionTime="120500"), displaced(20)),
            names=by_uid,
        ),
        Either(EITHER_TIME, Refused(SAID_TWICE)),
        moves=LATER,
        source="Project-MONAI/monai-deploy-app-sdk#532",
    ),
    Case(
        "two-time-points-by-time-alone",
        study(
            tags(AcquisitionTime=lambda n: f"1200{n:02d}"),
            also(tags(AcquisitionTime=lambda n: f"1205{n:02d}"), displaced(20)),
            names=by_uid,
        ),
        Either(EITHER_TIME, Refused(SAID_TWICE)),
        moves=LATER,
    ),
    Case(
        "two-time-points-numbered-through",
        study(
            tags(InstanceNumber=lambda n: 2 * n + 1),
            also(tags(InstanceNumber=lambda n: 2 * n + 2), displaced(20)),
            ordered(shuffled),
        ),
        Either(EITHER_TIME, Refused(SAID_TWICE)),
        moves=LATER,
    ),
    Case(
        "half-of-a-second-time-point",
        study(
            tags(TemporalPositionIdentifier=1),
            also(tags(TemporalPositionIdentifier=2), displaced(20), without(*range(7, 13))),
            names=by_uid,
        ),
        Read(),
        source="rordenlab/dcm2niix#463",
    ),
    Case(
        "contrast-tag-on-some-slices-alone",
        study(tags(ImageType=lambda n: ["ORIGINAL", "PRIMARY", *(["M"] if n % 2 else [])])),
        Read(),
        source="rordenlab/dcm2niix#463",
    ),
    Case(
        "image-type-derived-on-some-slices",
        study(tags(ImageType=lambda n: [("ORIGINAL", "DERIVED")[n % 2], "PRIMARY"])),
        Read(),
    ),
)
