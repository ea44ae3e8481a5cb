import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from CCFNetCore.errors import InputError
from CCFNetCore.images.picture import PICTURE_FIELD_OF_VIEW_MM
from CCFNetCore.images.source import input_name, read_volume
from CCFNetCore.phantom import phantom_volume


@pytest.fixture(scope="module")
def phantom():
    return phantom_volume(2)


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"])
def test_every_format_gives_the_same_voxels_and_places(phantom, ending, tmp_path):
    file = tmp_path / f"my.study{ending}"
    sitk.WriteImage(phantom.to_sitk(), str(file))
    volume = read_volume(file)
    assert volume.name == "my.study"
    assert np.array_equal(volume.array, phantom.array)
    corners = phantom.corners_lps_mm()
    assert np.allclose(volume.index_to_lps_mm(phantom.lps_mm_to_index(corners)), corners, atol=1e-3)


def test_a_picture_has_no_millimetres(tmp_path):
    Image.fromarray(np.arange(200 * 100).reshape(200, 100).astype(np.uint16)).save(tmp_path / "slice.PNG")
    volume = read_volume(tmp_path / "slice.PNG")
    assert volume.is_picture
    assert volume.size == (100, 200, 1)
    assert volume.spacing_mm[0] * 200 == PICTURE_FIELD_OF_VIEW_MM
    assert volume.array[0, 3, 7] == 307


def test_a_colour_picture_is_read_as_grey(tmp_path):
    Image.new("RGBA", (30, 20), (10, 10, 10, 255)).save(tmp_path / "colour.png")
    assert (read_volume(tmp_path / "colour.png").array == 10).all()


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b.nii.gz", "b"), ("b.v2.nrrd", "b.v2"), ("B.PNG", "B"), ("folder/study.1/", "study.1"), ("x.mha", "x")],
)
def test_names_lose_only_the_image_ending(path, name):
    assert input_name(path) == name


@pytest.mark.parametrize("file", ["damaged.nii.gz", "damaged.nrrd", "damaged.mha", "damaged.png"])
def test_damaged_files_are_named(file, tmp_path):
    (tmp_path / file).write_bytes(b"no image at all")
    with pytest.raises(InputError, match=f"{file}: cannot be read"):
        read_volume(tmp_path / file)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="absent.nrrd: there is no such file"):
        read_volume(tmp_path / "absent.nrrd")


def test_other_kinds_of_file_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="notes.txt: not a kind of file"):
        read_volume(tmp_path / "notes.txt")


def test_colour_volumes_are_refused(tmp_path):
    sitk.WriteImage(sitk.Image((8, 8, 8), sitk.sitkVectorUInt8, 3), str(tmp_path / "rgb.mha"))
    with pytest.raises(InputError, match="colour"):
        read_volume(tmp_path / "rgb.mha")


def test_a_volume_in_time_is_refused_unless_it_has_one_step(tmp_path):
    sitk.WriteImage(sitk.Image((8, 8, 8, 2), sitk.sitkUInt8), str(tmp_path / "two.nii.gz"))
    with pytest.raises(InputError, match=r"two.nii.gz: holds 2 volumes"):
        read_volume(tmp_path / "two.nii.gz")
    sitk.WriteImage(sitk.Image((8, 8, 8, 1), sitk.sitkUInt8), str(tmp_path / "one.nrrd"))
    assert read_volume(tmp_path / "one.nrrd").size == (8, 8, 8)


@pytest.mark.parametrize("end", [b"\0IEN", b"\xff\xff\xff\xff"])
def test_a_png_with_damaged_chunks_is_one_sentence(tmp_path, end):
    file = tmp_path / "slice.png"
    Image.new("L", (30, 20), 100).save(file)
    begun = file.read_bytes()
    at = begun.index(b"IDAT")
    file.write_bytes(begun[:at] + end + begun[at + 4 :])
    with pytest.raises(InputError, match="cannot be read as a picture"):
        read_volume(file)
