"""Enhanced MR: frames in any order, of several planes, stacks, contrasts and files."""

from pydicom import Dataset

from ..builders.classic import (
    ABSENT,
    Change,
    also,
    backwards,
    displaced,
    each,
    in_plane,
    in_turn,
    odd_then_even,
    ordered,
    shuffled,
    study,
    tags,
    without,
)
from ..builders.enhanced import frame_type, item, one_file, one_file_each, rescaled, stack_by_plane, temporal_position
from ..builders.motion import shift, turn
from ..case import UNMOVED, Case
from ..outcome import Either, Read, Refused
from .contrasts import DARK, dixon
from .geometry import OBLIQUE, leaning, turned
from .values import scaled_by_slice


def planes(*names: str) -> Change:
    """The patient's slices, and some in other planes behind them in the same file."""
    return in_turn(*(also(in_plane(name), without(*range(5, 13))) for name in names))


def no_orientation(frame: Dataset, image: Dataset, n: int) -> None:
    del frame.PlaneOrientationSequence


def no_position(frame: Dataset, image: Dataset, n: int) -> None:
    del frame.PlanePositionSequence


def no_stack(frame: Dataset, image: Dataset, n: int) -> None:
    """Nothing says which stack a frame belongs to, or where in it it stands."""
    frame.FrameContentSequence = item(FrameAcquisitionNumber=1)


def stack_of_its_own(frame: Dataset, image: Dataset, n: int) -> None:
    """Wrong position numbers, which only the place of each frame sets right."""
    frame.FrameContentSequence[0].InStackPositionNumber = 1


def beside_classic(change: Change) -> Change:
    """The classic images, and what is made of them, in one folder."""
    return lambda images: [*images, *change(images)]


CASES = (
    Case("enhanced-in-order", study(one_file()), Read(), source="Slicer/Slicer#6773"),
    Case("enhanced-odd-then-even", study(ordered(odd_then_even), one_file()), Read(), source="rordenlab/dcm2niix#839"),
    Case(
        "enhanced-sagittal-axial-coronal",
        study(planes("axial", "coronal"), one_file()),
        Read(),
        source="rordenlab/dcm2niix#170",
    ),
    Case("enhanced-one-frame-a-file", study(one_file_each()), Read(), source="rordenlab/dcm2niix#845"),
    Case("enhanced-dixon", study(dixon("W", "F"), one_file(frame_type)), Read(), source="rordenlab/dcm2niix#1022"),
    Case("enhanced-oblique", study(turned(OBLIQUE), ordered(shuffled), one_file()), Read(), moves=(OBLIQUE,)),
    Case("enhanced-backwards", study(ordered(backwards), one_file()), Read(), source="rordenlab/dcm2niix#809"),
    Case("enhanced-shuffled", study(ordered(shuffled), one_file()), Read(), source="rordenlab/dcm2niix#809"),
    Case("enhanced-all-shared", study(one_file(shared=("measures", "orientation"))), Read()),
    Case("enhanced-nothing-shared", study(one_file(shared=())), Read(), source="rordenlab/dcm2niix#372"),
    Case(
        "enhanced-rescale-by-frame",
        study(scaled_by_slice, one_file(rescaled)),
        Read(),
        source="rordenlab/dcm2niix#363",
    ),
    Case("enhanced-leaning", study(leaning(3.0), one_file()), Read(), source="rordenlab/dcm2niix#253"),
    Case(
        "enhanced-two-echoes",
        study(also(tags(EchoTime="12"), DARK, displaced()), one_file()),
        Read(),
        source="rordenlab/dcm2niix#1009",
    ),
    Case(
        "enhanced-two-echoes-interleaved",
        study(also(tags(EchoTime="12"), DARK, displaced()), ordered(shuffled), one_file()),
        Read(),
    ),
    Case(
        "enhanced-two-time-points",
        study(
            tags(TemporalPositionIdentifier=1),
            also(tags(TemporalPositionIdentifier=2), displaced(20)),
            one_file(temporal_position),
        ),
        Read(),
        moves=(UNMOVED, shift(0, 0, -20)),
        source="rordenlab/dcm2niix#809",
    ),
    Case(
        "enhanced-stacks-by-id",
        study(planes("coronal"), ordered(shuffled), one_file(stack_by_plane)),
        Read(),
        source="rordenlab/dcm2niix#1009",
    ),
    Case("enhanced-wrong-position-numbers", study(ordered(shuffled), one_file(stack_of_its_own)), Read()),
    Case(
        "enhanced-no-orientation",
        study(one_file(no_orientation)),
        Refused("orientation|plane|where|lie"),
        source="rordenlab/dcm2niix#372",
    ),
    Case(
        "enhanced-no-position",
        study(one_file(no_position)),
        Refused("position|place|where|lie"),
        source="rordenlab/dcm2niix#236",
    ),
    Case(
        "enhanced-no-pixel-size",
        study(tags(PixelSpacing=None), one_file(shared=())),
        Either(Refused("pixel|spacing|millimet"), Read(warns="pixel|spacing|millimet", millimetres=False)),
        source="SimpleITK/SimpleITK#2117",
    ),
    Case(
        "enhanced-frame-missing",
        study(without(3), one_file()),
        Read(warns="missing|gap|even|absent|distance"),
    ),
    Case("enhanced-one-frame-a-file-shuffled", study(ordered(shuffled), one_file_each()), Read()),
    Case(
        "enhanced-one-frame-a-file-several-uids",
        study(
            one_file_each(),
            each(lambda image, n: image.__setattr__("InstanceNumber", 1)),
        ),
        Read(),
        source="rordenlab/dcm2niix#814",
    ),
    Case("classic-with-one-frame-said", study(tags(NumberOfFrames=1)), Read(), source="rordenlab/dcm2niix#236"),
    Case("classic-with-number-of-frames-empty", study(tags(NumberOfFrames=None)), Read()),
    Case(
        "enhanced-converted-from-classic",
        study(ordered(shuffled), one_file(no_stack, SOPClassUID="1.2.840.10008.5.1.4.1.1.4.4")),
        Read(),
        source="rordenlab/dcm2niix#372",
    ),
    Case(
        "enhanced-without-distance-between-slices",
        study(tags(SpacingBetweenSlices=None), one_file(shared=())),
        Read(),
        source="icometrix/dicom2nifti#48",
    ),
    Case("classic-with-zero-frames-said", study(tags(NumberOfFrames="0")), Read(), source="pydicom/pydicom#1844"),
    Case("enhanced-beside-classic", study(beside_classic(one_file())), Read()),
    Case(
        "enhanced-truncated",
        study(one_file(), each(lambda image, n: image.__setattr__("PixelData", image.PixelData[:-200_000]))),
        Refused("damaged|incomplete|truncated|pixel|fewer|short|missing"),
        source="InsightSoftwareConsortium/ITK#6575",
    ),
    Case(
        "enhanced-more-frames-said-than-there",
        study(one_file(NumberOfFrames=15)),
        Refused("damaged|incomplete|truncated|frame"),
    ),
    Case(
        "enhanced-no-frame-groups",
        study(one_file(), tags(PerFrameFunctionalGroupsSequence=ABSENT)),
        Refused("position|place|where|orientation|frame|lie|plane"),
        source="dgobbi/vtk-dicom#156",
    ),
    Case(
        "enhanced-turned-quarter",
        study(turned(turn("superior", 10)), one_file()),
        Read(),
        moves=(turn("superior", 10),),
    ),
    Case("enhanced-fat-last", study(dixon("W", "F", "OP"), ordered(shuffled), one_file(frame_type)), Read()),
)
