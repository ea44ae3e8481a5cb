from copy import deepcopy

import numpy as np
import pytest
from dicom_slices import AXIAL, CORONAL, copied, draw_slices, enhanced, shifted, written
from pydicom.uid import generate_uid

from CCFNetCore.errors import InputError
from CCFNetCore.images.dicom import find_series
from CCFNetCore.phantom import phantom_volume
from CCFNetCore.readers import read_volume


@pytest.fixture(scope="module")
def slices(tmp_path_factory):
    return draw_slices(tmp_path_factory.mktemp("study"))


def kinds_and_slices(folder):
    return sorted((series.kind, series.slices) for series in find_series(folder).series)


def of_type(*words):
    return {"ImageType": ["ORIGINAL", "PRIMARY", *words]}


def test_contrasts_of_one_series_come_apart_by_image_type(slices, tmp_path):
    for word in ("W", "F", "IP", "OP"):
        written(copied(slices, **of_type(word, "DIXON")), tmp_path)
    assert kinds_and_slices(tmp_path) == [("fat", 13), ("in phase", 13), ("out of phase", 13), ("water", 13)]
    assert "in phase" in read_volume(tmp_path).notes[0]


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("EchoTime", ["12", "100"]),
        ("EchoNumbers", ["1", "2"]),
        ("InversionTime", ["150", "2500"]),
        ("DiffusionBValue", [0.0, 800.0]),
        ("TemporalPositionIdentifier", ["1", "2"]),
        ("AcquisitionNumber", ["1", "2"]),
        ("TriggerTime", ["10", "300"]),
        ("SeriesDescription", ["T2 before", "T2 after"]),
        ("FlipAngle", ["15", "90"]),
        ("ScanOptions", ["WATER", "FAT"]),
        ("AcquisitionTime", ["080000", "080300"]),
    ],
)
def test_contrasts_and_repetitions_of_one_series_come_apart(slices, tmp_path, keyword, values):
    for value in values:
        written(copied(slices, **{keyword: value}), tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13), ("", 13)]


def test_contrasts_come_apart_by_the_words_of_a_dixon_series(slices, tmp_path):
    for letter in ("W", "F"):
        written(copied(slices, SeriesDescription=f"t2_tse_dixon_sag_{letter}"), tmp_path)
    assert kinds_and_slices(tmp_path) == [("fat", 13), ("water", 13)]


def test_pictures_that_share_a_uid_are_no_copies_if_they_lie_elsewhere(slices, tmp_path):
    for number, image in enumerate(copied(slices, SOPInstanceUID="1.2.3")):
        image.save_as(tmp_path / str(number))
    assert kinds_and_slices(tmp_path) == [("", 13)]


def test_an_echo_time_that_varies_a_little_does_not_part_a_stack(slices, tmp_path):
    written(copied(slices, EchoTime=lambda n: f"{100 + 0.1 * n:.1f}"), tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13)]


def test_repetitions_that_only_instance_numbers_tell_apart_come_apart(slices, tmp_path):
    written(copied(slices, InstanceNumber=lambda n: n + 1), tmp_path)
    written(copied(slices, InstanceNumber=lambda n: n + 14), tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13), ("", 13)]


def darker(images):
    for image in images:
        image.PixelData = (image.pixel_array // 3).tobytes()
    return images


def test_repetitions_in_one_enhanced_file_come_apart_by_their_order(slices, tmp_path):
    written([enhanced([*slices, *darker(copied(slices))])], tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13), ("", 13)]
    assert np.array_equal(read_volume(tmp_path, "1.1").array, phantom_volume(4).array)


def test_pictures_that_nothing_tells_apart_are_not_mixed(slices, tmp_path):
    written(copied(slices), tmp_path)
    written(darker(copied(slices)), tmp_path)
    with pytest.raises(InputError, match="at 13 of its places lie several pictures that differ"):
        read_volume(tmp_path)


def test_a_place_that_is_there_twice_is_told(slices, tmp_path):
    written(copied(slices), tmp_path)
    written(darker(copied(slices[5:6])), tmp_path)
    assert read_volume(tmp_path).warnings == (
        "At 1 place(s) lie several pictures that differ; the first of each was read.",
    )


def test_copies_count_once(slices, tmp_path):
    written(slices, tmp_path / "a")
    written(slices, tmp_path / "b")
    volume = read_volume(tmp_path)
    assert volume.warnings == ()
    assert "13 picture(s) are there more than once and count once." in volume.notes


def test_copies_under_new_uids_are_no_other_pictures(slices, tmp_path):
    written(copied(slices), tmp_path)
    written(copied(slices), tmp_path)
    assert read_volume(tmp_path).warnings == ()


def test_three_planes_of_an_enhanced_image_come_apart(slices, tmp_path):
    frames = []
    for plane in (None, AXIAL, CORONAL):
        for number, image in enumerate(copied(slices[4:9])):
            if plane:
                image.ImageOrientationPatient = plane
                image.ImagePositionPatient = list(10.0 * number * np.cross(plane[:3], plane[3:]))
            frames.append(image)
    written([enhanced(frames)], tmp_path)
    found = find_series(tmp_path).series
    assert sorted((series.plane, series.slices) for series in found) == [("axial", 5), ("coronal", 5), ("sagittal", 5)]
    assert np.allclose(read_volume(tmp_path).corners_lps_mm()[0], slices[4].ImagePositionPatient, atol=1e-3)


