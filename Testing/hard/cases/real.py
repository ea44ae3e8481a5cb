"""Real volumes in odd dress, against what is read of the clean file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK

from CCFNetCore.images.volume import Volume

from ..builders.classic import (
    Change,
    in_turn,
    odd_then_even,
    ordered,
    series_of,
    shuffled,
    study,
    tags,
    turned,
    without,
)
from ..builders.enhanced import one_file
from ..builders.motion import shift, turn
from ..builders.real import real_file
from ..builders.volumes import ImageChange, cut, oriented, sform, values, write
from ..case import Build, Case
from ..outcome import Read, Refused
from .geometry import jitter, leaning
from .slices import UNEVEN
from .values import scaled_by_slice
from .volumes import DAMAGED

SMALL, WIDE, THIRD = "ivdT2_11", "chuT2_05", "myosegmentum_01"


def real(name: str, file_name: str, *changes: ImageChange, then=None) -> Build:
    """A real volume in a file of this name, changed as an image, and then as bytes."""

    def build(folder: Path) -> Path:
        image = SimpleITK.ReadImage(str(real_file(name)), SimpleITK.sitkFloat32)
        for change in changes:
            image = change(image)
        return write(image, folder / file_name, then)

    return build


def real_series(name: str, *changes: Change, every: int = 1) -> Build:
    """A real volume's slices, or every so manieth, as MR images."""

    def build(folder: Path) -> Path:
        image = SimpleITK.ReadImage(str(real_file(name)))[:, :, ::every]
        array = SimpleITK.GetArrayFromImage(image).astype(float)
        volume = Volume(
            name=name,
            array=(4000 * array / array.max()).astype(np.uint16),
            spacing_mm=image.GetSpacing(),
            origin_lps_mm=image.GetOrigin(),
            direction=np.reshape(image.GetDirection(), (3, 3)),
        )
        return study(series_of(volume), *changes)(folder)

    return build


def ends(value: float, slices: int) -> Callable[[np.ndarray], np.ndarray]:
    def fill(array: np.ndarray) -> np.ndarray:
        array[:slices] = array[-slices:] = value
        return array

    return fill


def voxel(array: np.ndarray) -> np.ndarray:
    array[5, 20, 20] = -32767
    return array


OBLIQUE = turn("superior", 10) @ shift(5, 10, -300)

CASES = (
    Case("real-series-shuffled", real_series(SMALL, ordered(shuffled)), Read(), clean=SMALL),
    Case("real-voxel-far-below", real(THIRD, "scan.nii.gz", values(voxel)), Read(), clean=THIRD),
    Case("real-half", lambda folder: cut(0.6)(real(SMALL, "scan.nii.gz")(folder)), Refused(DAMAGED), clean=SMALL),
    Case("real-enhanced-odd-then-even", real_series(SMALL, ordered(odd_then_even), one_file()), Read(), clean=SMALL),
    Case(
        "real-padding-below",
        real(WIDE, "scan.nii.gz", values(ends(-1000, 3))),
        Read(),
        clean=WIDE,
        source="ivadomed/model_seg_sci#59",
    ),
    Case("real-thick-slices", real_series(THIRD, every=4), Read(within_mm=2.5), clean=THIRD),
    Case("real-scaled-slice-by-slice", real_series(SMALL, in_turn(scaled_by_slice)), Read(), clean=SMALL),
    Case("real-oblique", real_series(SMALL, turned(OBLIQUE)), Read(), clean=SMALL, moves=(OBLIQUE,)),
    Case("real-jitter", real_series(THIRD, jitter(0.03)), Read(), clean=THIRD),
    Case("real-as-ras-nrrd", real(SMALL, "scan.nrrd", oriented("RAS")), Read(), clean=SMALL),
    Case("real-factor-of-1e-12", real(THIRD, "scan.mha", values(lambda a: a * np.float32(1e-12))), Read(), clean=THIRD),
    Case("real-leaning", real_series(THIRD, leaning(0.5, middle=38)), Read(), clean=THIRD),
    Case("real-slices-missing", real_series(SMALL, without(20, 21)), Read(warns=UNEVEN), clean=SMALL),
    Case(
        "real-without-modality-and-times",
        real_series(SMALL, tags(Modality="", EchoTime=None, RepetitionTime=None)),
        Read(),
        clean=SMALL,
    ),
    Case(
        "real-qform-and-sform-apart",
        real(SMALL, "scan.nii.gz", then=sform(lambda rows: rows + np.eye(3, 4, 3) * 20, keep_qform=True)),
        Read(warns="qform|sform"),
        clean=SMALL,
        moves=(np.eye(4), shift(-20, 0, 0)),
    ),
)
