import os
from pathlib import Path

import pytest

from CCFNetCore import load_detector

# Real images are never part of the repository: a folder beside the checkout, or wherever this variable says.
DATA = Path(os.environ.get("CCFNET_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def detector():
    return load_detector(device="cpu")


@pytest.fixture(scope="session")
def tianchi() -> Path:
    return _real_data("tianchi")


@pytest.fixture(scope="session")
def spider() -> Path:
    return _real_data("spider")


@pytest.fixture(scope="session")
def volumes() -> Path:
    return _real_data("volumes")


@pytest.fixture(scope="session")
def volume_files_if_any() -> list[Path]:
    """The real volumes, for tests that are whole without them too."""
    return sorted((DATA / "volumes").glob("*_img.nii.gz"))


def _real_data(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the real images are not on this machine (no {folder}); set CCFNET_TEST_DATA to their folder")
    return folder
