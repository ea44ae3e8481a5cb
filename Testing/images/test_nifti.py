import gzip

import numpy as np
import pytest
import SimpleITK as sitk
from header_edits import big_endian, get, nifti2, write_edited

from CCFNetCore.errors import InputError
from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import phantom_volume


@pytest.fixture(scope="module")
def small():
    """An oblique-free corner of the phantom, of 16-bit integers."""
    image = phantom_volume(4).to_sitk()[100:140, 100:150, :]
    return sitk.Cast(image, sitk.sitkInt16)


@pytest.fixture(scope="module")
def data(small, tmp_path_factory):
    file = tmp_path_factory.mktemp("nifti") / "whole.nii"
    sitk.WriteImage(small, str(file))
    return file.read_bytes()


def assert_same_as_itk(file):
    image, volume = sitk.ReadImage(str(file)), read_volume(file)
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(image))
    assert np.allclose(volume.spacing_mm, image.GetSpacing(), rtol=1e-5)
    assert np.allclose(volume.origin_lps_mm, image.GetOrigin(), atol=1e-3)
    assert np.allclose(volume.direction.ravel(), image.GetDirection(), atol=1e-5)
    return volume


@pytest.mark.parametrize(
    "kind", ["UInt8", "Int8", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float32", "Float64"]
)
def test_every_type_of_voxel_is_read_as_itk_reads_it(kind, small, tmp_path):
    sitk.WriteImage(sitk.Cast(small, getattr(sitk, f"sitk{kind}")), str(tmp_path / "typed.nii.gz"))
    volume = assert_same_as_itk(tmp_path / "typed.nii.gz")
    assert volume.array.dtype == np.dtype(kind.lower())


@pytest.mark.parametrize("change", [nifti2, lambda data: big_endian(data, "i2"), gzip.compress])
def test_version_two_the_other_byte_order_and_a_wrong_ending_are_read(change, data, small, tmp_path):
    (tmp_path / "changed.nii").write_bytes(change(data))
    volume = read_volume(tmp_path / "changed.nii")
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(small))
    assert np.allclose(volume.origin_lps_mm, small.GetOrigin(), atol=1e-3)


def test_plain_data_with_the_ending_of_compressed_ones_are_read(data, tmp_path):
    (tmp_path / "plain.nii.gz").write_bytes(data)
    assert_same_as_itk(tmp_path / "plain.nii.gz")


@pytest.mark.parametrize("packed", [lambda data: data, gzip.compress])
def test_bytes_after_the_end_are_passed_over(packed, data, tmp_path):
    (tmp_path / "longer.nii").write_bytes(packed(data) + b"and more")
    assert read_volume(tmp_path / "longer.nii").size == (40, 50, 13)


def test_several_gzip_members_are_one_file(data, tmp_path):
    (tmp_path / "parts.nii.gz").write_bytes(gzip.compress(data[:5000]) + gzip.compress(data[5000:]))
    assert_same_as_itk(tmp_path / "parts.nii.gz")


@pytest.mark.parametrize("kept", [352, 353, 20_000, -1])
def test_what_is_missing_is_counted(kept, data, tmp_path):
    file = tmp_path / "half.nii"
    file.write_bytes(data[:kept])
    with pytest.raises(
        InputError, match=rf"half.nii: is incomplete; of the {len(data)} bytes .*, {len(data[:kept])} are"
    ):
        read_volume(file)


@pytest.mark.parametrize("kept", [10, 400, 20_000, -9, -4, -1])
def test_a_compressed_file_without_its_end_is_refused(kept, data, tmp_path):
    (tmp_path / "half.nii.gz").write_bytes(gzip.compress(data)[:kept])
    with pytest.raises(InputError, match=r"half.nii.gz: (is incomplete|cannot be read)"):
        read_volume(tmp_path / "half.nii.gz")


def test_compressed_data_that_are_too_short_or_do_not_agree_with_their_check_sum_are_refused(data, tmp_path):
    packed = gzip.compress(data)
    for flaw, damaged in {"incomplete": gzip.compress(data[:-1]), "damaged": packed[:-8] + b"12345678"}.items():
        (tmp_path / "bad.nii.gz").write_bytes(damaged)
        with pytest.raises(InputError, match=f"bad.nii.gz: is {flaw}"):
            read_volume(tmp_path / "bad.nii.gz")


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "nothing.nii.gz").touch()
    with pytest.raises(InputError, match=r"nothing.nii.gz: is empty\."):
        read_volume(tmp_path / "nothing.nii.gz")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"vox_offset": 1e9}, "is incomplete"),
        ({"vox_offset": np.nan}, "voxels begin at byte nan"),
        ({"dim": [3, 40, 0, 13, 1, 1, 1, 1]}, "a size of 40 x 0 x 13"),
        ({"dim": [3, 40, -50, 13, 1, 1, 1, 1]}, "a size of 40 x -50 x 13"),
        ({"dim": [9, 40, 50, 13, 1, 1, 1, 1]}, "9 dimensions"),
        ({"dim": [2, 40, 50, 1, 1, 1, 1, 1]}, "single slice"),
        ({"dim": [4, 40, 50, 1, 13, 1, 1, 1]}, "holds 13 volumes, as in time"),
        ({"dim": [5, 40, 50, 4, 1, 3, 1, 1]}, r"image of vectors \(3 values"),
        ({"datatype": 32}, "complex image"),
        ({"datatype": 128}, "colour image"),
        ({"datatype": 0}, "type of voxels, 0,"),
        ({"magic": b"ni1\0"}, "one of a pair"),
        ({"codes": [0, 0]}, r"does not say how the voxels lie in the patient \(neither its qform nor its sform"),
        ({"codes": [0, 1], "sform": np.zeros(12)}, "sform is no place"),
        ({"codes": [0, 1], "sform": np.full(12, np.nan)}, "sform is no place"),
        ({"codes": [1, 0], "pixdim": [1, 0, 1, 1, 0, 0, 0, 0]}, "qform is no place"),
        ({"codes": [1, 0], "pixdim": [1, -1, 1, 1, 0, 0, 0, 0]}, "qform is no place"),
        ({"codes": [1, 0], "quatern": [np.nan, 0, 0]}, "qform is no place"),
        ({"codes": [1, 0], "quatern": [2, 2, 2]}, "qform is no place"),
        ({"units": 3}, "not in millimetres"),
        ({"units": 7}, "unit of length, 7"),
    ],
)
def test_what_a_header_says_amiss_is_told(fields, reason, data, tmp_path):
    file = write_edited(tmp_path / "odd.nii", data, **fields)
    with pytest.raises(InputError, match=f"odd.nii: .*{reason}"):
        read_volume(file)


