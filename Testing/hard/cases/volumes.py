"""NIfTI, NRRD and MetaImage: truncated, sheared, of other kinds of voxels, with odd headers."""

import numpy as np
import SimpleITK

from ..builders.motion import shift, turn
from ..builders.phantom import patient
from ..builders.volumes import (
    HEADER_BYTES,
    PIXDIM,
    QFORM_CODE,
    QOFFSET,
    SFORM_CODE,
    SLOPE,
    UNITS,
    afterwards,
    beside,
    big_endian,
    cast,
    complex_valued,
    content,
    cut,
    edited,
    first_bytes,
    gone,
    in_right_anterior_superior,
    left_handed,
    oriented,
    patched,
    red_green_blue,
    renamed,
    resampled,
    sform,
    stacked,
    values,
    vector,
    volume,
    without_end,
)
from ..case import UNMOVED, Case
from ..outcome import Either, Read, Refused, Unsure
from .geometry import UNLIKELY, stretched

DAMAGED = "damaged|incomplete|truncated|short|bytes|ends|fewer|missing"
FORMS = "qform|sform"
NO_ORIENTATION = "orient|form|where|lie|direction|axes"
SHARE = 0.12


def lean(rows: np.ndarray) -> np.ndarray:
    """The first axis leans to the side."""
    rows[0, 0] += SHARE * abs(rows[1, 0])
    return rows


def lean_move() -> np.ndarray:
    move = np.eye(4)
    move[0, 1], move[0, 3] = -SHARE, SHARE * patient().origin_lps_mm[1]
    return move


def higher(rows: np.ndarray) -> np.ndarray:
    return rows + np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 30]])


def turned_5_degrees(rows: np.ndarray) -> np.ndarray:
    return turn("left", 5)[:3, :3] @ rows


def unsquare_a_little(rows: np.ndarray) -> np.ndarray:
    rows[0, 0] += 1e-5
    return rows


def times(factor: float):
    return lambda rows: rows * factor


def not_a_number(array: np.ndarray) -> np.ndarray:
    array[:, :15, :15] = np.nan
    return array


def infinite(array: np.ndarray) -> np.ndarray:
    array[2, 40:44, 20] = np.inf
    array[3, 40:44, 20] = -np.inf
    return array


