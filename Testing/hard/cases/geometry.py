"""Where slices lie: oblique, leaning, mirrored, turned and rounded places, and pixels whose size is odd."""

import numpy as np
from pydicom import Dataset

from ..builders.classic import (
    ABSENT,
    Change,
    each,
    moved,
    ordered,
    rolled_mm,
    shuffled,
    study,
    tags,
    turned,
)
from ..builders.motion import scale, shift, turn
from ..builders.phantom import patient
from ..case import Case
from ..outcome import Either, Read, Refused, Unsure

OBLIQUE = turn("superior", 12) @ shift(0, 8, 0)
DOUBLE_OBLIQUE = turn("superior", 9) @ turn("posterior", 7)


def leaning(mm_a_slice: float, middle: int = 6) -> Change:
    """Each slice lies higher than the one before; its content stays where the anatomy is."""

    def lean(image: Dataset, n: int) -> None:
        rows = rolled_mm(image, mm_a_slice * (n - middle))
        x, y, z = map(float, image.ImagePositionPatient)
        image.ImagePositionPatient = [x, y, round(z + rows * float(image.PixelSpacing[0]), 8)]

    return each(lean)


def transposed(image: Dataset, n: int) -> None:
    """Rows run front to back, columns head to feet."""
    image.PixelData = image.pixel_array.T.copy().tobytes()
    axes = list(image.ImageOrientationPatient)
    image.ImageOrientationPatient = axes[3:] + axes[:3]


def flipped(image: Dataset, n: int) -> None:
    """The first row is the lowest."""
    image.PixelData = image.pixel_array[::-1].tobytes()
    axes = np.array(image.ImageOrientationPatient, float)
    height = (image.Rows - 1) * float(image.PixelSpacing[0])
    image.ImagePositionPatient = [
        round(float(x), 8) for x in np.array(image.ImagePositionPatient, float) + axes[3:] * height
    ]
    image.ImageOrientationPatient = [*axes[:3].tolist(), *(-axes[3:]).tolist()]


def mirrored(image: Dataset, n: int) -> None:
    """The first column is the hindmost."""
    image.PixelData = image.pixel_array[:, ::-1].tobytes()
    axes = np.array(image.ImageOrientationPatient, float)
    width = (image.Columns - 1) * float(image.PixelSpacing[1])
    image.ImagePositionPatient = [
        round(float(x), 8) for x in np.array(image.ImagePositionPatient, float) + axes[:3] * width
    ]
    image.ImageOrientationPatient = [*(-axes[:3]).tolist(), *axes[3:].tolist()]


def coarser_columns(image: Dataset, n: int) -> None:
    """Every second column alone: pixels twice as wide as high."""
    image.PixelData = image.pixel_array[:, ::2].tobytes()
    image.Columns //= 2
    image.PixelSpacing = [image.PixelSpacing[0], float(image.PixelSpacing[1]) * 2]


def jitter(mm: float) -> Change:
    rng = np.random.default_rng(5)
    return moved(lambda place, n: place + rng.uniform(-mm, mm, 3))


def rounded(digits: int) -> Change:
    return moved(lambda place, n: np.round(place, digits))


def stretched(factor: float) -> np.ndarray:
    """Where the patient lies by headers whose pixels are so many times too large."""
    corner = patient().origin_lps_mm
    return shift(*corner) @ scale(1, factor, factor) @ shift(*(-x for x in corner))


UNLIKELY = "length|tall|large|small|size|spacing|adult|distance|height"

NO_PIXEL_SIZE = Either(
    Refused("pixel|spacing|millimet"), Read(warns="pixel|spacing|millimet", millimetres=False, within_mm=3.0)
)
NO_PLACE = Refused("position|orientation|place|where|lie|plane")