def test_one_volume_in_time_is_read(data, tmp_path):
    assert_same_as_itk(write_edited(tmp_path / "one.nii", data, dim=[4, 40, 50, 13, 1, 1, 1, 1]))


def test_metres_become_millimetres(data, tmp_path):
    metres = {"pixdim": get(data, "pixdim") / 1000, "sform": get(data, "sform") / 1000, "units": 1}
    volume = read_volume(write_edited(tmp_path / "metres.nii", data, codes=[0, 1], **metres))
    (tmp_path / "whole.nii").write_bytes(data)
    assert np.allclose(volume.corners_lps_mm(), read_volume(tmp_path / "whole.nii").corners_lps_mm(), atol=1e-2)


@pytest.mark.parametrize("scaling", [(2, 5), (-1, 0), (0.5, -1000)])
def test_slope_and_intercept_are_applied(scaling, data, tmp_path):
    assert_same_as_itk(write_edited(tmp_path / "scaled.nii", data, scaling=scaling))


@pytest.mark.parametrize("scaling", [(0, 5), (np.nan, 5), (1, np.nan), (np.inf, 0), (1, 1e9)])
def test_a_scaling_that_says_nothing_leaves_the_differences(scaling, data, small, tmp_path):
    volume = read_volume(write_edited(tmp_path / "scaled.nii", data, scaling=scaling))
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(small))


@pytest.mark.parametrize("codes", [(1, 1), (1, 2), (2, 1), (4, 4), (0, 2), (3, 0)])
def test_of_two_places_the_one_of_itk_is_used_and_told(codes, data, tmp_path):
    away = np.add(get(data, "sform"), [0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 0, 0])
    volume = assert_same_as_itk(write_edited(tmp_path / "two.nii", data, codes=codes, sform=away))
    used = "sform" if codes[1] == 1 else "qform"
    told = f"The qform and sform in its header lie up to 30.0 mm and 0.0 degrees apart; the {used} was used."
    assert volume.warnings == ((told,) if all(codes) else ())


def test_places_that_agree_to_a_millimetre_are_not_told(data, tmp_path):
    near = np.add(get(data, "sform"), [0, 0, 0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0])
    assert read_volume(write_edited(tmp_path / "near.nii", data, sform=near)).warnings == ()


def test_a_damaged_sform_beside_a_good_qform_is_told(data, tmp_path):
    volume = read_volume(write_edited(tmp_path / "one.nii", data, sform=np.full(12, np.nan)))
    assert volume.warnings == ("The sform in its header is damaged; the qform was used.",)


def test_voxels_of_another_size_than_the_header_says_are_told(data, tmp_path):
    large = get(data, "sform") * ([2, 2, 2, 1] * 3)
    volume = read_volume(write_edited(tmp_path / "two.nii", data, codes=[0, 1], sform=large))
    assert "in its sform" in volume.warnings[0]


def test_a_left_handed_grid_counts_as_the_file_does(data, tmp_path):
    mirrored = [-1.0, *get(data, "pixdim")[1:]]
    volume = assert_same_as_itk(write_edited(tmp_path / "left.nii", data, codes=[1, 0], pixdim=mirrored))
    assert np.linalg.det(volume.direction) < 0
    assert "left-handed" in volume.notes[0]


def test_axes_that_lean_are_read_where_they_lie_and_told(data, tmp_path, capfd):
    sform = get(data, "sform").reshape(3, 4)
    sform[0, 0] += 0.12 * abs(sform[1, 0])
    volume = read_volume(write_edited(tmp_path / "leaning.nii", data, codes=[0, 1], sform=sform))
    assert capfd.readouterr() == ("", "")
    corner = sform @ [39, 49, 12, 1] * [-1, -1, 1]
    assert np.allclose(volume.index_to_lps_mm([39, 49, 12]), corner, atol=1e-3)
    assert volume.warnings == (
        "The axes of its voxel grid are 6.8 degrees off right angles; it is read where its voxels lie.",
    )
