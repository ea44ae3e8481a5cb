"""Which slices are there: missing, doubled, unevenly spaced, of several stations or series, one UID each."""

from copy import deepcopy

import numpy as np
from pydicom import Dataset
from pydicom.uid import generate_uid

from ..builders.classic import (
    ABSENT,
    Change,
    Images,
    also,
    another_series,
    backwards,
    by_uid,
    displaced,
    each,
    in_plane,
    moved,
    one,
    ordered,
    renew,
    shuffled,
    study,
    tags,
    without,
)
from ..case import Case
from ..outcome import Either, Read, Refused

UNEVEN = "missing|gap|even|distance|absent|irregular"
TWICE = "twice|same place|double|more than once|duplicate|several"

# A station above, as the table was moved for it.
UP_200_MM = np.array([0, 0, 200])


def copies(*numbers: int, new_uid: bool) -> Change:
    """Some slices once more, as the same images or as other ones at the same place."""

    def copy(images: Images) -> Images:
        doubles = [deepcopy(images[n]) for n in numbers]
        return [*images, *(renew(doubles) if new_uid else doubles)]

    return copy


def a_uid_each(image: Dataset, n: int) -> None:
    image.SeriesInstanceUID = generate_uid()


def other_number_each(image: Dataset, n: int) -> None:
    a_uid_each(image, n)
    image.SeriesNumber = 100 + n


def window(first_row: int, rows: int) -> Change:
    """Only these rows."""

    def crop(image: Dataset, n: int) -> None:
        image.PixelData = image.pixel_array[first_row : first_row + rows].tobytes()
        image.Rows = rows
        x, y, z = map(float, image.ImagePositionPatient)
        image.ImagePositionPatient = [x, y, round(z - first_row * float(image.PixelSpacing[0]), 8)]

    return each(crop)


CASES = (
    Case("one-slice-missing", study(without(3)), Read(warns=UNEVEN), source="moloney/dcmstack#55"),
    Case(
        "copies-of-the-same-images",
        study(copies(4, 5, 6, new_uid=False)),
        Read(),
        source="Project-MONAI/monai-deploy-app-sdk#532",
    ),
    Case("one-series-uid-a-slice", study(each(a_uid_each)), Read(), source="rordenlab/dcm2niix#495"),
    Case(
        "two-stations-in-one-series",
        study(window(40, 240), also(displaced(), moved(lambda place, n: place + UP_200_MM), window(40, 240))),
        Read(),
    ),
    Case(
        "last-slices-far-away",
        study(moved(lambda p, n: p - [182.4 * (n > 9), 0, 0])),
        Either(Read(found=9, within_mm=2.7), Refused(UNEVEN)),
        source="rordenlab/dcm2niix#248",
    ),
    Case(
        "two-slices-missing-in-the-middle",
        study(without(6, 7)),
        Either(Read(warns=UNEVEN, within_mm=3.0), Refused(UNEVEN)),
        source="rordenlab/dcm2niix#539",
    ),
    Case(
        "slice-missing-near-the-middle",
        study(without(8)),
        Read(warns=UNEVEN, within_mm=2.5),
        source="moloney/dcmstack#55",
    ),
    Case(
        "gaps-double-at-the-end",
        study(without(9, 11)),
        Read(warns=UNEVEN, within_mm=2.5),
        source="rordenlab/dcm2niix#22",
    ),
    Case(
        "one-slice-doubled-under-another-uid",
        study(copies(5, new_uid=True)),
        Read(),
        source="Project-MONAI/monai-deploy-app-sdk#532",
    ),
    Case("every-slice-doubled-under-another-uid", study(also(renew)), Read()),
    Case(
        "file-copied-into-another-folder",
        study(copies(*range(13), new_uid=False), names=lambda n, i: f"{n // 13}/{n % 13}"),
        Read(),
    ),
    Case("slices-backwards", study(ordered(backwards)), Read(), source="ivmartel/dwv#560"),
    Case("slices-shuffled", study(ordered(shuffled), names=by_uid), Read()),
    Case(
        "instance-numbers-backwards",
        study(tags(InstanceNumber=lambda n: 13 - n)),
        Read(),
        source="rordenlab/dcm2niix#786",
    ),
    Case("instance-numbers-all-one", study(tags(InstanceNumber=1)), Read(), source="rordenlab/dcm2niix#814"),
    Case("instance-numbers-absent", study(tags(InstanceNumber=ABSENT)), Read()),
    Case("one-series-uid-and-number-a-slice", study(each(other_number_each)), Read()),
    Case(
        "one-series-uid-a-slice-of-two-series",
        study(
            another_series(2, "T1 sagittal", tags(EchoTime="12", RepetitionTime="500"), displaced()), each(a_uid_each)
        ),
        Read(),
        source="rordenlab/dcm2niix#495",
    ),
    Case(
        "scout-in-the-series",
        study(also(in_plane("axial"), without(*range(1, 13)))),
        Read(),
        source="dgobbi/vtk-dicom#98",
    ),
    Case(
        "one-slice-in-another-plane",
        study(one(2, in_plane("coronal"))),
        Read(warns=UNEVEN),
        source="DIAGNijmegen/rse-panimg#126",
    ),
    Case(
        "some-places-twice-with-other-pixels",
        study(also(displaced(), without(*range(3), *range(6, 13)))),
        Either(Refused(TWICE), Read(warns=TWICE)),
        source="dgobbi/vtk-dicom#30",
    ),
    Case(
        "slice-locations-wrong",
        study(tags(SliceLocation=lambda n: 3.0 * ((n * 5) % 13))),
        Read(),
        source="ivmartel/dwv#560",
    ),
    Case(
        "two-series-interleaved-by-name",
        study(
            another_series(2, "T1 sagittal", tags(EchoTime="12", RepetitionTime="500"), displaced()), ordered(shuffled)
        ),
        Read(),
    ),
    Case(
        "only-two-slices",
        study(without(*range(2, 13))),
        Refused("slice"),
    ),
    Case("only-one-slice", study(without(*range(1, 13))), Refused("slice")),
    Case(
        "three-middle-slices",
        study(without(*range(6), *range(9, 13))),
        Either(Read(within_mm=3.0, found=9), Refused("slice")),
    ),
    Case(
        "slices-of-two-sizes", study(each(lambda i, n: _crop_if(i, n == 12))), Read(), source="rordenlab/dcm2niix#253"
    ),
    Case(
        "slices-of-two-pixel-sizes",
        study(each(lambda i, n: n == 12 and setattr(i, "PixelSpacing", [0.7, 0.7]))),
        Read(found=10),
    ),
)


def _crop_if(image: Dataset, is_cropped: bool) -> None:
    if is_cropped:
        image.PixelData = image.pixel_array[:-20].tobytes()
        image.Rows -= 20