@pytest.mark.parametrize("order", [range(13), [*range(0, 13, 2), *range(1, 13, 2)], range(12, -1, -1)])
def test_frames_of_an_enhanced_image_are_put_in_order(slices, tmp_path, order):
    written([enhanced([slices[n] for n in order])], tmp_path)
    volume, phantom = read_volume(tmp_path), phantom_volume(4)
    assert np.array_equal(volume.array, phantom.array)
    assert np.allclose(volume.corners_lps_mm(), phantom.corners_lps_mm(), atol=1e-3)


def test_enhanced_files_of_one_frame_make_one_stack(slices, tmp_path):
    written([enhanced([image]) for image in slices], tmp_path)
    assert np.array_equal(read_volume(tmp_path).array, phantom_volume(4).array)


def test_directions_are_compared_by_tolerance_and_not_by_rounding(slices, tmp_path):
    # Both of these round to another hundredth.
    turned = copied(slices, ImageOrientationPatient=lambda n: [0.00499 + 0.00002 * (n % 2), 1, 0, 0, 0, -1])
    written(turned, tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13)]


def test_slices_turned_by_more_than_a_tenth_of_a_degree_come_apart(slices, tmp_path):
    written(copied(slices[:6]), tmp_path)
    sine = float(np.sin(np.deg2rad(0.5)))
    written(copied(slices[6:], ImageOrientationPatient=[sine, 1, 0, 0, 0, -1]), tmp_path)
    assert sorted(series.slices for series in find_series(tmp_path).series) == [6, 7]


def test_two_stations_of_one_series_come_apart(slices, tmp_path):
    written(copied(slices), tmp_path)
    upper = copied(slices)
    for image in upper:
        x, y, z = map(float, image.ImagePositionPatient)
        image.ImagePositionPatient = [x + 1.5, y, z + 250]
    written(upper, tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13), ("", 13)]
    assert any("13 other slice(s) were not read" in warning for warning in read_volume(tmp_path).warnings)


def test_two_slabs_of_one_series_come_apart(slices, tmp_path):
    written(copied(slices), tmp_path)
    written([shifted(image, across_mm=140.0) for image in copied(slices)], tmp_path)
    assert kinds_and_slices(tmp_path) == [("", 13), ("", 13)]


@pytest.mark.parametrize("numbers", [lambda n: 5, lambda n: n + 1, lambda n: None])
def test_series_of_one_slice_each_are_put_together(slices, tmp_path, numbers):
    alone = copied(slices, SeriesInstanceUID=lambda n: generate_uid(), SeriesNumber=numbers)
    written(alone, tmp_path)
    assert np.array_equal(read_volume(tmp_path).array, phantom_volume(4).array)


@pytest.mark.parametrize(
    "other",
    [
        {"SeriesDescription": lambda n: f"T2 {n}"},
        {"AcquisitionTime": lambda n: f"{8 + n:02d}0000"},
        {"FrameOfReferenceUID": lambda n: generate_uid()},
        {"EchoTime": lambda n: f"{20 * n + 10}"},
    ],
)
def test_series_of_one_slice_each_that_differ_stay_apart(slices, tmp_path, other):
    written(copied(slices, SeriesInstanceUID=lambda n: generate_uid(), **other), tmp_path)
    assert {series.slices for series in find_series(tmp_path).series} == {1}


def test_headers_without_a_series_uid_are_grouped_by_folder(slices, tmp_path):
    bare = deepcopy(slices)
    for image in bare:
        del image.SeriesInstanceUID
    written(bare, tmp_path / "one")
    written(copied(bare, SeriesDescription="again"), tmp_path / "two")
    assert kinds_and_slices(tmp_path) == [("", 13), ("", 13)]
    assert any("SeriesInstanceUID" in note for note in read_volume(tmp_path / "one").notes)


def test_an_odd_header_beside_a_good_series_does_no_harm(slices, tmp_path):
    written(slices, tmp_path)
    for keyword, value in (
        ("ImagePositionPatient", None),
        ("EchoTime", ["30", "100"]),
        ("NumberOfFrames", None),
        ("PixelSpacing", ["0", "0"]),
        ("ImageOrientationPatient", ["1", "0"]),
    ):
        written(copied(slices[:1], SeriesInstanceUID=generate_uid(), **{keyword: value}), tmp_path)
    assert np.array_equal(read_volume(tmp_path).array, phantom_volume(4).array)


@pytest.mark.parametrize(
    ("keyword", "words"),
    [
        ("PixelSpacing", "size of its pixels is not in its headers"),
        ("ImagePositionPatient", "where its slices lie"),
        ("ImageOrientationPatient", "how its slices lie"),
    ],
)
def test_without_its_geometry_a_series_is_refused(slices, tmp_path, keyword, words):
    bare = deepcopy(slices)
    for image in bare:
        del image[keyword]
    with pytest.raises(InputError, match=words):
        read_volume(written(bare, tmp_path))
