from dataclasses import replace

import numpy as np
import pytest

from CCFNetCore.errors import InputError
from CCFNetCore.images.kind import doubts, require_picture
from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import phantom_volume


@pytest.fixture(scope="module")
def volume():
    return phantom_volume(2)


def as_ct(array):
    """Air, soft tissue and bone in Hounsfield units, where the picture is dark, grey and bright."""
    dark, bright = np.percentile(array, [30, 90])
    units = np.select([array < dark, array > bright], [-1000.0, 500.0], 40.0)
    return (units + np.random.default_rng(0).normal(0, 25, array.shape)).clip(-1024).astype(np.int16)


def test_a_mask_is_refused_and_said_to_be_one(volume):
    mask = np.digitize(volume.array, [200, 400, 600]).astype(np.uint8)
    smooth = np.repeat(np.repeat(mask[:, ::20, ::20], 20, axis=1), 20, axis=2)
    with pytest.raises(InputError, match="phantom-2: holds 4 different values in patches: a mask"):
        require_picture(replace(volume, array=smooth))


def test_an_even_volume_is_refused(volume):
    with pytest.raises(InputError, match="has the value 7 everywhere"):
        require_picture(replace(volume, array=np.full((5, 20, 20), 7)))


@pytest.mark.parametrize("greys", [256, 64, 16])
def test_a_picture_in_few_greys_is_read(volume, greys):
    coarse = volume.array.astype(int) * greys // (int(volume.array.max()) + 1)
    require_picture(replace(volume, array=coarse.astype(np.uint8)))


def test_a_usual_picture_raises_no_doubts(volume):
    assert doubts(volume) == []
    assert doubts(replace(volume, array=volume.array.astype(np.int32) - 1000)) == []


def test_padding_is_no_air_of_a_ct(volume):
    padded = volume.array.astype(np.int16)
    padded[-3:] = -1000
    assert doubts(replace(volume, array=padded)) == []


def test_a_ct_is_doubted(volume):
    assert "those of a CT" in doubts(replace(volume, array=as_ct(volume.array)))[0]


def test_an_inverted_picture_is_doubted(volume):
    (doubt,) = doubts(replace(volume, array=volume.array.max() - volume.array))
    assert "as if air were white" in doubt


def test_real_volumes_are_pictures_and_their_masks_are_not(volumes):
    for file in sorted(volumes.glob("*_img.nii.gz")):
        picture = read_volume(file)
        require_picture(picture)
        assert doubts(picture) == []
        with pytest.raises(InputError, match="a mask"):
            require_picture(read_volume(volumes / file.name.replace("_img", "_lab")))
