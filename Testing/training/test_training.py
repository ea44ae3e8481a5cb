import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from training.conftest import SMALL, TINY, write_pictures

from CCFNetCore import anatomy, grid
from CCFNetCore.errors import InputError
from CCFNetCore.model_file import load_model
from CCFNetCore.network import Maps
from CCFNetCore.network.efficientnet_lite import load_imagenet_weights, make_efficientnet_lite
from CCFNetCore.training.augment import Placing, Repeat, Sample, augment, repeated
from CCFNetCore.training.config import IMAGENET, TrainingConfig
from CCFNetCore.training.data import Example, draw_example, fold_of, load_example, read_landmarks
from CCFNetCore.training.loop import train
from CCFNetCore.training.losses import ccfnet_losses
from CCFNetCore.training.sampling import make_sampler, read_data_sets


def dots(picture, points):
    return [float(picture[round(r), round(c)]) for r, c in np.asarray(points) if not np.isnan(r)]


def test_points_stay_on_the_picture_when_it_is_scaled(data):
    for record in read_landmarks(data):
        example = load_example(record, 0.7 * record.pixel_mm)
        assert min(dots(example.slices[1], example.points)) > 0.9


@pytest.mark.parametrize("bend", [0.0, 4.0])
def test_points_stay_on_the_picture_when_it_is_turned_bent_and_cut(data, bend):
    example = load_example(read_landmarks(data)[0], 1.0)
    for seed in range(20):
        sample = augment(example, replace(SMALL, size=(304, 272), bend=bend), np.random.default_rng(seed))
        assert min(dots(sample.picture[1], sample.points)) > 3 * float(sample.picture[1].mean())


def test_cut_off_structures_are_marked_absent():
    example = draw_example(1001, 1.0)
    samples = [augment(example, replace(SMALL, size=(96, 96)), np.random.default_rng(seed)) for seed in range(10)]
    absent = torch.stack([torch.isnan(sample.points).any(dim=-1) for sample in samples])
    assert absent.any()
    assert not absent.all()


@pytest.mark.parametrize(("share", "some_missing"), [(0.0, False), (1.0, True)])
def test_pictures_are_cut_off_above_and_below_as_often_as_asked(share, some_missing):
    example = draw_example(1001, 1.0)
    upright = Placing((448, 256), turn_degrees=0, zoom=0, wander=0, cut_off=share)
    samples = [augment(example, upright, np.random.default_rng(seed)) for seed in range(20)]
    absent = torch.stack([torch.isnan(sample.points).any(dim=-1) for sample in samples])
    assert bool(absent[:, 0].any()) == bool(absent[:, -1].any()) == some_missing
    assert not (absent[:, 0] & absent[:, -1]).any()


def test_a_spine_goes_on_above_t12_l1_with_what_lies_below_it():
    start, step = np.array([50.0, 30.0]), np.array([20.0, 2.0])
    rows, columns = torch.meshgrid(torch.arange(-100, 200), torch.arange(60), indexing="ij")
    places = torch.stack([rows, columns], dim=-1).float()
    seen = repeated(places, Repeat(start, step, shrunk=1.2))
    direction = torch.from_numpy(step / (step @ step)).float()
    along = [(p - torch.from_numpy(start).float()) @ direction for p in (places, seen)]
    is_above = along[0] < 0
    assert torch.equal(seen[~is_above], places[~is_above])
    assert (along[1] > -1e-4).all()
    assert (along[1][is_above] < 1 + 1e-4).all()


def test_spines_that_go_on_are_cut_with_all_some_or_none_of_their_names_in_view():
    example = draw_example(1001, 1.0)
    upright = Placing((448, 256), turn_degrees=0, zoom=0, wander=0, cut_off=0, go_on=1.0)
    samples = [augment(example, upright, np.random.default_rng(seed)) for seed in range(40)]
    named = [int((~torch.isnan(sample.points).any(dim=-1)).sum()) for sample in samples]
    assert min(named) == 0
    assert max(named) == 11
    assert all(sample.picture.std() > 0.05 for sample in samples)


def test_what_is_hidden_keeps_its_place_and_loses_its_reading():
    example = draw_example(1001, 1.0)
    upright = Placing((448, 256), turn_degrees=0, zoom=0, wander=0, cut_off=0)
    for seed in range(10):
        shown, hidden = (
            augment(example, replace(upright, hide=share), np.random.default_rng(seed)) for share in (0.0, 1.0)
        )
        assert torch.equal(shown.points, hidden.points)
        row, column = hidden.points.long().T
        is_grey = (shown.picture != hidden.picture).all(dim=0)[row, column]
        assert torch.equal(torch.isnan(hidden.abnormal), is_grey)
        assert (shown.picture != hidden.picture).any()


