"""What is read at places, from maps made by hand: 3 planes of 4 x 5 cells."""

import numpy as np
import pytest
import torch

from CCFNetCore import anatomy
from CCFNetCore.network import Maps
from CCFNetCore.reading import (
    Reading,
    find_candidates,
    merge_planes,
    merge_scales,
    read_places,
    read_spine,
    support,
)

PLANES, ROWS, COLUMNS = 3, 4, 5


@pytest.fixture
def maps():
    shape = (PLANES, anatomy.COUNT, ROWS, COLUMNS)
    return Maps(torch.zeros(shape), torch.zeros(PLANES, anatomy.COUNT, 2, ROWS, COLUMNS), torch.full(shape, -4.0))


def place_of_cell(plane, row, column):
    return np.tile([plane, 16 * row + 7.5, 16 * column + 7.5], (anatomy.COUNT, 1))


def test_planes_that_agree_are_averaged(maps):
    maps.heat[0, :, 2, 3] = maps.heat[1, :, 2, 3] = 0.8
    maps.abnormal[:2, :, 2, 3] = 0.0
    reading = merge_planes(maps, torch.tensor([[2, 3]] * anatomy.COUNT))
    assert np.allclose(reading.places, place_of_cell(0.5, 2, 3))
    assert np.allclose(reading.heat, 0.8)
    assert np.allclose(reading.logit, 0.0)


def reading_of(row, heat, logit, present=True):
    count = anatomy.COUNT
    places = np.tile([0.0, row, 50.0], (count, 1))
    return Reading(places, np.full(count, heat), np.full(count, logit), np.full(count, present))


def test_scales_that_agree_are_averaged():
    merged = merge_scales(reading_of(100.0, 0.9, 2.0), [reading_of(103.0, 0.6, -1.0)])
    assert np.allclose(merged.places[:, 1], 101.5)
    assert np.allclose(merged.heat, 0.75)
    assert np.allclose(merged.logit, 0.5)
    assert merged.present.all()


@pytest.mark.parametrize("other", [reading_of(130.0, 0.9, -5.0), reading_of(100.0, 0.9, -5.0, present=False)])
def test_a_scale_that_disagrees_only_makes_less_sure(other):
    merged = merge_scales(reading_of(100.0, 0.9, 2.0), [other])
    assert np.allclose(merged.places[:, 1], 100.0)
    assert np.allclose(merged.heat, 0.45)
    assert np.allclose(merged.logit, 2.0)
    assert merged.present.all()


def test_most_scales_say_what_is_present():
    """What the best scale overlooks is placed by those that see it."""
    overlooked = merge_scales(reading_of(0.0, 0.6, -5.0, present=False), [reading_of(100.0, 0.9, 2.0)] * 2)
    assert overlooked.present.all()
    assert np.allclose(overlooked.places[:, 1], 100.0)
    assert np.allclose(overlooked.heat, 0.6)
    assert np.allclose(overlooked.logit, 2.0)
    imagined = merge_scales(reading_of(100.0, 0.9, 2.0), [reading_of(0.0, 0.6, -5.0, present=False)] * 2)
    assert not imagined.present.any()


def test_heat_far_from_the_chosen_cell_has_no_say(maps):
    maps.heat[0, :, 0, 0] = 0.9
    maps.heat[1, :, 3, 3] = 0.6
    reading = merge_planes(maps, torch.tensor([[3, 3]] * anatomy.COUNT))
    assert np.allclose(reading.places, place_of_cell(1, 3, 3))
    assert np.allclose(reading.heat, 0.6)


def test_candidates_are_peaks_in_millimetres_hottest_first(maps):
    maps.heat[0, 4, 0, 0], maps.heat[2, 4, 3, 3], maps.heat[2, 4, 3, 2] = 0.5, 0.8, 0.7
    maps.offset[2, 4, :, 3, 3] = torch.tensor([0.25, -0.25])
    candidates, cells = find_candidates(maps, pixel_mm=0.5)
    assert candidates.heat[4].tolist() == pytest.approx([0.8, 0.5, 0, 0, 0, 0])
    assert candidates.points_mm[4, 0] == pytest.approx(np.array([3.75 * 16 - 0.5, 3.25 * 16 - 0.5]) * 0.5)
    assert cells[4, :2].tolist() == [[3, 3], [0, 0]]
    assert not candidates.heat[5].any()


