import json
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from CCFNetCore import load_detector
from CCFNetCore.cli import main
from CCFNetCore.phantom import phantom_volume, write_study
from CCFNetCore.result import Result


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """One phantom in every form that can be read."""
    folder = tmp_path_factory.mktemp("inputs")
    volume = phantom_volume(21)
    write_study(21, folder / "dicom-study")
    sitk.WriteImage(volume.to_sitk(), str(folder / "nifti.nii.gz"))
    sitk.WriteImage(volume.to_sitk(), str(folder / "nrrd.nrrd"))
    middle = volume.array[6] / np.percentile(volume.array[6], 99.5) * 255
    Image.fromarray(middle.clip(0, 255).astype(np.uint8)).save(folder / "picture.png")
    return folder


@pytest.fixture(scope="module")
def outcome(inputs, tmp_path_factory):
    """All of them read by one command."""
    output = tmp_path_factory.mktemp("output")
    files = [inputs / name for name in ("dicom-study", "nifti.nii.gz", "nrrd.nrrd", "picture.png")]
    exit_code = main(["predict", *map(str, files), "--output", str(output), "--device", "cpu"])
    return exit_code, output


def test_predict_reads_every_kind_of_input(outcome):
    exit_code, output = outcome
    assert exit_code == 0
    assert {file.name for file in output.iterdir()} == {
        "dicom-study.json",
        "nifti.json",
        "nrrd.json",
        "picture.json",
    }


def test_every_form_of_a_volume_gives_the_same_points(outcome):
    _, output = outcome
    dicom, nifti, nrrd = (
        np.array([s.position_lps_mm for s in Result.read(output / f"{name}.json").structures])
        for name in ("dicom-study", "nifti", "nrrd")
    )
    assert np.allclose(nifti, dicom, atol=0.05)
    assert np.allclose(nrrd, dicom, atol=0.05)


def test_a_picture_has_pixels_but_no_millimetres(outcome):
    values = json.loads((outcome[1] / "picture.json").read_text())
    assert values["input"]["spacing_mm"] is None
    found = [s for s in values["structures"] if s["state"] != "outside"]
    assert len(found) >= 10
    assert all(s["position_lps_mm"] is None and s["index_ijk"][2] == 0 for s in found)


def test_python_gives_the_same_result(outcome, inputs):
    result = load_detector(weights="default", device="cpu").detect(str(inputs / "nrrd.nrrd"))
    assert result == Result.read(outcome[1] / "nrrd.json")


def test_dicom_results_name_their_series(outcome):
    result = Result.read(outcome[1] / "dicom-study.json")
    assert result.input.series_instance_uid
    assert "T2 sagittal" in result.notes[0]


def test_a_bad_input_is_named_and_the_rest_is_done(inputs, tmp_path, capsys):
    exit_code = main(
        ["predict", str(tmp_path / "absent.nrrd"), str(inputs / "picture.png"), "--output", str(tmp_path / "out")]
    )
    assert exit_code == 1
    assert "absent.nrrd: there is no such file" in capsys.readouterr().err
    assert (tmp_path / "out" / "picture.json").exists()


@pytest.mark.parametrize("arguments", [[], ["predict"], ["predict", "x.nrrd"], ["unknown"]])
def test_wrong_usage_ends_with_2(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_inputs_of_one_name_are_refused(tmp_path, capsys):
    assert main(["predict", "a/s.nrrd", "b/s.mha", "--output", str(tmp_path)]) == 2
    assert "several inputs are named s" in capsys.readouterr().err


def axial(folder):
    image = phantom_volume(1).to_sitk()
    image.SetDirection(np.eye(3).ravel())
    sitk.WriteImage(image, str(folder / "axial.nrrd"))
    return folder / "axial.nrrd"


def single(folder):
    sitk.WriteImage(phantom_volume(1).to_sitk()[:, :, 6:7], str(folder / "single.nrrd"))
    return folder / "single.nrrd"


def damaged(folder):
    (folder / "damaged.nii.gz").write_bytes(b"not an image")
    return folder / "damaged.nii.gz"


def empty(folder):
    (folder / "empty").mkdir()
    return folder / "empty"


@pytest.mark.parametrize("make", [axial, single, damaged, empty])
def test_bad_input_is_one_sentence_without_a_traceback(make, tmp_path):
    bad = make(tmp_path)
    command = [sys.executable, "-m", "CCFNetCore.cli", "predict", str(bad), "--output", str(tmp_path / "out")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("ccfnet: ")
    assert bad.name.split(".")[0] in sentence


def test_models_are_listed_with_their_hash(capsys):
    assert main(["models"]) == 0
    assert "sha256" in capsys.readouterr().out


def test_output_that_is_a_file_is_one_sentence(inputs, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["predict", str(inputs / "picture.png"), "--output", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err
