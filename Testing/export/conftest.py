"""The phantom's study on disk, and a result of it with known places and readings."""

import pytest
from phantom_result import make_result

from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import draw_phantom, write_study


@pytest.fixture(scope="session")
def series_folder(tmp_path_factory):
    return write_study(1, tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def volume(series_folder):
    return read_volume(series_folder)


@pytest.fixture(scope="session")
def result(volume):
    """T12-L1 is outside, L1 uncertain, L2-L3 and L5 are abnormal, all else is found and normal."""
    return make_result(draw_phantom(seed=1), volume)
