"""NIfTI, NRRD and MetaImage: truncated, sheared, of other kinds of voxels, with odd headers."""

import shutil
from pathlib import Path

import numpy as np
import SimpleITK

from ..builders.volumes import afterwards, cut, sform, values, volume
from ..case import Case
from ..outcome import Either, Read, Refused, Unsure

DAMAGED = "damaged|incomplete|truncated|short|bytes|ends"
SHEAR = "angle|square|shear|orthogonal|perpendicular"


def sheared(rows: np.ndarray) -> np.ndarray:
    rows[0, 0] += 0.12 * abs(rows[1, 0])
    return rows


def flipped(*axes: int):
    return lambda image: SimpleITK.Flip(image, [axis in axes for axis in range(3)])


def permuted(*order: int):
    return lambda image: SimpleITK.PermuteAxes(image, order)


def stacked(count: int):
    def stack(image):
        return SimpleITK.JoinSeries([image] * count)

    return stack


def gzipped_name(file: Path) -> Path:
    """A file called compressed that is not."""
    return Path(shutil.move(file, file.with_name("scan.nii.gz")))


def renamed(name: str):
    return lambda file: Path(shutil.move(file, file.with_name(name)))


def with_voxel(value: float):
    def put(array: np.ndarray) -> np.ndarray:
        array[3, 300, 10] = value
        return array

    return values(put)


def ends_filled(value: float, count: int = 3):
    def fill(array: np.ndarray) -> np.ndarray:
        array[:2] = array[-1:] = value
        return array

    return values(fill)


CASES = (
    Case(
        "nifti-half",
        afterwards(volume("scan.nii"), cut(0.5)),
        Refused(DAMAGED),
        source="InsightSoftwareConsortium/ITK#6575",
    ),
    Case(
        "nifti-gz-half",
        afterwards(volume("scan.nii.gz"), cut(0.5)),
        Refused(DAMAGED),
        source="wasserth/TotalSegmentator#24",
    ),
    Case(
        "nifti-sheared",
        volume("scan.nii", then=sform(sheared)),
        Either(Read(found=0, within_mm=1e9), Refused(SHEAR)),
        source="wasserth/TotalSegmentator#461",
    ),
    Case(
        "nifti-one-voxel-far-below",
        volume("scan.nii.gz", with_voxel(-32767)),
        Read(),
        source="ivadomed/model_seg_sci#59",
    ),
    Case("nifti-four-volumes", volume("scan.nii.gz", stacked(4)), Refused("4|several|volumes|dimension")),
    Case(
        "nifti-of-vectors",
        volume("scan.nii.gz", lambda i: SimpleITK.Compose(i, i, i)),
        Refused("vector|component|colour|color|values"),
    ),
    Case("nifti-clean", volume("scan.nii.gz"), Read()),
    Case(
        "mask",
        volume("scan.nii.gz", values(lambda a: (a > 300).astype(np.float32))),
        Either(Unsure("mask|values|grey|few|binary"), Refused("mask|values|grey|few")),
    ),
    Case(
        "constant",
        volume("scan.nii.gz", values(lambda a: a * 0 + 7)),
        Either(
            Unsure("empty|constant|same|uniform|not in the picture|no structure"),
            Refused("empty|constant|same|uniform|value"),
        ),
    ),
)
