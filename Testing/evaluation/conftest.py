import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.evaluation.outcomes import collect
from CCFNetCore.model_file import find_model, load_model, save_model
from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.result import Input, Model, Result, Structure
from CCFNetCore.training.data import Record, fold_of, read_landmarks

LANDMARKS = np.stack([30.0 + 17.0 * np.arange(anatomy.COUNT), np.full(anatomy.COUNT, 100.0)], axis=1)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """The middle slices of three phantoms in the format of marked pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    entries = [_entry(folder, seed) for seed in (31, 32, 33)]
    (folder / "landmarks.json").write_text(json.dumps(entries))
    return folder


@pytest.fixture(scope="session")
def fold_models(pictures, tmp_path_factory):
    """The shipped weights under another name for each fold that has patients, as if it had never seen these."""
    network, description = load_model(find_model("default"))
    folder = tmp_path_factory.mktemp("models")
    files = []
    for fold in sorted({fold_of(record.patient) for record in read_landmarks(pictures)}):
        file = folder / f"{fold}.safetensors"
        save_model(network, replace(description, folds=4, held_out_fold=fold), file)
        files.append(str(file))
    return files


@pytest.fixture(scope="session")
def small_sets(pictures, tmp_path_factory):
    """Two folders, each with a strip of the same phantom: a small picture is read sooner."""
    record = read_landmarks(pictures)[0]
    left, step = 130, 3
    strip = np.asarray(Image.open(record.image))[::step, left : left + 130 : step]
    places = (record.points - [0, left]) / step
    structures = [{"name": name, "x": x, "y": y} for name, (y, x) in zip(anatomy.NAMES, places.tolist(), strict=True)]
    folders = []
    for name in ("near", "far"):
        folder = tmp_path_factory.mktemp("sets") / name
        folder.mkdir()
        Image.fromarray(strip).save(folder / "7.png")
        (folder / "landmarks.json").write_text(json.dumps([{"id": "7", "image": "7.png", "structures": structures}]))
        folders.append(folder)
    return folders


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


def make_record(patient="a", tmp=None, **changes):
    """A picture with a landmark every 17 rows; one pixel is about a millimetre."""
    values = {
        "patient": patient,
        "folder": Path(),
        "image": tmp or f"{patient}.png",
        "points": LANDMARKS.copy(),
        "abnormal": np.arange(anatomy.COUNT) % 4 < 2,
        "approximate": False,
        "contrast": "",
    } | changes
    approximate = np.full(anatomy.COUNT, values["approximate"])
    return Record(**values | {"abnormal": np.asarray(values["abnormal"], dtype=float), "approximate": approximate})


def make_result(points=LANDMARKS, probability=None, outside=(), warnings=(), name_confidence=None, numbering=None):
    """A result with these points (row, column); the names in ``outside`` have none.

    Of a model that tells of names, all names have the same confidence, and all together the one of the numbering.
    """
    probability = np.full(anatomy.COUNT, 0.5) if probability is None else probability
    structures = []
    for level, (row, column), p in zip(anatomy.LEVELS, points, probability, strict=True):
        there = level.name not in outside
        structures.append(
            Structure(
                name=level.name,
                kind=level.kind,
                state="found" if there else "outside",
                position_lps_mm=None,
                index_ijk=(float(column), float(row), 0.0) if there else None,
                confidence=0.9,
                abnormal_probability=float(p) if there else None,
                label="abnormal" if there else None,
                name_confidence=name_confidence if there else None,
            )
        )
    return Result(
        Input("a", (200, 250, 1), None),
        Model("m", "0" * 64),
        tuple(structures),
        warnings=tuple(warnings),
        numbering_confidence=numbering,
    )


def with_first(result, **changes):
    """A result with changes to its first structure."""
    first, *others = result.structures
    return replace(result, structures=(replace(first, **changes), *others))


def moved(down, right):
    """The landmarks, some pixels away."""
    return LANDMARKS + np.array([down, right])


@pytest.fixture
def outcomes_of():
    """Outcomes of records with the results of the same places in the list."""

    def collected(records, results):
        answers = iter(results)
        return collect(records, lambda record: next(answers))

    return collected
