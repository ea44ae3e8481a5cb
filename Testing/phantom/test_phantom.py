import json
import shutil
import subprocess

import numpy as np
import pydicom
import pytest

from CCFNetCore import anatomy
from CCFNetCore.phantom import draw_phantom, phantom_volume, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_study(11, folder)
    return folder


def test_a_seed_gives_one_study():
    assert np.array_equal(draw_phantom(5).slices, draw_phantom(5).slices)
    assert not np.array_equal(draw_phantom(5).slices[:, :300, :300], draw_phantom(6).slices[:, :300, :300])


def test_landmarks_run_from_head_to_foot():
    for seed in range(20):
        landmarks = draw_phantom(seed, np.array([4.0, 0.0])).spine.landmarks_lps_mm()
        assert tuple(landmarks) == anatomy.NAMES
        heights = [position[2] for position in landmarks.values()]
        steps = -np.diff(heights)
        assert steps.min() > 8
        assert steps.max() < 30


def test_landmarks_lie_in_the_volume():
    for seed in range(5):
        volume = phantom_volume(seed)
        places = volume.lps_mm_to_index(np.array(list(draw_phantom(seed).spine.landmarks_lps_mm().values())))
        assert (places >= 0).all()
        assert (places <= np.array(volume.size) - 1).all()


def test_a_normal_disc_is_brighter_than_a_worn_one():
    bright, dark = [], []
    for seed in range(12):
        volume, spine = phantom_volume(seed), draw_phantom(seed).spine
        for name, worn in spine.abnormal().items():
            if anatomy.LEVELS[anatomy.index_of(name)].kind == "disc":
                i, j, k = volume.lps_mm_to_index(spine.landmarks_lps_mm()[name]).round().astype(int)
                tissue = volume.array[k, j - 1 : j + 2, i - 2 : i + 3].mean() / volume.array[k].mean()
                (dark if worn else bright).append(tissue)
    assert np.median(bright) > 2 * np.median(dark)


def test_the_series_is_one_stack_of_mr_images(study):
    images = [pydicom.dcmread(file) for file in sorted((study / "dicom").iterdir())]
    assert len({image.SeriesInstanceUID for image in images}) == 1
    assert len({image.SOPInstanceUID for image in images}) == len(images) == 13
    assert {image.Modality for image in images} == {"MR"}


def test_true_landmarks_are_written_beside_it(study):
    structures = json.loads((study / "landmarks.json").read_text())["structures"]
    assert [s["name"] for s in structures] == list(anatomy.NAMES)
    truth = draw_phantom(11).spine.landmarks_lps_mm()
    assert np.allclose([s["position_lps_mm"] for s in structures], list(truth.values()), atol=1e-3)


def test_writing_it_again_gives_the_same_files(study, tmp_path):
    write_study(11, tmp_path)
    for file in (study / "dicom").iterdir():
        assert file.read_bytes() == (tmp_path / "dicom" / file.name).read_bytes()


def test_a_dicom_validator_finds_no_error(study):
    if not shutil.which("dciodvfy"):
        pytest.skip("dciodvfy is not installed (Debian package dicom3tools)")
    for file in (study / "dicom").iterdir():
        report = subprocess.run(["dciodvfy", file], capture_output=True, text=True, check=False)
        assert "Error" not in report.stdout + report.stderr
