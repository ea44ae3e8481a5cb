import shutil

import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from CCFNetCore.errors import InputError
from CCFNetCore.images.dicom import find_series
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
        "Next best: series 4 'STIR sag' (sagittal, fat-suppressed T2, 13 slices).",
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
    found = find_series(tmp_path).series
    assert [series.slices for series in found] == [3, 3, 3]
    assert all(series.is_scout for series in found)


def test_a_folder_without_a_usable_series_says_what_is_there(slices, tmp_path):
    add_series(tmp_path, slices, 3, "T2 TSE ax", orientation=AXIAL)
    with pytest.raises(InputError, match=r"series 3 'T2 TSE ax' \(axial, T2, 13 slices\): its slices are axial"):
        read_volume(tmp_path)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no DICOM images"):
        read_volume(tmp_path)


def test_a_truncated_series_is_one_sentence(slices, tmp_path):
    for file in slices:
        (tmp_path / file.name).write_bytes(file.read_bytes()[:5000])
    with pytest.raises(InputError, match="IM0001.dcm: its pixels cannot be read"):
        read_volume(tmp_path)


def test_a_lumbar_t1_goes_before_a_cervical_t2(slices, tmp_path):
    add_series(tmp_path, slices, 1, "T2 sag", BodyPartExamined="CSPINE")
    wanted = add_series(tmp_path, slices, 2, "T1 sag LWS", BodyPartExamined="SPINE", EchoTime="10")
    volume = read_volume(tmp_path)
    assert volume.series_instance_uid == wanted
    assert "best of 2 series by part of the body" in volume.notes[0]


def test_the_lowest_station_of_a_whole_spine_is_read(slices, tmp_path):
    uids = {}
    for number, height in enumerate((0.0, 500.0, 250.0)):
        uids[height] = add_series(tmp_path, slices, number, "T2 sag", BodyPartExamined="SPINE")
        for file in (tmp_path / str(number)).iterdir():
            image = pydicom.dcmread(file)
            x, y, z = image.ImagePositionPatient
            image.ImagePositionPatient = [x, y, z + height]
            image.save_as(file)
    assert read_volume(tmp_path).series_instance_uid == uids[0.0]


def test_another_part_of_the_body_is_warned_of(slices, tmp_path):
    add_series(tmp_path, slices, 1, "T2 sag", BodyPartExamined="CSPINE")
    assert "cervical" in read_volume(tmp_path).warnings[0]


@pytest.mark.parametrize(("keyword", "whose"), [("PatientID", "patients"), ("StudyInstanceUID", "studies")])
def test_several_patients_or_studies_are_not_read_as_one(slices, tmp_path, keyword, whose):
    add_series(tmp_path, slices, 1, "T2 sag", **{keyword: "1.2.3"})
    uid = add_series(tmp_path, slices, 2, "T2 sag", **{keyword: "1.2.4"})
    with pytest.raises(InputError, match=rf"images of 2 {whose}; .*ccfnet cohort"):
        read_volume(tmp_path)
    assert read_volume(tmp_path, uid).series_instance_uid == uid


def test_reduced_headers_are_read_and_it_is_told_what_was_taken_for_granted(slices, tmp_path):
    kept = (
        *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesDescription", "Rows"),
        *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "Columns"),
        *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel", "PixelData"),
        "PhotometricInterpretation",
    )
    for file in slices:
        image = pydicom.dcmread(file)
        image.SOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
        for element in list(image):
            if element.keyword not in kept:
                del image[element.tag]
        image.save_as(tmp_path / file.name)
    volume = read_volume(tmp_path)
    assert np.array_equal(volume.array, phantom_volume(4).array)
    assert "Modality is not in its headers; it is taken for MR." in volume.notes


def test_ct_is_not_read(slices, tmp_path):
    add_series(tmp_path, slices, 1, "spine", Modality="CT")
    with pytest.raises(InputError, match="it is CT, not MR"):
        read_volume(tmp_path)


def test_a_single_dicom_file_is_read_as_what_it_holds(slices):
    with pytest.raises(InputError, match=r"1 slice\(s\), and at least 3"):
        read_volume(slices[0])


def test_a_part_of_a_series_is_read_by_its_key(slices, tmp_path):
    uid = generate_uid()
    for number, echo in enumerate(("30", "100")):
        add_series(tmp_path, slices, number, "T2", EchoTime=echo, SeriesInstanceUID=uid, SeriesNumber=7)
    keys = {series.key: series.frames[0].contrast.echo_time_ms for series in find_series(tmp_path).series}
    assert keys == {"7.1": 30.0, "7.2": 100.0}
    assert "series 7.1" in read_volume(tmp_path, "7.1").notes[0]