def test_the_right_answer_has_no_heat_or_offset_loss():
    points = torch.rand(2, anatomy.COUNT, 2) * 90
    targets = grid.encode(points, 6, 6)
    abnormal = torch.zeros(2, anatomy.COUNT)
    sure = torch.full_like(targets.heat, -20.0)
    share = torch.full((anatomy.COUNT,), 0.5)
    sample = Sample(torch.zeros(2, 3, 96, 96), points, abnormal, torch.ones(2, anatomy.COUNT, dtype=bool))
    losses = ccfnet_losses(Maps(targets.heat, targets.offset, sure), sample, share, 20.0, 1.0)
    assert losses.total < 1e-5


def test_unknown_readings_and_absent_structures_are_not_learned():
    points = torch.full((1, anatomy.COUNT, 2), float("nan"))
    maps = Maps(torch.zeros(1, 11, 6, 6), torch.rand(1, 11, 2, 6, 6), torch.rand(1, 11, 6, 6))
    sample = Sample(torch.zeros(1, 3, 96, 96), points, torch.full((1, 11), float("nan")), torch.ones(1, 11, dtype=bool))
    losses = ccfnet_losses(maps, sample, torch.full((11,), 0.5), 20.0, 1.0)
    assert (losses.heat, losses.offset, losses.reading) == (0, 0, 0)


@pytest.mark.parametrize("whole", [True, False])
def test_a_picture_or_a_structure_is_said_to_be_approximate(whole, data):
    entries = json.loads((data / "landmarks.json").read_text())
    (entries[0] if whole else entries[0]["structures"][3])["approximate"] = True
    (data / "landmarks.json").write_text(json.dumps(entries))
    record, other = read_landmarks(data)[:2]
    sample = augment(load_example(record, 1.0), SMALL, np.random.default_rng(0))
    assert (~sample.exact).nonzero().flatten().tolist() == (list(range(anatomy.COUNT)) if whole else [3])
    assert not other.approximate.any()


def test_offsets_of_approximate_points_are_not_learned():
    points = torch.rand(2, anatomy.COUNT, 2) * 90
    targets = grid.encode(points, 6, 6)
    wrong = targets.offset.clone()
    wrong[1, 3] += 1
    maps = Maps(targets.heat, wrong, torch.zeros_like(targets.heat))
    unknown = torch.full((2, anatomy.COUNT), float("nan"))
    half = torch.full((anatomy.COUNT,), 0.5)
    exact = torch.ones(2, anatomy.COUNT, dtype=bool)
    but_one = exact.clone()
    but_one[1, 3] = False
    losses = [
        ccfnet_losses(maps, Sample(torch.zeros(2, 3, 96, 96), points, unknown, given), half, 20.0, 1.0)
        for given in (but_one, exact)
    ]
    assert losses[0].offset == 0 < losses[1].offset


def test_weighted_data_sets_are_seen_that_much_oftener(data):
    import shutil

    other = data / "other"
    other.mkdir()
    entries = json.loads((data / "landmarks.json").read_text())
    for entry in entries:
        shutil.copy(data / entry["image"], other)
        entry["patient"] = f"other-{entry['id']}"
    (other / "landmarks.json").write_text(json.dumps(entries))
    config = replace(TINY, held_out_fold=-1, dataset_weights={"other": 3.0})
    sampler = make_sampler(config, read_data_sets(config, [data, other]))
    share = sum(w for example, w in zip(sampler.real, sampler.weights, strict=True) if "other" in example.patient)
    assert share == pytest.approx(0.75)


@pytest.mark.parametrize(("gradings", "is_learned"), [([], False), (["pain"], True)])
def test_grades_that_answer_another_question_are_learned_where_the_config_says_so(gradings, is_learned, data):
    entries = json.loads((data / "landmarks.json").read_text())
    entries[0]["grading"] = "pain"
    (data / "landmarks.json").write_text(json.dumps(entries))
    config = replace(TINY, held_out_fold=-1, gradings=gradings)
    other, *usual = make_sampler(config, read_data_sets(config, [data])).real
    assert np.isnan(other.abnormal).all() != is_learned
    assert not np.isnan([example.abnormal for example in usual]).any()


