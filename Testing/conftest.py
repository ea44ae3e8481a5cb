import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from real_data import DATA

from CCFNetCore import load_detector


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
def sudirman() -> Path:
    return _real_data("sudirman")


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The folder of a data set by its name."""
    return _real_data


@pytest.fixture(scope="session")
def volumes() -> Path:
    return _real_data("volumes")


@pytest.fixture(scope="session")
def volume_files_if_any() -> list[Path]:
    """The real volumes, for tests that are whole without them too."""
    return sorted((DATA / "volumes").glob("*_img.nii.gz"))


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of its own with room for 64 KiB."""
    yield from _mounted(tmp_path / "small", "size=64k")


@pytest.fixture
def read_only_disk(tmp_path):
    """A folder on a file system of its own that cannot be written to, not even by root."""
    yield from _mounted(tmp_path / "read-only", "ro")


def _mounted(folder, options):
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root can mount a file system of the test's own, and not in every container")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def _real_data(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the real images are not on this machine (no {folder}); set CCFNET_TEST_DATA to their folder")
    return folder
