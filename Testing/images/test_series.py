import shutil

import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from CCFNetCore.errors import InputError
from CCFNetCore.images.dicom.series import find_series
from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import phantom_volume, write_study

SAGITTAL, AXIAL, CORONAL = [0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1]


@pytest.fixture(scope="module")
def slices(tmp_path_factory):
    """Files of one sagittal T2 series."""
    return sorted(write_study(4, tmp_path_factory.mktemp("study")).glob("*.dcm"))


def add_series(folder, slices, number, description, *, orientation=SAGITTAL, count=13, **tags):
    """Copy a series under another number, as another kind of series."""
    uid = generate_uid()
    across = np.cross(orientation[:3], orientation[3:])
    for index, file in enumerate(slices[:count]):
        image = pydicom.dcmread(file)
        image.SeriesInstanceUID, image.SeriesNumber, image.SeriesDescription = uid, number, description
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        if orientation != SAGITTAL:
            image.ImageOrientationPatient = orientation
            image.ImagePositionPatient = list(4.4 * index * across)
        for tag, value in tags.items():
            setattr(image, tag, value)
        (folder / str(number)).mkdir(exist_ok=True, parents=True)
        image.save_as(folder / str(number) / f"{index}")
    return uid


@pytest.fixture
def study(slices, tmp_path):
    """A folder as it comes from a scanner, with the wanted series as number 5."""
    folder = tmp_path / "patient"
    add_series(folder, slices, 1, "3-plane scout", count=3, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    add_series(folder, slices, 2, "T1 TSE sag", EchoTime="10", RepetitionTime="600")
    add_series(folder, slices, 3, "T2 TSE ax", orientation=AXIAL)
    add_series(folder, slices, 4, "STIR sag", InversionTime="150")
    add_series(folder, slices, 5, "T2 TSE sag")
    add_series(folder, slices, 6, "T2 TSE cor", orientation=CORONAL)
    (folder / "readme.txt").write_text("not an image")
    (folder / "broken").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 50)
    return folder


def test_the_sagittal_t2_is_chosen_and_it_is_said_why(study):
    volume = read_volume(study)
    assert volume.name == "patient"
    assert volume.notes == (
        "Read series 5 'T2 TSE sag' (sagittal, T2, 13 slices): best sagittal T2 of 6 series; "
        "2 other file(s) are not DICOM images.",
    )


def test_series_are_told_apart_by_echo_time_where_the_description_is_silent(slices, tmp_path):
    add_series(tmp_path, slices, 1, "sag", EchoTime="12")
    wanted = add_series(tmp_path, slices, 2, "sag", EchoTime="105")
    assert read_volume(tmp_path).series_instance_uid == wanted


@pytest.mark.parametrize("by", ["number", "uid"])
def test_the_user_can_choose(slices, study, by):
    uid = add_series(study, slices, 7, "T1 again", EchoTime="10")
    volume = read_volume(study, series="7" if by == "number" else uid)
    assert volume.series_instance_uid == uid
    assert "as asked" in volume.notes[0]


def test_a_choice_that_is_not_there_lists_what_is(study):
    with pytest.raises(InputError, match=r"no series 99 there; found series 5 'T2 TSE sag'"):
        read_volume(study, series="99")


def test_voxels_and_places_are_exact(slices):
    volume, phantom = read_volume(slices[0].parent), phantom_volume(4)
    assert np.array_equal(volume.array, phantom.array)
    assert np.allclose(volume.corners_lps_mm(), phantom.corners_lps_mm(), atol=1e-3)


def test_slices_are_put_in_order_whatever_their_names(slices, tmp_path):
    for index, file in enumerate(np.random.default_rng(1).permutation(slices)):
        shutil.copy(file, tmp_path / f"{index:03d}")
    shuffled, straight = read_volume(tmp_path), read_volume(slices[0].parent)
    assert np.array_equal(shuffled.array, straight.array)
    assert np.allclose(shuffled.origin_lps_mm, straight.origin_lps_mm)


def test_scouts_in_three_planes_under_one_uid_come_apart(slices, tmp_path):
    uid = generate_uid()
    for number, orientation in enumerate((SAGITTAL, AXIAL, CORONAL)):
        add_series(tmp_path, slices, number, "survey", orientation=orientation, count=3, SeriesInstanceUID=uid)
    found, _ = find_series(tmp_path)
    assert [series.slices for series in found] == [3, 3, 3]
    assert all(series.is_scout for series in found)


def test_a_missing_slice_is_warned_of(slices, tmp_path):
    for file in (*slices[:4], *slices[5:]):
        shutil.copy(file, tmp_path)
    assert read_volume(tmp_path).warnings == ("The slices are not evenly spaced; one may be missing.",)


def test_a_folder_without_a_usable_series_says_what_is_there(slices, tmp_path):
    add_series(tmp_path, slices, 3, "T2 TSE ax", orientation=AXIAL)
    with pytest.raises(InputError, match=r"no sagittal MR series .* found series 3 'T2 TSE ax' \(axial, T2, 13 slices"):
        read_volume(tmp_path)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no DICOM images"):
        read_volume(tmp_path)


def test_a_truncated_series_is_one_sentence(slices, tmp_path):
    for file in slices:
        (tmp_path / file.name).write_bytes(file.read_bytes()[:5000])
    with pytest.raises(InputError, match="cannot be read; a file may be damaged"):
        read_volume(tmp_path)