def test_folds_are_about_equal_and_fixed():
    folds = [fold_of(f"{patient:03d}") for patient in range(400)]
    assert min(folds.count(k) for k in range(4)) > 80
    assert folds[:6] == [fold_of(f"{patient:03d}") for patient in range(6)]


def test_held_out_patients_are_not_trained_on(data, monkeypatch):
    seen = []
    original = Example.__init__
    monkeypatch.setattr(Example, "__init__", lambda self, *a, **k: (seen.append(a[0]), original(self, *a, **k))[1])
    held_out = fold_of("0")
    train(replace(TINY, steps=1, held_out_fold=held_out), [data], data / "run")
    real = {patient for patient in seen if not patient.startswith("phantom")}
    assert real == {p for p in "0123" if fold_of(p) != held_out}


def test_one_seed_gives_one_model(data):
    a, b = (train(TINY, [data], data / name) for name in ("a", "b"))
    assert a.read_bytes() == b.read_bytes()


def test_a_resumed_run_ends_as_an_undisturbed_one(data, monkeypatch):
    undisturbed = train(TINY, [data], data / "undisturbed")

    def stop(run, losses):
        if run.step == 3:
            raise RuntimeError("pulled the plug")
        return original(run, losses)

    from CCFNetCore.training import loop

    original = loop._Run._log
    monkeypatch.setattr(loop._Run, "_log", stop)
    with pytest.raises(RuntimeError, match="plug"):
        train(TINY, [data], data / "broken")
    monkeypatch.setattr(loop._Run, "_log", original)
    assert train(TINY, [data], data / "broken").read_bytes() == undisturbed.read_bytes()


def test_the_model_can_be_loaded(data):
    network, description = load_model(train(TINY, [data], data / "run"))
    assert description.frame_pixel_mm == TINY.frame_pixel_mm
    assert not network.training


def test_a_run_can_start_from_a_model(data):
    first = train(TINY, [data], data / "first")
    again = train(replace(TINY, steps=1, learning_rate=0.0, start_from=str(first)), [data], data / "again")
    before, after = (load_model(file)[0].state_dict() for file in (first, again))
    assert torch.equal(before["reduce.weight"], after["reduce.weight"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"held_out_fold": 1}, "may have seen patients of fold 1 of 4"),
        ({"context": False}, "asks for a resnet18 without context"),
    ],
)
def test_a_model_that_does_not_fit_is_not_started_from(change, why, data):
    first = train(TINY, [data], data / "first")
    other = replace(TINY, start_from=str(first), **change)
    with pytest.raises(InputError, match=why):
        train(other, [data], data / "again")
    assert not (data / "again" / "config.json").exists(), "what cannot be run does not bind the folder"


@pytest.mark.parametrize(("fold", "folder"), [(-1, "own"), (1, "other")])
def test_a_model_that_cannot_have_seen_whom_to_hold_out_is_started_from(fold, folder, tmp_path):
    for name in ("own", "other"):
        (tmp_path / name).mkdir()
        write_pictures(tmp_path / name)
    first = train(TINY, [tmp_path / "own"], tmp_path / "first")
    again = replace(TINY, start_from=str(first), held_out_fold=fold)
    assert train(again, [tmp_path / folder], tmp_path / "again").exists()


def test_a_run_can_start_from_imagenet(data):
    config = replace(TINY, trunk="efficientnet-lite0", start_from=IMAGENET, learning_rate=0.0)
    network, description = load_model(train(config, [data], data / "run"))
    trunk = make_efficientnet_lite()
    load_imagenet_weights(trunk)
    stem = next(iter(trunk.parameters())).half().float()
    assert torch.equal(next(network.trunk.parameters()), stem)
    assert description.trunk == "efficientnet-lite0"
    card = (data / "run" / "model.md").read_text()
    assert "EfficientNet-Lite0 trunk" in card and "trained on ImageNet" in card


def test_a_trunk_without_weights_from_imagenet_is_named(data):
    with pytest.raises(InputError, match="no weights from ImageNet for resnet18"):
        train(replace(TINY, start_from=IMAGENET), [data], data / "run")


def test_a_folder_of_another_run_is_not_overwritten(data):
    train(TINY, [data], data / "run")
    with pytest.raises(ValueError, match="another config"):
        train(replace(TINY, seed=1), [data], data / "run")


