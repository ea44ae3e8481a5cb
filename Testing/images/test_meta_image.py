import zlib

import numpy as np
import pytest
import SimpleITK as sitk

from CCFNetCore.errors import InputError
from CCFNetCore.images.source import read_volume

ARRAY = np.random.default_rng(0).integers(0, 1000, (5, 6, 7)).astype("<i2")
RAW = ARRAY.tobytes()
PACKED = zlib.compress(RAW)
FIELDS = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "TransformMatrix": "0 1 0 0 0 -1 -1 0 0",
    "Offset": "10 20 30",
    "ElementSpacing": "1.5 2 3",
    "DimSize": "7 6 5",
    "ElementType": "MET_SHORT",
}
COMPRESSED = {"CompressedData": "True", "CompressedDataSize": str(len(PACKED))}
IN_TIME = {
    "NDims": "4",
    "ElementSpacing": "1.5 2 3 1",
    "Offset": "10 20 30 0",
    "TransformMatrix": "0 1 0 0 0 0 -1 0 -1 0 0 0 0 0 0 1",
}


def write(file, data=RAW, named="LOCAL", **changed):
    fields = {**FIELDS, **changed}
    header = "".join(f"{name} = {value}\n" for name, value in fields.items() if value is not None)
    file.write_bytes(f"{header}ElementDataFile = {named}\n".encode() + data)
    return file


@pytest.mark.parametrize(
    ("changed", "data"),
    [
        ({}, RAW + b"more"),
        (COMPRESSED, PACKED),
        ({"BinaryDataByteOrderMSB": "True"}, ARRAY.astype(">i2").tobytes()),
        ({"ElementType": "MET_DOUBLE"}, ARRAY.astype("<f8").tobytes()),
        ({"ElementSpacing": None, "ElementSize": "1.5 2 3"}, RAW),
        ({"Offset": None, "Position": "1 2 3"}, RAW),
        ({"TransformMatrix": None, "Orientation": "0 1 0 0 0 -1 -1 0 0"}, RAW),
        ({"TransformMatrix": "0 1 0 0 0 -1 1 0 0"}, RAW),
        ({"AnatomicalOrientation": "RAI"}, RAW),
    ],
)
def test_what_itk_reads_right_is_read_the_same(changed, data, tmp_path):
    file = write(tmp_path / "same.mha", data, **changed)
    image, volume = sitk.ReadImage(str(file)), read_volume(file)
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(image))
    assert np.allclose(volume.spacing_mm, image.GetSpacing())
    assert np.allclose(volume.origin_lps_mm, image.GetOrigin())
    assert np.allclose(volume.direction.ravel(), image.GetDirection())


@pytest.mark.parametrize("size", [{}, {"CompressedDataSize": "100"}])
def test_compressed_voxels_are_read_whole_whatever_their_size_is_said_to_be(size, tmp_path):
    file = write(tmp_path / "packed.mha", PACKED, CompressedData="True", **size)
    assert np.array_equal(read_volume(file).array, ARRAY)


@pytest.mark.parametrize("named", ["voxels.raw", "LIST\n0.raw\n1.raw\n2.raw\n3.raw\n4.raw\n", "%d.raw 0 4 1"])
def test_voxels_in_other_files_are_found(named, tmp_path):
    (tmp_path / "voxels.raw").write_bytes(RAW)
    for number, part in enumerate(ARRAY):
        (tmp_path / f"{number}.raw").write_bytes(part.tobytes())
    file = write(tmp_path / "header.mhd", b"", named=named)
    assert np.array_equal(read_volume(file).array, ARRAY)
    (tmp_path / "voxels.raw").write_bytes(RAW[:-1])
    (tmp_path / "4.raw").write_bytes(RAW[:83])
    with pytest.raises(InputError, match=r"raw: is incomplete; of the (420|84) bytes"):
        read_volume(file)


@pytest.mark.parametrize(("skipped", "before"), [("4", b"byte"), ("-1", b"some bytes")])
def test_a_header_before_the_voxels_is_skipped(skipped, before, tmp_path):
    (tmp_path / "voxels.raw").write_bytes(before + RAW)
    file = write(tmp_path / "header.mhd", b"", named="voxels.raw", HeaderSize=skipped)
    assert np.array_equal(read_volume(file).array, ARRAY)


