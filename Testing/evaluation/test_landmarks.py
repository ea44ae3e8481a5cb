import json

import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.evaluation.landmarks import evaluate, wilson_interval
from CCFNetCore.phantom import draw_phantom, phantom_volume


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The middle slices of three phantoms in the format of marked pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    entries = [_entry(folder, seed) for seed in (31, 32, 33)]
    (folder / "landmarks.json").write_text(json.dumps(entries))
    return folder


def _entry(folder, seed):
    volume, spine = phantom_volume(seed), draw_phantom(seed).spine
    middle = volume.array[6] / np.percentile(volume.array[6], 99.5) * 255
    Image.fromarray(middle.clip(0, 255).astype(np.uint8)).save(folder / f"{seed}.png")
    places = {name: volume.lps_mm_to_index(p) for name, p in spine.landmarks_lps_mm().items()}
    worn = spine.abnormal()
    structures = [
        {"name": level.name, "kind": level.kind, "x": x, "y": y, "grade": "v2" if worn[level.name] else "v1"}
        for level in anatomy.LEVELS
        for x, y, _ in [places[level.name]]
    ]
    return {"id": str(seed), "image": f"{seed}.png", "structures": structures}


def test_measures_of_pictures_that_the_model_can_read(detector, pictures):
    disc, vertebra = evaluate(detector, pictures)
    assert (disc.kind, disc.count, vertebra.kind, vertebra.count) == ("disc", 18, "vertebra", 15)
    assert min(disc.recall, vertebra.recall) > 0.9
    assert max(disc.median_mm, vertebra.median_mm) < 3


def test_misplaced_marks_are_missed(detector, pictures, tmp_path):
    entries = json.loads((pictures / "landmarks.json").read_text())
    for entry in entries:
        entry["image"] = str(pictures / entry["image"])
        for structure in entry["structures"]:
            structure["x"] += 15
    (tmp_path / "landmarks.json").write_text(json.dumps(entries))
    assert max(measures.recall for measures in evaluate(detector, tmp_path)) < 0.1


def test_points_without_a_grade_count_for_the_recall(detector, pictures, tmp_path):
    entries = json.loads((pictures / "landmarks.json").read_text())[:1]
    entries[0]["image"] = str(pictures / entries[0]["image"])
    discs = [{**s, "grade": None} for s in entries[0]["structures"] if s["kind"] == "disc"]
    entries[0]["structures"] = discs
    (tmp_path / "landmarks.json").write_text(json.dumps(entries))
    (disc,) = evaluate(detector, tmp_path)
    assert (disc.kind, disc.count) == ("disc", 6)
    assert disc.recall > 0.6
    assert np.isnan(disc.auc)


def test_the_command_prints_both_kinds(pictures, capsys):
    assert main(["evaluate", str(pictures), "--device", "cpu"]) == 0
    disc, vertebra = capsys.readouterr().out.splitlines()
    assert disc.startswith("disc")
    assert "n = 15  recall within 6 mm" in vertebra


@pytest.mark.parametrize(
    ("hits", "count", "expected"), [(0, 10, (0.0, 0.278)), (10, 10, (0.722, 1.0)), (81, 263, (0.255, 0.366))]
)
def test_wilson_interval(hits, count, expected):
    # 81 of 263: Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    assert wilson_interval(hits, count) == pytest.approx(expected, abs=5e-4)
