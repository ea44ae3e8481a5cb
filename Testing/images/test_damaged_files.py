"""Whatever is changed in a file, it is read or refused in one sentence, and nothing else comes of it."""

import warnings
from contextlib import suppress

import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from CCFNetCore.errors import InputError
from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import phantom_volume

ENDINGS = [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]
HEADER_BYTES = 600


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small sound file of each kind, by its ending; NRRD and MHA compressed."""
    folder = tmp_path_factory.mktemp("whole")
    image = sitk.Cast(phantom_volume(4).to_sitk()[100:120, 100:130, :5], sitk.sitkInt16)
    for ending in ENDINGS:
        sitk.WriteImage(image, str(folder / f"whole{ending}"), useCompression=ending in (".nrrd", ".mha"))
    return folder


places = st.integers(0, HEADER_BYTES)
flips = st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)
inserts = st.lists(
    st.tuples(places, st.sampled_from([b"0", b"-", b"9", b" ", b"\n", b"nan", b"1e99", b"("])), max_size=3
)


def damaged(data, flipped, inserted, kept):
    data = bytearray(data)
    for place, value in flipped:
        data[place % len(data)] = value
    for place, text in inserted:
        data[place:place] = text
    return bytes(data[: int(kept * len(data))])


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=60, deadline=20_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flipped=flips, inserted=inserts, kept=st.sampled_from([1, 1, 1, 0.99, 0.5, 0.1]))
def test_a_damaged_file_is_read_or_refused(ending, whole, flipped, inserted, kept):
    file = whole / f"damaged{ending}"
    file.write_bytes(damaged((whole / f"whole{ending}").read_bytes(), flipped, inserted, kept))
    with warnings.catch_warnings(), suppress(InputError):
        warnings.simplefilter("error")
        volume = read_volume(file)
        assert volume.array.size
        volume.corners_lps_mm()
