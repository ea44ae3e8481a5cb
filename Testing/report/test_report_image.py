from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from CCFNetCore.phantom import write_study
from CCFNetCore.readers import read_volume
from CCFNetCore.report.source import read_image


@pytest.fixture
def two_contrasts(tmp_path):
    """A folder whose one series holds two stacks, the second one darker."""
    folder = write_study(4, tmp_path)
    for file in sorted(folder.iterdir()):
        image = dcmread(file)
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        image.EchoTime, image.PixelData = "60", (image.pixel_array // 2).tobytes()
        image.save_as(folder / f"{file.stem}-b.dcm")
    return folder


@pytest.mark.parametrize("key", ["1.1", "1.2"])
def test_the_image_of_a_result_is_the_stack_that_was_read(result, two_contrasts, key):
    volume = read_volume(two_contrasts, key)
    source = replace(result.input, series_instance_uid=volume.series_instance_uid, series=key)
    assert np.array_equal(read_image(replace(result, input=source), two_contrasts).array, volume.array)


def test_where_stacks_are_numbered_otherwise_the_series_uid_tells(result, two_contrasts):
    uid = read_volume(two_contrasts).series_instance_uid
    source = replace(result.input, series_instance_uid=uid, series="9")
    assert read_image(replace(result, input=source), two_contrasts).series_instance_uid == uid
