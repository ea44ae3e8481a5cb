"""The phantom's study on disk beside a result of it with known places and readings."""

from dataclasses import replace

import pytest
from phantom_result import make_result

from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import draw_phantom, write_study


@pytest.fixture(scope="session")
def volume(tmp_path_factory):
    return read_volume(write_study(1, tmp_path_factory.mktemp("study")))


@pytest.fixture(scope="session")
def result(volume):
    """T12-L1 is outside, L1 uncertain, L2-L3 and L5 are abnormal, all else is found and normal; there is a warning."""
    return replace(make_result(draw_phantom(seed=1), volume), warnings=("All names may be off by one.",))


@pytest.fixture(scope="session")
def study(result, tmp_path_factory):
    """Folder with ``dicom`` and ``dicom.json``."""
    folder = tmp_path_factory.mktemp("report")
    write_study(1, folder)
    result.write(folder / "dicom.json")
    return folder


@pytest.fixture(scope="session")
def page(study):
    """The page of the study."""
    from CCFNetCore.report import write_report

    write_report(study / "dicom.json", study / "dicom.html")
    return study / "dicom.html"
