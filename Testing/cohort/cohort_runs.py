"""Six studies that can be read and five that cannot, in any layout, and the command that reads them as a process."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from CCFNetCore.phantom import phantom_volume, write_study
from CCFNetCore.phantom.study import write_series

GOOD = ("flat-917c486521", "flat-9c45bd516e", "scan", "site_one_dicom", "site_two_scan", "two-folders")
BAD = ("axial", "empty", "single", "text", "truncated")


def make_studies(folder):
    write_study(1, folder / "site" / "one")
    for seed in (2, 3):
        move_files(write_study(seed, folder / "made"), folder / "flat", prefix=f"{seed}-")
    shutil.rmtree(folder / "made")
    series = write_study(4, folder / "two-folders")
    move_files(series, folder / "two-folders" / "rest", count=5)
    volume = phantom_volume(5).to_sitk()
    sitk.WriteImage(volume, str(folder / "scan.nii.gz"))
    (folder / "site" / "two").mkdir()
    sitk.WriteImage(phantom_volume(6).to_sitk(), str(folder / "site" / "two" / "scan.nrrd"))
    make_broken(folder, volume)
    return folder


def make_broken(folder, volume):
    (folder / "empty").mkdir()
    (folder / "text.nii.gz").write_text("These are words.")
    (folder / "truncated").mkdir()
    whole = next((folder / "site" / "one").rglob("*.dcm")).read_bytes()
    (folder / "truncated" / "image.dcm").write_bytes(whole[:200])
    sitk.WriteImage(volume[:, :, 6:7], str(folder / "single.nrrd"))
    volume = sitk.Image(volume)
    volume.SetDirection(np.eye(3).ravel())
    sitk.WriteImage(volume, str(folder / "axial.mha"))


def move_files(source, target, prefix="", count=None):
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir())[:count]:
        shutil.move(file, target / f"{prefix}{file.name}")


def write_named_series(seed, name, folder):
    """A phantom as a study with UIDs of its own."""
    write_series(replace(phantom_volume(seed), name=name), folder)


def command(*arguments):
    return [sys.executable, "-m", "CCFNetCore.cli", "cohort", *map(str, arguments), "--device", "cpu"]


# One thread, so that sums are added in one order.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def run(*arguments):
    """Run the command to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, env=ENVIRONMENT)


def wait_for(condition, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail("what was waited for did not come")
        time.sleep(0.02)


def results_in(output):
    return sorted(file.stem for file in (Path(output) / "results").glob("*.json"))