def test_a_stopped_run_does_not_go_on_with_other_data(data):
    run = train(TINY, [data], data / "run").parent
    (run / "model.md").unlink()
    assert train(TINY, [data], run).exists(), "the same data are welcome"
    (run / "model.md").unlink()
    change_first_entry(data, lambda entry: entry["structures"][3].pop("grade"))
    with pytest.raises(InputError, match="other data"):
        train(TINY, [data], run)


def test_a_finished_run_does_not_need_the_model_it_started_from(data):
    first = train(TINY, [data], data / "first")
    config = replace(TINY, start_from=str(first))
    model = train(config, [data], data / "run")
    first.unlink()
    assert train(config, [data], data / "run") == model


def test_a_finished_run_still_needs_its_data(data):
    train(TINY, [data], data / "run")
    with pytest.raises(InputError, match="cannot be read"):
        train(TINY, [data / "nowhere"], data / "run")


def test_a_picture_without_marks_is_not_learned(data):
    change_first_entry(data, lambda entry: entry.update(structures=[], spacing_mm=1.0))
    config = replace(TINY, held_out_fold=-1)
    assert {record.patient for record in read_data_sets(config, [data])[0].learned} == {"1", "2", "3"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"stepps": 3}',
        '{"steps": "many"}',
        '{"context": 1}',
        '{"placing": {"turn_degrees": 3}}',
        '{"placing": {"size": [64, 64], "spin": 3}}',
        '{"placing": null}',
    ],
)
def test_a_bad_config_is_named(text, tmp_path):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json"):
        TrainingConfig.read(tmp_path / "config.json")


@pytest.mark.parametrize("text", [None, "", "[{}]"])
def test_bad_landmarks_are_named(text, tmp_path):
    if text is not None:
        (tmp_path / "landmarks.json").write_text(text)
    with pytest.raises(ValueError, match=r"landmarks\.json"):
        read_landmarks(tmp_path)


def change_first_entry(folder, change):
    entries = json.loads((folder / "landmarks.json").read_text())
    change(entries[0])
    (folder / "landmarks.json").write_text(json.dumps(entries))
    return read_landmarks(folder)


def without_disc(entry, name):
    entry["structures"] = [s for s in entry["structures"] if s["name"] != name]


def test_a_known_pixel_size_is_used(data):
    record, other = change_first_entry(data, lambda entry: entry.update(spacing_mm=0.625))[:2]
    assert record.pixel_mm == 0.625 != other.pixel_mm


def test_a_picture_of_known_scale_may_show_a_part_of_the_spine(data):
    def change(entry):
        entry["spacing_mm"] = 1.0
        without_disc(entry, "L1-L2")

    example = load_example(change_first_entry(data, change)[0], 1.0)
    assert np.isnan(example.points).any(axis=1).tolist() == [name == "L1-L2" for name in anatomy.NAMES]
    assert augment(example, SMALL, np.random.default_rng(0)).picture.shape == (3, *SMALL.size)


def test_a_picture_of_unknown_scale_must_show_all_discs_of_the_span(data):
    record = change_first_entry(data, lambda entry: without_disc(entry, "L3-L4"))[0]
    with pytest.raises(ValueError, match=r"0\.png: has no spacing_mm"):
        load_example(record, 1.0)


def test_finer_grey_values_look_as_coarse_ones(data):
    record = replace(read_landmarks(data)[0], spacing_mm=1.0)
    coarse = np.rint(draw_example(1001, 1.0).slices[1] * 255).astype(np.uint8)
    Image.fromarray(coarse).save(record.image)
    Image.fromarray(coarse.astype(np.uint16) * 16).save(data / "fine.png")
    fine = replace(record, image=data / "fine.png")
    first, second = (load_example(each, 0.8).slices for each in (record, fine))
    assert np.abs(first - second).mean() < 0.005


@pytest.mark.parametrize("content", [b"no picture", None])
def test_a_picture_that_cannot_be_read_is_named(content, data):
    record = read_landmarks(data)[0]
    record.image.write_bytes(record.image.read_bytes()[:200] if content is None else content)
    with pytest.raises(InputError, match=r"0\.png: cannot be read as a picture"):
        load_example(record, 1.0)


def test_a_grade_may_be_left_out(data):
    record = change_first_entry(data, lambda entry: entry["structures"][3].pop("grade"))[0]
    assert np.flatnonzero(np.isnan(record.abnormal)).tolist() == [3]


def test_a_bad_pixel_size_is_named(data):
    with pytest.raises(ValueError, match=r"landmarks\.json.*spacing_mm of 0\.png"):
        change_first_entry(data, lambda entry: entry.update(spacing_mm=0))