def test_axes_that_lean_lie_where_itk_has_them(tmp_path):
    file = write(tmp_path / "leaning.mha", TransformMatrix="0.12 1 0 0 0 -1 -1 0 0")
    image, volume = sitk.ReadImage(str(file)), read_volume(file)
    assert np.allclose(volume.index_to_lps_mm([6, 5, 4]), image.TransformIndexToPhysicalPoint((6, 5, 4)))
    assert "6.8 degrees off right angles" in volume.warnings[0]


def test_centimetres_become_millimetres(tmp_path):
    small = {"DistanceUnits": "cm", "ElementSpacing": ".15 .2 .3", "Offset": "1 2 3"}
    volume = read_volume(write(tmp_path / "cm.mha", **small))
    assert np.allclose(volume.corners_lps_mm(), read_volume(write(tmp_path / "mm.mha")).corners_lps_mm())


def test_one_volume_in_time_is_read(tmp_path):
    assert np.array_equal(read_volume(write(tmp_path / "one.mha", DimSize="7 6 5 1", **IN_TIME)).array, ARRAY)


def test_an_unknown_first_voxel_is_told(tmp_path):
    assert "does not say where the first voxel lies" in read_volume(write(tmp_path / "a.mha", Offset=None)).warnings[0]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"TransformMatrix": None}, r"how the voxels lie in the patient \(it has no TransformMatrix"),
        ({"TransformMatrix": "0 0 0 0 0 0 0 0 0"}, "does not hold directions"),
        ({"TransformMatrix": "0 2 0 0 0 -2 -2 0 0"}, "does not hold directions"),
        ({"TransformMatrix": "nan 1 0 0 0 -1 -1 0 0"}, "does not hold directions"),
        ({"ElementSpacing": None}, "does not say how large"),
        ({"ElementSpacing": "0 2 3"}, "voxels of 0.0 x 2.0 x 3.0 mm"),
        ({"ElementSpacing": "-1 2 3"}, "voxels of -1.0 x 2.0 x 3.0 mm"),
        ({"ElementSpacing": "nan 2 3"}, "voxels of nan x 2.0 x 3.0 mm"),
        ({"ElementSpacing": "a b c"}, "its ElementSpacing is 'a b c'"),
        ({"ElementSpacing": "1 2"}, "not of 3 dimensions"),
        ({"ElementSpacing": "1e992 2 3"}, "its ElementSpacing is '1e992 2 3'"),
        ({"Offset": "nan 0 0"}, "first voxel"),
        ({"DistanceUnits": "um"}, "not in millimetres"),
        ({"DimSize": "7 0 5"}, "a size of 7 x 0 x 5"),
        ({"DimSize": "7 inf 5"}, "its DimSize is '7 inf 5'"),
        ({"DimSize": "7 6 5000000000"}, "is incomplete"),
        ({"ElementType": "MET_FOO"}, "'MET_FOO'"),
        ({"BinaryData": "False"}, "as text"),
        ({"HeaderSize": "-5"}, "its HeaderSize is '-5'"),
        ({"ElementNumberOfChannels": "3"}, r"vectors \(3 values"),
        ({"ElementNumberOfChannels": "3", "ElementType": "MET_UCHAR"}, "colour image"),
        ({**IN_TIME, "DimSize": "7 6 5 2"}, "holds 2 volumes"),
        ({"NDims": "2", "DimSize": "42 5", "ElementSpacing": "1 1", "TransformMatrix": "1 0 0 1"}, "single slice"),
    ],
)
def test_what_a_header_says_amiss_is_told(changed, reason, tmp_path):
    with pytest.raises(InputError, match=f"odd.mha: .*{reason}"):
        read_volume(write(tmp_path / "odd.mha", **changed))


@pytest.mark.parametrize(
    ("changed", "data"),
    [
        ({}, RAW[:200]),
        ({}, b""),
        (COMPRESSED, PACKED[:200]),
        (COMPRESSED, PACKED[:-4]),
        (COMPRESSED, zlib.compress(RAW[:200])),
        ({"CompressedData": "True"}, PACKED[:200]),
        (COMPRESSED, PACKED[:-4] + b"1234"),
        (COMPRESSED, PACKED[:100] + b"\xff\xff\xff" + PACKED[103:]),
    ],
)
def test_truncated_or_damaged_voxels_are_refused(changed, data, tmp_path):
    with pytest.raises(InputError, match=r"half.mha: is (incomplete|damaged); "):
        read_volume(write(tmp_path / "half.mha", data, **changed))
