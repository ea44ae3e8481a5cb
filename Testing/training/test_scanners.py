"""Pictures changed to look as from scanners never seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from CCFNetCore.training.augment import Placing, augment
from CCFNetCore.training.data import draw_example
from CCFNetCore.training.scanners import CHANGES, as_of_another_scanner


@pytest.fixture(scope="module")
def example():
    return draw_example(1002, 1.0)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_changes_the_picture_and_leaves_it_a_picture(change, example):
    picture = torch.from_numpy(example.slices)
    before = picture.clone()
    changed = [change(picture, np.random.default_rng(seed)) for seed in range(5)]
    assert torch.equal(picture, before)
    for other in changed:
        assert other.shape == picture.shape
        assert other.dtype == torch.float32
        assert torch.isfinite(other).all()
        assert not torch.equal(other, picture)


@pytest.mark.parametrize("seed", range(20))
def test_several_changes_end_with_the_grey_values_of_any_input(seed, example):
    changed = as_of_another_scanner(torch.from_numpy(example.slices), np.random.default_rng(seed))
    assert changed.min() >= 0
    assert changed.max() == 1
    assert changed.std() > 0.02


def test_as_many_pictures_are_changed_as_asked(example):
    upright = Placing((320, 240), turn_degrees=0, zoom=0, wander=0, cut_off=0)

    def pictures(share):
        return [augment(example, upright, np.random.default_rng(seed), share).picture for seed in range(8)]

    assert all(torch.equal(a, b) for a, b in zip(pictures(0.0), pictures(0.0), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(pictures(0.0), pictures(1.0), strict=True))


def test_points_stay_on_what_slips():
    """A picture of dots at the points, broken at one height."""
    example = draw_example(1002, 1.0)
    dots = np.zeros_like(example.slices)
    for row, column in example.points.round().astype(int):
        dots[:, row - 2 : row + 3, column - 2 : column + 3] = 1
    example = replace(example, slices=dots)
    placing = Placing((400, 300), turn_degrees=0, zoom=0, wander=0, cut_off=0, slip=1.0)
    for seed in range(10):
        sample = augment(example, placing, np.random.default_rng(seed))
        seen = [sample.picture[1, round(float(r)), round(float(c))] for r, c in sample.points if not torch.isnan(r)]
        assert min(seen) > 0.3
