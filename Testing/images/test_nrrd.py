import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from CCFNetCore.errors import InputError
from CCFNetCore.images.source import read_volume

ARRAY = np.random.default_rng(0).integers(0, 1000, (5, 6, 7)).astype("<i2")
RAW = ARRAY.tobytes()
FIELDS = {
    "type": "short",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "7 6 5",
    "space directions": "(0,1.5,0) (0,0,-2) (-3,0,0)",
    "endian": "little",
    "encoding": "raw",
    "space origin": "(10,20,30)",
}
ONE_MORE_AXIS = {"dimension": "4", "space directions": f"none {FIELDS['space directions']}"}


def write(file, data=RAW, **changed):
    fields = {**FIELDS, **{name.replace("_", " "): value for name, value in changed.items()}}
    header = "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)
    end = b"" if "data file" in fields else b"\n"
    file.write_bytes(f"NRRD0005\n# made for a test\n{header}".encode() + end + data)
    return file


@pytest.mark.parametrize(
    ("changed", "data"),
    [
        ({}, RAW + b"more"),
        ({"space": "RAS"}, RAW),
        ({"space": "left-anterior-superior"}, RAW),
        ({"space_units": '"mm" "mm" "mm"'}, RAW),
        ({"encoding": "gzip"}, gzip.compress(RAW) + b"more"),
        ({"encoding": "ascii"}, " ".join(map(str, ARRAY.ravel())).encode()),
        ({"encoding": "hex"}, RAW.hex().encode()),
        ({"endian": "big"}, ARRAY.astype(">i2").tobytes()),
        ({"type": "unsigned short int"}, RAW),
        ({"type": "double"}, ARRAY.astype("<f8").tobytes()),
        ({"line_skip": "1"}, b"a line\n" + RAW),
        ({"byte_skip": "4"}, b"byte" + RAW),
        ({"byte_skip": "-1"}, b"some bytes" + RAW),
        ({"space_directions": "(0.2,1.5,0) (0,0,-2) (-3,0,0)"}, RAW),
        ({"space_directions": "(0,1.5,0) (0,0,-2) (3,0,0)"}, RAW),
    ],
)
def test_what_itk_reads_right_is_read_the_same(changed, data, tmp_path):
    file = write(tmp_path / "same.nrrd", data, **changed)
    image, volume = sitk.ReadImage(str(file)), read_volume(file)
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(image))
    assert np.allclose(volume.spacing_mm, image.GetSpacing())
    assert np.allclose(volume.origin_lps_mm, image.GetOrigin())
    assert np.allclose(volume.direction.ravel(), image.GetDirection())


@pytest.mark.parametrize("named", ["voxels.raw", "LIST\n0.raw\n1.raw\n2.raw\n3.raw\n4.raw", "%d.raw 0 4 1"])
def test_voxels_in_other_files_are_found(named, tmp_path):
    (tmp_path / "voxels.raw").write_bytes(RAW)
    for number, part in enumerate(ARRAY):
        (tmp_path / f"{number}.raw").write_bytes(part.tobytes())
    file = write(tmp_path / "header.nhdr", b"", data_file=named)
    assert np.array_equal(read_volume(file).array, ARRAY)
    (tmp_path / "voxels.raw").write_bytes(RAW[:-1])
    (tmp_path / "4.raw").write_bytes(RAW[:83])
    with pytest.raises(InputError, match=r"raw: is incomplete; of the (420|84) bytes"):
        read_volume(file)


@pytest.mark.parametrize("named", ["absent.raw", ".", "/dev/zero", "a\0b", "a" * 300])
def test_a_file_of_voxels_that_is_none_is_named(named, tmp_path):
    with pytest.raises(InputError, match=r"header.nhdr: (the file .* with its voxels is not there|cannot be read)"):
        read_volume(write(tmp_path / "header.nhdr", b"", data_file=named))


@pytest.mark.parametrize("axis", [{"sizes": "1 7 6 5", "kinds": "list domain domain domain"}, {"sizes": "1 7 6 5"}, {}])
def test_one_volume_of_a_list_is_read(axis, tmp_path):
    last = {"dimension": "4", "sizes": "7 6 5 1", "space directions": f"{FIELDS['space directions']} none"}
    file = write(tmp_path / "one.nrrd", **(ONE_MORE_AXIS | axis if axis else last))
    assert np.array_equal(read_volume(file).array, ARRAY)