@pytest.fixture
def spine_maps():
    """One plane of 22 x 8 cells of 16 mm, one structure every two cells."""
    shape = (1, anatomy.COUNT, 2 * anatomy.COUNT, 8)
    maps = Maps(torch.zeros(shape), torch.zeros(1, anatomy.COUNT, 2, *shape[2:]), torch.zeros(shape))
    for structure in range(anatomy.COUNT):
        maps.heat[0, structure, 2 * structure, 3] = 0.9
    return maps


def test_a_hotter_peak_out_of_line_is_passed_over(spine_maps):
    spine_maps.heat[0, 4, 14, 6] = 0.95
    reading = read_spine(spine_maps, pixel_mm=0.6)
    assert reading.present.all()
    assert reading.places[4] == pytest.approx([0, 8 * 16 + 7.5, 3 * 16 + 7.5])


def test_a_gap_is_filled_between_its_neighbours(spine_maps):
    spine_maps.heat[0, 4] = 0.0
    reading = read_spine(spine_maps, pixel_mm=0.6)
    assert reading.present.all()
    assert reading.places[4] == pytest.approx([0, 8 * 16 + 7.5, 3 * 16 + 7.5])
    assert reading.heat[4] == pytest.approx(0.0, abs=1e-6)


def test_planes_lie_on_one_smooth_curve_from_level_to_level(spine_maps):
    maps = Maps(*(m.repeat(PLANES, *[1] * (m.ndim - 1)) for m in spine_maps))
    maps.heat[1:, :4] = 0
    maps.heat[:2, 7:] = 0
    planes = read_spine(maps, pixel_mm=1.0).places[:, 0]
    assert (np.diff(planes) >= 0).all()
    assert np.diff(planes).max() < 0.5
    assert 0 <= planes.min() < planes.max() <= PLANES - 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seen", [1, 2, 3])
def test_few_structures_make_a_curve_too(spine_maps, seen):
    spine_maps.heat[:, seen:] = 0
    reading = read_spine(spine_maps, pixel_mm=1.0)
    assert reading.present.sum() == seen
    assert (reading.places[:, 0] == 0).all()


def test_structures_beyond_the_spine_that_is_seen_are_not_present(spine_maps):
    spine_maps.heat[0, :3] = 0.0
    spine_maps.heat[0, 10] = 0.05
    assert read_spine(spine_maps, pixel_mm=0.6).present.tolist() == [False] * 3 + [True] * 7 + [False]


def test_no_heat_at_all_is_no_spine(spine_maps):
    spine_maps.heat[:] = 0.0
    assert not read_spine(spine_maps, pixel_mm=0.6).present.any()


def test_place_is_read_in_its_own_cell_and_plane(maps):
    maps.heat[2, :, 1, 1] = 0.6
    maps.abnormal[2, :, 1, 1] = 4.0
    reading = read_places(maps, place_of_cell(2, 1, 1))
    assert np.allclose(reading.heat, 0.6)
    assert np.allclose(reading.logit, 4.0)


def test_place_far_from_any_heat_is_read_all_the_same(maps):
    maps.abnormal[0, :, 0, 0] = 4.0
    reading = read_places(maps, place_of_cell(0, 0, 0))
    assert np.allclose(reading.heat, 0.0, atol=1e-6)
    assert (np.abs(reading.logit) < 0.5).all()


def test_place_beyond_the_slab_is_read_at_its_edge(maps):
    maps.heat[2, :, 3, 4] = 0.7
    assert np.allclose(read_places(maps, place_of_cell(9, 9, 9)).heat, 0.7)


def test_support_has_places_in_rows_and_names_in_columns(maps):
    maps.heat[1, 4, 2, 2] = 0.9
    found = support(maps, place_of_cell(1, 2, 2))
    assert found[:, 4] == pytest.approx(0.9)
    assert found.sum() == pytest.approx(0.9 * anatomy.COUNT)
