import io
import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from dicom_slices import copied, draw_slices, enhanced, written
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from CCFNetCore.errors import InputError
from CCFNetCore.phantom import phantom_volume
from CCFNetCore.readers import read_volume


@pytest.fixture(scope="module")
def slices(tmp_path_factory):
    return draw_slices(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def values():
    return phantom_volume(4).array


def set_pixels(image, pixels, kind):
    image.PixelData = np.round(pixels).astype(kind).tobytes()


def test_each_slice_has_its_own_scale(slices, values, tmp_path):
    scaled = copied(slices)
    for number, image in enumerate(scaled):
        slope = 0.5 if number else 1.0
        set_pixels(image, (values[number] + 7.0) / slope, "<u2" if number else "<i2")
        image.RescaleSlope, image.RescaleIntercept, image.BitsStored, image.HighBit = str(slope), "-7", 16, 15
        image.PixelRepresentation = int(number == 0)
    assert np.array_equal(read_volume(written(scaled, tmp_path)).array, values)


def test_each_frame_has_its_own_scale(slices, values, tmp_path):
    scaled = copied(slices, RescaleSlope=lambda n: str(n + 1), RescaleIntercept=lambda n: str(-n))
    array = read_volume(written([enhanced(scaled)], tmp_path)).array
    assert array.dtype == np.float32
    assert np.array_equal(array, values * (np.arange(13)[:, None, None] + 1.0) - np.arange(13)[:, None, None])


def test_values_that_are_not_whole_stay_so(slices, values, tmp_path):
    array = read_volume(written(copied(slices, RescaleSlope="1e-12"), tmp_path)).array
    assert np.allclose(array, values * 1e-12, rtol=1e-6)


def test_bright_is_bright_in_monochrome1(slices, values, tmp_path):
    inverted = copied(slices, PhotometricInterpretation="MONOCHROME1")
    for image in inverted:
        set_pixels(image, 4095 - image.pixel_array.astype(int), "<u2")
    array = read_volume(written(inverted, tmp_path)).array.astype(int)
    assert np.array_equal(array - array.min(), values.astype(int) - values.min())


def test_padding_is_as_dark_as_what_is_darkest(slices, values, tmp_path):
    padded = copied(slices, PixelRepresentation=1, BitsStored=16, HighBit=15)
    for image in padded:
        image.add_new("PixelPaddingValue", "SS", -2000)
        pixels = image.pixel_array.astype(int) + 50
        pixels[:40] = -2000
        set_pixels(image, pixels, "<i2")
    array = read_volume(written(padded, tmp_path)).array
    assert array.min() >= 50
    assert np.array_equal(array[:, 40:], values[:, 40:].astype(int) + 50)


def test_an_overlay_in_the_upper_bits_is_left_out(slices, values, tmp_path):
    drawn = copied(slices)
    for image in drawn:
        set_pixels(image, image.pixel_array | 0x8000, "<u2")
        image.add_new(0x60000102, "US", 15)
    assert np.array_equal(read_volume(written(drawn, tmp_path)).array, values)


def test_bits_stored_that_are_too_few_cut_nothing(slices, values, tmp_path):
    assert values.max() > 255
    assert np.array_equal(read_volume(written(copied(slices, BitsStored=8, HighBit=7), tmp_path)).array, values)


@pytest.mark.parametrize(("syntax", "kind"), [(ImplicitVRLittleEndian, "<u2"), (ExplicitVRBigEndian, ">u2")])
def test_every_byte_order(slices, values, tmp_path, syntax, kind):
    for image in copied(slices):
        set_pixels(image, image.pixel_array, kind)
        image.file_meta.TransferSyntaxUID = syntax
        way = {"implicit_vr": syntax.is_implicit_VR, "little_endian": syntax.is_little_endian}
        pydicom.dcmwrite(tmp_path / image.SOPInstanceUID, image, enforce_file_format=True, **way)
    assert np.array_equal(read_volume(tmp_path).array, values)


def test_deflated_files(slices, values, tmp_path):
    deflated = copied(slices)
    for image in deflated:
        image.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert np.array_equal(read_volume(written(deflated, tmp_path)).array, values)


def test_files_without_a_preamble(slices, values, tmp_path):
    for image in copied(slices):
        del image.file_meta
        image.save_as(tmp_path / image.SOPInstanceUID, implicit_vr=True, little_endian=True)
    assert np.array_equal(read_volume(tmp_path).array, values)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_compressed_slices(slices, values, tmp_path, syntax):
    packed = copied(slices)
    for image in packed:
        image.compress(syntax, generate_instance_uid=False)
    assert np.array_equal(read_volume(written(packed, tmp_path)).array, values)


@pytest.mark.skipif(not shutil.which("dcmcjpeg"), reason="needs dcmcjpeg (Debian package dcmtk)")
@pytest.mark.parametrize("option", ["+e1", "+el"])
def test_slices_compressed_as_jpeg_lossless(slices, values, tmp_path, option):
    files = written(copied(slices), tmp_path / "plain")
    (tmp_path / "packed").mkdir()
    for file in files.iterdir():
        subprocess.run(["dcmcjpeg", option, file, tmp_path / "packed" / file.name], check=True)
    assert np.array_equal(read_volume(tmp_path / "packed").array, values)


def test_slices_compressed_as_jpeg_2000(slices, values, tmp_path):
    packed = copied(slices, BitsStored=16, HighBit=15)
    for image in packed:
        stream = io.BytesIO()
        Image.fromarray(image.pixel_array).save(stream, "JPEG2000", irreversible=False, no_jp2=True)
        image.PixelData = encapsulate([stream.getvalue()])
        image["PixelData"].is_undefined_length = True
        image.file_meta.TransferSyntaxUID = JPEG2000Lossless
    assert np.array_equal(read_volume(written(packed, tmp_path)).array, values)


def test_compressed_frames_of_an_enhanced_image(slices, values, tmp_path):
    image = enhanced(slices)
    image.compress(RLELossless)
    assert np.array_equal(read_volume(written([image], tmp_path)).array, values)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, HTJ2KLossless])
def test_pixels_that_cannot_be_unpacked_are_one_sentence(slices, tmp_path, syntax):
    packed = copied(slices)
    for image in packed:
        image.compress(RLELossless, generate_instance_uid=False)
        image.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_volume(written(packed, tmp_path))


def test_a_file_of_the_series_that_is_cut_short_is_named(slices, tmp_path):
    folder = written(slices, tmp_path)
    file = folder / slices[5].SOPInstanceUID
    file.write_bytes(file.read_bytes()[:-5000])
    with pytest.raises(InputError, match=f"{slices[5].SOPInstanceUID}: its pixels cannot be read"):
        read_volume(folder)
