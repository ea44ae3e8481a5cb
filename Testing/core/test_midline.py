"""Structures left and right: on the plane about which the patient is a mirror image."""

from dataclasses import replace

import numpy as np
import pytest

from CCFNetCore import anatomy
from CCFNetCore.images.volume import Volume
from CCFNetCore.midline import to_midline
from CCFNetCore.slab import cut_slabs

PIXEL_MM = 0.9
SPACING_MM = (1.0, 1.0, 1.0)
SIZE = (90, 120, 220)
ALL = np.ones(anatomy.COUNT, bool)
AWAY_MM = np.linspace(-7, 8, anatomy.COUNT)


def mirrored_volume(middle_mm, spacing_mm=SPACING_MM, size=SIZE, seed=0):
    """Blobs in pairs about a middle (millimetres from the first voxel) that may change with height."""
    random = np.random.default_rng(seed)
    right, back, up = np.meshgrid(*(np.arange(n) * s for n, s in zip(size, spacing_mm, strict=True)), indexing="ij")
    away = right - middle_mm(up)
    array = np.zeros(size)
    for _ in range(300):
        side, depth, height = random.uniform((0, 0, 0), (40, 120, 220))
        width = random.uniform(4, 9)
        pair = sum(np.exp(-np.square((away - s) / width) / 2) for s in (side, -side))
        array += pair * np.exp(-(np.square(back - depth) + np.square(up - height)) / (2 * width**2))
    return Volume(
        array=(1000 * array).transpose(2, 1, 0).astype(np.float32),
        spacing_mm=spacing_mm,
        origin_lps_mm=(0.0, 0.0, 0.0),
        direction=np.eye(3),
        name="mirrored",
    )


def moved_mm(volume, true_mm, present=ALL, away_mm=AWAY_MM):
    """How far structures placed about the middle, away from it, lie from it after the move."""
    (slab,) = cut_slabs(volume, PIXEL_MM)
    height = np.linspace(190, 30, anatomy.COUNT)
    lps = np.stack([true_mm(height) + away_mm, np.full(anatomy.COUNT, 60.0), height], axis=1)
    before = slab.from_lps_mm(lps)
    after = to_midline(volume, slab, before, present)
    assert np.array_equal(after[:, 1:], before[:, 1:])
    assert np.array_equal(after[~present], before[~present])
    return slab.to_lps_mm(after)[:, 0] - true_mm(height)


@pytest.mark.parametrize("middle_mm", [lambda up: 45 + 0 * up, lambda up: 41 + up / 25, lambda up: 48 - up**2 / 9000])
def test_found_where_the_spine_is_straight_or_leans_or_bends(middle_mm):
    assert np.abs(moved_mm(mirrored_volume(middle_mm), middle_mm)).max() < 1.0


def test_found_between_thick_slices():
    def middle_mm(up):
        return 44 + 0 * up

    volume = mirrored_volume(middle_mm, spacing_mm=(4.4, 0.8, 0.8), size=(20, 150, 275))
    assert np.abs(moved_mm(volume, middle_mm)).max() < 1.5


def test_absent_structures_stay():
    def middle_mm(up):
        return 45 + 0 * up

    present = ALL.copy()
    present[[0, 1, 10]] = False
    away = moved_mm(mirrored_volume(middle_mm), middle_mm, present)
    assert np.abs(away[present]).max() < 1.0
    assert np.allclose(away[~present], AWAY_MM[~present])
    assert np.allclose(moved_mm(mirrored_volume(middle_mm), middle_mm, ~ALL), AWAY_MM)


def test_too_narrow_a_volume_moves_nothing():
    def middle_mm(up):
        return 7 + 0 * up

    away_mm = AWAY_MM / 4
    volume = mirrored_volume(middle_mm, size=(14, *SIZE[1:]))
    assert np.allclose(moved_mm(volume, middle_mm, away_mm=away_mm), away_mm)


def test_sign_and_scale_of_the_grey_values_do_not_matter():
    def middle_mm(up):
        return 45 + 0 * up

    volume = mirrored_volume(middle_mm)
    changed = replace(volume, array=(500 - 3 * volume.array))
    assert np.allclose(moved_mm(volume, middle_mm), moved_mm(changed, middle_mm), atol=0.05)
