import hashlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from training.conftest import TINY, write_pictures

from CCFNetCore.training.data import fold_of
from CCFNetCore.training.loop import train
from CCFNetCore.training.loss_log import LossLog, smooth
from CCFNetCore.training.model_card import add_measures

CONFIG = replace(TINY, held_out_fold=fold_of("0"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def run(pictures):
    """The folder of a finished run."""
    return train(CONFIG, [pictures], pictures / "run").parent


def test_the_card_tells_what_the_model_is(run):
    card = (run / "model.md").read_text()
    assert hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest() in card
    assert "ResNet18 trunk, with context; 4,833,581 parameters" in card
    assert "Research use only" in card


def test_the_card_names_the_held_out_patients_and_how_to_measure_on_them(run, pictures):
    fold = fold_of("0")
    held_out = [p for p in "0123" if fold_of(p) == fold]
    card = (run / "model.md").read_text()
    assert f"* {pictures.name}: {', '.join(held_out)}\n" in card
    n, m = 4 - len(held_out), len(held_out)
    assert f"| {pictures.name} | 1 | {n} pictures of {n} patients | {m} pictures of {m} patients |" in card
    assert f"ccfnet evaluate {pictures} --fold {fold} --model {run / 'model.safetensors'}" in card


def test_measures_take_their_place_in_the_card(run, tmp_path):
    file = tmp_path / "model.md"
    before = (run / "model.md").read_text()
    file.write_text(before)
    for text in ("first", r"| a \1 table |"):
        add_measures(file, text)
    card = file.read_text()
    assert "## Measured\n\n| a \\1 table |\n\n## Intended use" in card
    assert "ccfnet evaluate" not in card and "first" not in card
    assert card.split("## Measured")[0] == before.split("## Measured")[0]
    assert card.split("## Intended use")[1] == before.split("## Intended use")[1]


def test_a_card_without_the_section_is_named(tmp_path):
    (tmp_path / "other.md").write_text("# Other\n")
    with pytest.raises(ValueError, match=r"other\.md: has no section"):
        add_measures(tmp_path / "other.md", "text")


def test_losses_are_drawn(run):
    assert np.asarray(Image.open(run / "losses.png")).std() > 10


def test_what_is_logged_again_counts(tmp_path):
    log = LossLog(tmp_path / "log.jsonl")
    for step, total in [(1, 4.0), (2, 3.0), (3, 2.0), (2, 5.0)]:
        log.append(step, 0.0, {"heat": 1.0, "offset": 1.0, "reading": 0.0, "total": total})
    assert log.read()["total"].tolist() == [4.0, 5.0, 2.0]
    log.draw(tmp_path / "losses.png")
    assert (tmp_path / "losses.png").exists()


def test_smoothing_keeps_a_level_and_its_ends():
    assert smooth(np.full(100, 3.0)) == pytest.approx(np.full(100, 3.0))
    assert smooth(np.arange(100.0))[50] == pytest.approx(50)


def test_a_finished_run_is_not_repeated(run, pictures):
    (run / "checkpoint.pt").unlink()
    written = (run / "log.jsonl").read_bytes()
    assert train(CONFIG, [pictures], run) == run / "model.safetensors"
    assert (run / "log.jsonl").read_bytes() == written
