import json

import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.importers.landmarks_file import make_entry, make_structure, write_landmarks
from CCFNetCore.importers.refine import refine
from CCFNetCore.training.data import draw_example, read_landmarks

PIXEL_MM = 0.9
SEED = 5


@pytest.fixture(scope="module")
def drawn():
    """A drawn picture, and the rows and columns of its structures."""
    example = draw_example(SEED, PIXEL_MM)
    return example.slices[1], example.points


@pytest.fixture
def data(drawn, tmp_path):
    """Writes a folder with the picture and landmarks that are so many millimetres too low."""

    def write(too_low_mm, approximate=True):
        pixels, points = drawn
        Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(tmp_path / "drawn.png")
        given = points + np.stack([np.broadcast_to(too_low_mm, anatomy.COUNT) / PIXEL_MM, np.zeros(anatomy.COUNT)], 1)
        structures = [make_structure(name, place, "v1") for name, place in zip(anatomy.NAMES, given, strict=True)]
        write_landmarks([make_entry("drawn", "drawn.png", pixels.shape, structures, PIXEL_MM, approximate)], tmp_path)
        return tmp_path

    return write


def distances_mm(folder, truth):
    (record,) = read_landmarks(folder)
    return np.linalg.norm(record.points - truth, axis=1) * PIXEL_MM


def test_approximate_landmarks_move_to_the_structures(data, drawn, detector, tmp_path):
    assert refine(data(6.0), detector, tmp_path / "refined") == (1, 1)
    assert distances_mm(tmp_path / "refined", drawn[1]).max() < 4.0
    (record,) = read_landmarks(tmp_path / "refined")
    assert not record.approximate.any()
    assert record.image.exists()


def test_a_landmark_that_no_point_is_near_stays_and_the_picture_is_still_approximate(data, drawn, detector, tmp_path):
    too_low_mm = np.where(np.array(anatomy.NAMES) == "L3", 16.0, 6.0)
    assert refine(data(too_low_mm), detector, tmp_path / "refined") == (1, 0)
    distances = dict(zip(anatomy.NAMES, distances_mm(tmp_path / "refined", drawn[1]), strict=True))
    assert distances.pop("L3") == pytest.approx(16.0, abs=0.02)
    assert max(distances.values()) < 4.0
    assert read_landmarks(tmp_path / "refined")[0].approximate.all()


def test_of_partly_exact_landmarks_only_the_others_move(data, drawn, detector, tmp_path):
    folder = data(6.0, approximate=False)
    entries = json.loads((folder / "landmarks.json").read_text())
    for structure in entries[0]["structures"][::2]:
        structure["approximate"] = True
    (folder / "landmarks.json").write_text(json.dumps(entries))
    assert refine(folder, detector, tmp_path / "refined") == (1, 1)
    distances = distances_mm(tmp_path / "refined", drawn[1])
    assert distances[::2].max() < 4.0
    assert distances[1::2] == pytest.approx(6.0, abs=0.02)
    assert not read_landmarks(tmp_path / "refined")[0].approximate.any()


def test_exact_landmarks_stay(data, drawn, detector, tmp_path):
    assert refine(data(6.0, approximate=False), detector, tmp_path / "refined") == (0, 0)
    assert distances_mm(tmp_path / "refined", drawn[1]) == pytest.approx(6.0, abs=0.02)


def test_the_command_says_how_many_are_exact_now(data, tmp_path, capsys):
    command = ["refine", str(data(6.0)), "--output", str(tmp_path / "refined"), "--device", "cpu"]
    assert main(command) == 0
    assert "1 of 1 approximate pictures are exact now" in capsys.readouterr().out
    assert json.loads((tmp_path / "refined" / "landmarks.json").read_text())[0]["patient"] == "drawn"
