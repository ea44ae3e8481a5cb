"""What is read at places, from maps made by hand: 3 planes of 4 x 5 cells."""

import numpy as np
import pytest
import torch

from CCFNetCore import anatomy
from CCFNetCore.network import Maps
from CCFNetCore.reading import merge_planes, read_places, support

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
    reading = merge_planes(maps)
    assert np.allclose(reading.places, place_of_cell(0.5, 2, 3))
    assert np.allclose(reading.heat, 0.8)
    assert np.allclose(reading.abnormal, 0.5)


def test_place_is_read_in_its_own_cell_and_plane(maps):
    maps.heat[2, :, 1, 1] = 0.6
    maps.abnormal[2, :, 1, 1] = 4.0
    reading = read_places(maps, place_of_cell(2, 1, 1))
    assert np.allclose(reading.heat, 0.6)
    assert (reading.abnormal > 0.9).all()


def test_place_far_from_any_heat_is_read_all_the_same(maps):
    maps.abnormal[0, :, 0, 0] = 4.0
    reading = read_places(maps, place_of_cell(0, 0, 0))
    assert np.allclose(reading.heat, 0.0, atol=1e-6)
    assert ((reading.abnormal > 0.4) & (reading.abnormal < 0.6)).all()


def test_place_beyond_the_slab_is_read_at_its_edge(maps):
    maps.heat[2, :, 3, 4] = 0.7
    assert np.allclose(read_places(maps, place_of_cell(9, 9, 9)).heat, 0.7)


def test_support_has_places_in_rows_and_names_in_columns(maps):
    maps.heat[1, 4, 2, 2] = 0.9
    found = support(maps, place_of_cell(1, 2, 2))
    assert found[:, 4] == pytest.approx(0.9)
    assert found.sum() == pytest.approx(0.9 * anatomy.COUNT)
