import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CCFNetCore import anatomy
from CCFNetCore.spine_path import STEP_DEGREES, STEP_MM, Candidates, cheapest_path

COUNT = anatomy.COUNT


def usual_spine():
    """(S, 2), a spine whose every step is the mean one."""
    angles = np.radians(STEP_DEGREES)
    steps = STEP_MM[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.concatenate([[[0.0, 0.0]], np.cumsum(steps, axis=0)])


def candidates_of(points, heat, more=0):
    """One candidate a structure, and some empty places."""
    room = ((0, 0), (0, more))
    return Candidates(np.pad(points[:, None], (*room, (0, 0))), np.pad(heat[:, None], room))


def add(candidates, structure, point, heat):
    candidates.points_mm[structure, -1], candidates.heat[structure, -1] = point, heat


def test_a_clear_spine_is_taken_as_it_is():
    assert cheapest_path(candidates_of(usual_spine(), np.full(COUNT, 0.9))).tolist() == [0] * COUNT


@given(st.floats(0.8, 1.25), st.floats(-15, 15))
def test_scale_and_posture_do_not_matter_much(scale, degrees):
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert (cheapest_path(candidates_of(scale * usual_spine() @ turn.T, np.full(COUNT, 0.8))) == 0).all()


def test_a_hotter_place_of_the_neighbour_is_passed_over():
    spine = usual_spine()
    candidates = candidates_of(spine, np.full(COUNT, 0.7), more=1)
    add(candidates, 4, spine[6], 0.9)
    assert cheapest_path(candidates).tolist() == [0] * COUNT


def test_a_few_shifted_maps_follow_the_many():
    spine = usual_spine()
    candidates = candidates_of(spine, np.r_[np.full(3, 0.4), np.full(COUNT - 3, 0.9)], more=1)
    for structure in range(3):
        add(candidates, structure, spine[structure + 2], 0.7)
    assert cheapest_path(candidates).tolist() == [0] * COUNT


@pytest.mark.parametrize("missing", [[0], [0, 1, 2], [10], [8, 9, 10], [5]])
def test_structures_without_heat_are_left_out(missing):
    heat = np.full(COUNT, 0.9)
    heat[missing] = 0.0
    path = cheapest_path(candidates_of(usual_spine(), heat))
    assert np.flatnonzero(path < 0).tolist() == missing


def test_a_weak_far_peak_is_left_out():
    spine, heat = usual_spine(), np.full(COUNT, 0.9)
    spine[-1], heat[-1] = spine[-1] + np.array([0.0, 60.0]), 0.4
    assert cheapest_path(candidates_of(spine, heat)).tolist() == [0] * (COUNT - 1) + [-1]


def test_nothing_hot_is_no_spine():
    assert (cheapest_path(candidates_of(usual_spine(), np.full(COUNT, 0.1))) == -1).all()


@given(st.integers(0, 2**32 - 1))
def test_no_other_path_is_cheaper(seed):
    """Against all paths of a small problem, one by one."""
    from itertools import pairwise, product

    from CCFNetCore import spine_path

    generator = np.random.default_rng(seed)
    heat = np.zeros((COUNT, 2))
    heat[:4] = generator.random((4, 2))
    points = generator.random((COUNT, 2, 2)) * [60.0, 20.0] + np.arange(COUNT)[:, None, None] * [15.0, 0.0]
    candidates = Candidates(points, heat)

    def cost_of(path):
        there = [(s, c) for s, c in enumerate(path) if c >= 0]
        cost = spine_path.LEFT_OUT * (COUNT - len(there)) + sum(1 - heat[s, c] for s, c in there)
        for (upper, i), (lower, j) in pairwise(there):
            cost += spine_path._step_cost(candidates, upper, lower)[i, j]
        return cost

    best = min(cost_of(path) for path in product((-1, 0, 1), repeat=4))
    assert cost_of(cheapest_path(candidates)) == pytest.approx(best)