CASES = (
    Case("leaning-3-mm-a-slice", study(leaning(3.0)), Read(), source="InsightSoftwareConsortium/ITK#6656"),
    Case("oblique", study(turned(OBLIQUE)), Read(), moves=(OBLIQUE,)),
    Case("pixel-size-absent", study(tags(PixelSpacing=ABSENT)), NO_PIXEL_SIZE, source="SimpleITK/SimpleITK#2117"),
    Case("places-rounded-to-a-millimetre", study(rounded(0)), Read(), source="icometrix/dicom2nifti#36"),
    Case("place-absent", study(tags(ImagePositionPatient=ABSENT)), NO_PLACE, source="rordenlab/dcm2niix#236"),
    Case("rows-run-front-to-back", study(each(transposed)), Read()),
    Case(
        "distance-between-slices-wrong-in-header",
        study(tags(SpacingBetweenSlices="1", SliceThickness="8")),
        Read(),
        source="BRAINSia/BRAINSTools#334",
    ),
    Case("feet-first-in-header-alone", study(tags(PatientPosition="FFS")), Read()),
    Case("double-oblique", study(turned(DOUBLE_OBLIQUE)), Read(), moves=(DOUBLE_OBLIQUE,)),
    Case("double-oblique-shuffled", study(turned(DOUBLE_OBLIQUE), ordered(shuffled)), Read(), moves=(DOUBLE_OBLIQUE,)),
    Case("leaning-the-other-way", study(leaning(-2.0)), Read(), source="Slicer/Slicer#4409"),
    Case("leaning-a-little", study(leaning(1.0)), Read(), source="rordenlab/dcm2niix#253"),
    Case(
        "leaning-and-oblique",
        study(leaning(3.0), turned(OBLIQUE)),
        Read(),
        moves=(OBLIQUE,),
        source="Slicer/Slicer#4409",
    ),
    Case("places-jitter-by-0.03-mm", study(jitter(0.03)), Read(), source="rordenlab/dcm2niix#216"),
    Case("places-rounded-to-a-tenth", study(rounded(1)), Read(), source="icometrix/dicom2nifti#36"),
    Case(
        "orientation-rounded-to-3-digits",
        study(turned(DOUBLE_OBLIQUE), tags(), each(lambda i, n: _round_axes(i, 3))),
        Read(),
        moves=(DOUBLE_OBLIQUE,),
    ),
    Case(
        "orientation-noise-from-slice-to-slice",
        study(each(lambda i, n: _add_to_axes(i, [0, 0, 1e-4 * (n % 3), 0, 1e-4 * (n % 2), 0]))),
        Read(),
        source="rordenlab/dcm2niix#216",
    ),
    Case(
        "orientation-not-of-unit-length",
        study(each(lambda i, n: setattr(i, "ImageOrientationPatient", [0, 1.02, 0, 0, 0, -1.02]))),
        Either(Read(), Refused("orientation")),
    ),
    Case(
        "orientation-axes-not-square",
        study(tags(ImageOrientationPatient=[0, 1, 0, 0, 0.5, -0.866])),
        Refused("orientation|square|right angle|perpendicular"),
    ),
    Case("orientation-absent", study(tags(ImageOrientationPatient=ABSENT)), NO_PLACE),
    Case("orientation-empty", study(tags(ImageOrientationPatient=None)), NO_PLACE, source="icometrix/dicom2nifti#165"),
    Case("orientation-all-zero", study(tags(ImageOrientationPatient=[0, 0, 0, 0, 0, 0])), NO_PLACE),
    Case("place-empty", study(tags(ImagePositionPatient=None)), NO_PLACE, source="icometrix/dicom2nifti#165"),
    Case(
        "all-slices-at-one-place",
        study(tags(ImagePositionPatient=[0, -160, 140])),
        Refused("position|place|where|lie|same|slice"),
    ),
    Case("pixel-size-empty", study(tags(PixelSpacing=None)), NO_PIXEL_SIZE, source="fo-dicom/fo-dicom#2043"),
    Case("pixel-size-zero", study(tags(PixelSpacing=[0, 0])), NO_PIXEL_SIZE),
    Case("pixel-size-negative", study(tags(PixelSpacing=[-0.9, 0.9])), NO_PIXEL_SIZE),
    Case(
        "pixel-size-one-number",
        study(tags(PixelSpacing=f"{patient().spacing_mm[0]:.10f}")),
        Either(Read(), *NO_PIXEL_SIZE.outcomes),
    ),
    Case("pixels-wider-than-high", study(each(coarser_columns)), Read(within_mm=2.0)),
    Case("feet-first-and-first-row-lowest", study(each(flipped), tags(PatientPosition="FFS")), Read()),
    Case("prone-and-first-column-hindmost", study(each(mirrored), tags(PatientPosition="HFP")), Read()),
    Case("mirrored-and-transposed", study(each(mirrored), each(transposed)), Read()),
    Case("transposed-leaning", study(leaning(2.0), each(transposed)), Read()),
    Case(
        "negative-distance-between-slices", study(tags(SpacingBetweenSlices="-4.4")), Read(), source="OHIF/Viewers#4352"
    ),
    Case("far-from-the-origin", study(turned(shift(20, -400, -1300))), Read(), moves=(shift(20, -400, -1300),)),
    Case(
        "pixel-size-wrong-by-1.5",
        study(tags(PixelSpacing=[1.5 * size for size in patient().spacing_mm[:2]])),
        Either(Unsure(UNLIKELY), Refused(UNLIKELY)),
        moves=(stretched(1.5),),
    ),
    Case(
        "pixel-size-of-another-matrix",
        study(tags(PixelSpacing=[0.7 * size for size in patient().spacing_mm[:2]])),
        Either(Unsure(UNLIKELY), Refused(UNLIKELY)),
        moves=(stretched(0.7),),
    ),
)


def _round_axes(image: Dataset, digits: int) -> None:
    image.ImageOrientationPatient = [round(float(x), digits) for x in image.ImageOrientationPatient]


def _add_to_axes(image: Dataset, noise: list[float]) -> None:
    image.ImageOrientationPatient = [float(x) + y for x, y in zip(image.ImageOrientationPatient, noise, strict=True)]