def test_a_volume_in_time_as_itk_writes_it_is_read_and_its_unnamed_space_told(tmp_path):
    sitk.WriteImage(sitk.JoinSeries([sitk.GetImageFromArray(ARRAY)]), str(tmp_path / "one.nrrd"))
    volume = read_volume(tmp_path / "one.nrrd")
    assert np.array_equal(volume.array, ARRAY)
    assert "does not name its space" in volume.warnings[0]


def test_centimetres_become_millimetres(tmp_path):
    directions = "(0,.15,0) (0,0,-.2) (-.3,0,0)"
    units = {"space_units": '"cm" "cm" "cm"', "space_directions": directions, "space_origin": "(1,2,3)"}
    volume = read_volume(write(tmp_path / "cm.nrrd", **units))
    assert np.allclose(volume.corners_lps_mm(), read_volume(write(tmp_path / "mm.nrrd")).corners_lps_mm())


def test_fields_without_a_value_skip_nothing(tmp_path):
    assert np.array_equal(read_volume(write(tmp_path / "empty.nrrd", line_skip="", byte_skip="")).array, ARRAY)


def test_an_unknown_first_voxel_is_told(tmp_path):
    volume = read_volume(write(tmp_path / "anywhere.nrrd", space_origin=None))
    assert "does not say where the first voxel lies" in volume.warnings[0]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"space": None}, "it names no space"),
        ({"space": "scanner-xyz"}, "its space is 'scanner-xyz'"),
        ({"space_directions": None, "spacings": "1.5 2 3"}, "no space directions"),
        ({"space_directions": None}, "no space directions"),
        ({"space_directions": "(0,0,0) (0,0,-2) (-3,0,0)"}, "voxels of 0 x 2 x 3 mm"),
        ({"space_directions": "(nan,1,0) (0,0,-2) (-3,0,0)"}, "voxels of nan x 2 x 3 mm"),
        ({"space_directions": "(a,1,0) (0,0,-2) (-3,0,0)"}, "its field spacedirections"),
        ({"space_directions": "(1,0) (0,0,-2) (-3,0,0)"}, "its field spacedirections"),
        ({"space_origin": "(nan,0,0)"}, "first voxel"),
        ({"space_units": '"furlong" "mm" "mm"'}, "furlong"),
        ({"sizes": "7 six 5"}, "its field sizes"),
        ({"sizes": "7 0 5"}, "a size of 7 x 0 x 5"),
        ({"sizes": "7 6 5000000000"}, "is incomplete"),
        ({"type": "block"}, "'block'"),
        ({"endian": None}, "its field endian"),
        ({"encoding": "bzip2"}, "'bzip2'"),
        ({"encoding": "gzip"}, "cannot be unpacked"),
        ({"encoding": "hex"}, "its voxels as hex"),
        ({"encoding": "ascii"}, "its voxels as ascii"),
        ({**ONE_MORE_AXIS, "sizes": "2 7 6 5"}, "holds 2 volumes"),
        ({**ONE_MORE_AXIS, "sizes": "3 7 6 5", "kinds": "vector domain domain domain"}, r"vectors \(3 values"),
        ({**ONE_MORE_AXIS, "sizes": "3 7 6 5", "kinds": "RGB-color domain domain domain"}, "colour image"),
        ({**ONE_MORE_AXIS, "sizes": "2 7 6 5", "kinds": "complex domain domain domain"}, "complex image"),
        ({"dimension": "2", "sizes": "42 5", "space_directions": "(1,0,0) (0,1,0)"}, "single slice"),
    ],
)
def test_what_a_header_says_amiss_is_told(changed, reason, tmp_path):
    with pytest.raises(InputError, match=f"odd.nrrd: .*{reason}"):
        read_volume(write(tmp_path / "odd.nrrd", **changed))


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("raw", RAW[:200]),
        ("gzip", gzip.compress(RAW)[:200]),
        ("gzip", gzip.compress(RAW)[:-4]),
        ("gzip", gzip.compress(RAW[:200])),
        ("ascii", b"1 2 3"),
        ("hex", RAW.hex().encode()[:200]),
        ("raw", b""),
    ],
)
def test_truncated_voxels_are_refused(encoding, data, tmp_path):
    with pytest.raises(InputError, match=r"half.nrrd: is incomplete; "):
        read_volume(write(tmp_path / "half.nrrd", data, encoding=encoding))