def thick_axial(image: SimpleITK.Image) -> SimpleITK.Image:
    """Every fifth slice of a volume whose slices run from foot to head."""
    return image[:, :, ::5]


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
    Case("nifti-gz-without-its-end", afterwards(volume("scan.nii.gz"), without_end(8)), Refused(DAMAGED)),
    Case("nifti-last-bytes-missing", afterwards(volume("scan.nii"), without_end(100)), Refused(DAMAGED)),
    Case("nifti-header-alone", afterwards(volume("scan.nii"), first_bytes(HEADER_BYTES)), Refused(DAMAGED)),
    Case(
        "nifti-sheared",
        volume("scan.nii", then=sform(lean)),
        Either(Read(within_mm=2.0), Refused("angle|square|shear|orthogonal|perpendicular")),
        moves=(lean_move(),),
        source="wasserth/TotalSegmentator#461",
    ),
    Case(
        "nifti-qform-and-sform-30-mm-apart",
        volume("scan.nii.gz", then=sform(higher, keep_qform=True)),
        Read(warns=FORMS),
        moves=(UNMOVED, shift(0, 0, 30)),
        source="spinalcordtoolbox/spinalcordtoolbox#2429",
    ),
    Case("nifti-four-volumes", volume("scan.nii.gz", stacked(4)), Refused("4 (?!dimension)|four")),
    Case("nifti-of-vectors", volume("scan.nii.gz", vector), Refused("vector|component|values")),
    Case("nifti-complex", volume("scan.nii.gz", complex_valued), Refused("complex")),
    Case("nifti-in-colour", volume("scan.nii", cast(SimpleITK.sitkUInt8), then=red_green_blue), Refused("colo")),
    Case("nifti-empty", afterwards(volume("scan.nii.gz"), content(b"")), Refused(f"{DAMAGED}|empty")),
    Case("nifti-of-text", afterwards(volume("scan.nii.gz"), content(b"These are words.")), Refused("read|image|NIfTI")),
    Case(
        "png-called-nifti", afterwards(volume("scan.nii"), content(b"\x89PNG\r\n" + bytes(900))), Refused("read|image")
    ),
    Case("nifti-clean", volume("scan.nii.gz"), Read(quiet=True)),
    Case(
        "nifti-qform-and-sform-turned-by-5-degrees",
        volume("scan.nii.gz", then=sform(turned_5_degrees, keep_qform=True)),
        Read(warns=FORMS),
        moves=(UNMOVED, _turned := np.diag([-1.0, -1, 1, 1]) @ turn("left", 5) @ np.diag([-1.0, -1, 1, 1])),
        source="spinalcordtoolbox/spinalcordtoolbox#2106",
    ),
    Case(
        "nifti-qform-and-sform-differ-by-rounding",
        volume("scan.nii.gz", then=sform(unsquare_a_little, keep_qform=True)),
        Read(quiet=True),
        source="spinalcordtoolbox/spinalcordtoolbox#5207",
    ),
    Case("nifti-sform-alone", volume("scan.nii.gz", then=patched((QFORM_CODE, "h", (0,)))), Read()),
    Case("nifti-qform-alone", volume("scan.nii.gz", then=patched((SFORM_CODE, "h", (0,)))), Read()),
    Case(
        "nifti-neither-qform-nor-sform",
        volume("scan.nii.gz", then=patched((QFORM_CODE, "hh", (0, 0)))),
        Either(Refused(NO_ORIENTATION), Unsure(NO_ORIENTATION)),
    ),
    Case("nifti-one-volume-of-four-dimensions", volume("scan.nii.gz", stacked(1)), Read()),
    Case("nifti-two-volumes", volume("scan.nii.gz", stacked(2)), Refused("2 (?!dimension)|two")),
    Case("nifti-one-slice", volume("scan.nii.gz", lambda image: image[:, :, 6:7]), Refused("slice")),
    Case("nifti-two-dimensions", volume("scan.nii.gz", lambda image: image[:, :, 6]), Refused("dimension|slice|2D")),
    Case(
        "nifti-not-a-number-in-a-corner",
        volume("scan.nii.gz", values(not_a_number)),
        Read(warns="not.a.number|NaN|finite|missing|undefined"),
    ),
    Case(
        "nifti-infinite-voxels",
        volume("scan.nii.gz", values(infinite)),
        Read(warns="not.a.number|infinite|finite|missing|undefined"),
    ),
    Case(
        "nifti-not-a-number-everywhere",
        volume("scan.nii.gz", values(lambda array: array * np.nan)),
        Either(Refused("number|NaN|finite|missing|empty|value"), Unsure("number|NaN|finite|missing|empty|value")),
    ),
    Case("nifti-of-real-numbers-of-64-bits", volume("scan.nii.gz", cast(SimpleITK.sitkFloat64)), Read()),
    Case("nifti-of-whole-numbers-of-32-bits", volume("scan.nii.gz", cast(SimpleITK.sitkInt32)), Read()),
    Case("nifti-of-8-bits", volume("scan.nii.gz", values(lambda a: a / 5), cast(SimpleITK.sitkUInt8)), Read()),
    Case("nifti-big-endian", volume("scan.nii.gz", then=big_endian), Read()),
    Case("nifti-factor-in-header", volume("scan.nii.gz", then=patched((SLOPE, "ff", (1e-6, 3.0)))), Read()),
    Case("nifti-factor-not-a-number", volume("scan.nii.gz", then=patched((SLOPE, "ff", (np.nan, np.nan)))), Read()),
    Case("nifti-factor-zero", volume("scan.nii.gz", then=patched((SLOPE, "ff", (0.0, 0.0)))), Read()),
    Case("nifti-units-unknown", volume("scan.nii.gz", then=patched((UNITS, "b", (0,)))), Read()),
    Case(
        "nifti-in-metres",
        volume(
            "scan.nii",
            then=lambda c: sform(times(1e-3))(patched((UNITS, "b", (1,)), (PIXDIM + 4, "3f", _in_metres()))(c)),
        ),
        Either(Read(), Refused(f"unit|metre|{UNLIKELY}"), Unsure(f"unit|metre|{UNLIKELY}")),
    ),
    Case(
        "nifti-spacing-wrong-by-1.5",
        volume("scan.nii.gz", lambda image: _spaced(image, 1.5)),
        Either(Unsure(UNLIKELY), Refused(UNLIKELY)),
        moves=(stretched(1.5),),
    ),
    Case("nifti-as-ras", volume("scan.nii.gz", oriented("RAS")), Read()),
    Case("nifti-as-pir", volume("scan.nii.gz", oriented("PIR")), Read()),
    Case("nifti-as-sar", volume("scan.nii.gz", oriented("SAR")), Read()),
    Case("nifti-as-lip", volume("scan.nii.gz", oriented("LIP")), Read()),
    Case("nifti-as-ail", volume("scan.nii.gz", oriented("AIL")), Read()),
    Case("nifti-left-handed", volume("scan.nii.gz", left_handed), Read(), source="wasserth/TotalSegmentator#144"),
    Case("nrrd-left-handed", volume("scan.nrrd", left_handed), Read()),
    Case("nifti-isotropic", volume("scan.nii.gz", resampled(1.5)), Read(within_mm=2.0)),
    Case("nifti-isotropic-turned", volume("scan.nii.gz", resampled(1.5, turn("left", 12))), Read(within_mm=2.5)),
    Case(
        "plain-nifti-called-gz",
        afterwards(volume("scan.nii"), renamed("scan.nii.gz")),
        Either(Read(), Refused("compress|gz|read")),
    ),
    Case(
        "nifti-gz-called-nii",
        afterwards(volume("scan.nii.gz"), renamed("scan.nii")),
        Either(Read(), Refused("compress|gz|read")),
    ),
    Case(
        "nrrd-called-nifti", afterwards(volume("scan.nrrd"), renamed("scan.nii")), Either(Read(), Refused("read|image"))
    ),
    Case(
        "volume-of-unknown-ending", afterwards(volume("scan.nrrd"), renamed("scan.img")), Refused("kind of file|ending")
    ),
    Case(
        "upper-case-ending",
        afterwards(volume("scan.nii.gz"), renamed("SCAN.NII.GZ")),
        Either(Read(), Refused("ending|kind|read")),
    ),
    Case("nrrd-half", afterwards(volume("scan.nrrd"), cut(0.5)), Refused(DAMAGED)),
    Case(
        "nrrd-header-apart-data-half", afterwards(volume("scan.nhdr"), beside("scan.raw", cut(0.5))), Refused(DAMAGED)
    ),
    Case(
        "nrrd-header-apart-data-gone",
        afterwards(volume("scan.nhdr"), beside("scan.raw", gone)),
        Refused(f"{DAMAGED}|scan.raw"),
    ),
    Case(
        "nrrd-in-right-anterior-superior",
        afterwards(volume("scan.nrrd"), in_right_anterior_superior),
        Read(),
    ),
    Case(
        "nrrd-without-directions",
        afterwards(volume("scan.nrrd"), edited(b"space: left-posterior-superior", b"# space")),
        Either(Refused(f"{NO_ORIENTATION}|read"), Unsure(NO_ORIENTATION)),
    ),
    Case("mha-clean", volume("scan.mha"), Read(quiet=True)),
    Case("mha-half", afterwards(volume("scan.mha"), cut(0.5)), Refused(DAMAGED)),
    Case("mhd-data-half", afterwards(volume("scan.mhd"), beside("scan.raw", cut(0.5))), Refused(DAMAGED)),
    Case("mhd-data-gone", afterwards(volume("scan.mhd"), beside("scan.raw", gone)), Refused(f"{DAMAGED}|scan.raw")),
    Case("mha-axial", volume("scan.mha", oriented("RAI"), thick_axial), Refused("axial|sagittal")),
    Case(
        "nifti-pixel-size-zero",
        volume("scan.nii", then=patched((PIXDIM + 4, "f", (0.0,)), (SFORM_CODE, "h", (0,)))),
        Refused(f"pixel|spacing|size|{NO_ORIENTATION}|read"),
    ),
    Case(
        "nifti-place-not-a-number",
        volume("scan.nii", then=patched((QOFFSET, "f", (np.nan,)), (SFORM_CODE, "h", (0,)))),
        Refused(f"place|number|position|{NO_ORIENTATION}"),
    ),
)


def _in_metres() -> tuple[float, ...]:
    return tuple(1e-3 * size for size in patient().spacing_mm)


def _spaced(image: SimpleITK.Image, factor: float) -> SimpleITK.Image:
    column, row, between = image.GetSpacing()
    image.SetSpacing((column * factor, row * factor, between))
    return image
