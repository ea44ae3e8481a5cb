import numpy as np
import pytest

from CCFNetCore import anatomy
from CCFNetCore.errors import InputError
from CCFNetCore.importers.guesses import structures_from_marks
from CCFNetCore.importers.refine import NEAR_MM
from CCFNetCore.training.data import read_landmarks

SIZE = (300, 200)
STRAIGHT = {name: np.array([60.0 + 20 * k, 100.0]) for k, name in enumerate(anatomy.NAMES)}
DISCS, VERTEBRAE = ([anatomy.NAMES[index] for index in anatomy.indices_of(kind)] for kind in ("disc", "vertebra"))


def marks(names, places=STRAIGHT):
    return {name: places[name] for name in names}


def places_of(structures):
    return {s["name"]: (s["y"], s["x"]) for s in structures}


@pytest.mark.parametrize("names", [DISCS, DISCS[1:], VERTEBRAE[:-1], anatomy.NAMES[2:]])
def test_a_straight_spine_is_completed_straight(names):
    structures = structures_from_marks(marks(names), SIZE)
    upper = anatomy.NAMES[:-1]
    assert [s["name"] for s in structures] == list(anatomy.NAMES)
    assert marks(upper, places_of(structures)) == {name: tuple(STRAIGHT[name]) for name in upper}


def test_guesses_are_approximate_and_marks_are_not():
    structures = structures_from_marks(marks(VERTEBRAE), SIZE)
    assert [s["name"] for s in structures if s.get("approximate")] == DISCS


def test_below_l5_the_spine_turns_to_the_back():
    row, column = places_of(structures_from_marks(marks(VERTEBRAE), SIZE))["L5-S1"]
    assert row == pytest.approx(STRAIGHT["L5-S1"][0], abs=0.5)
    assert column == pytest.approx(100 + 20 * np.sin(np.deg2rad(11)), abs=0.01)


def test_vertebrae_beyond_the_eleven_tell_where_the_outer_discs_lie():
    beyond = {"T12": np.array([44.0, 90.0]), "S1": np.array([270.0, 130.0]), "T11": np.array([0.0, 0.0])}
    places = places_of(structures_from_marks(marks(VERTEBRAE) | beyond, SIZE))
    assert list(places) == list(anatomy.NAMES)
    assert (places["T12-L1"], places["L5-S1"]) == ((62.0, 95.0), (255.0, 115.0))


def test_what_lies_beyond_the_picture_is_left_out():
    higher = {name: place - [65.0, 0.0] for name, place in STRAIGHT.items()}
    structures = structures_from_marks(marks(VERTEBRAE, higher), SIZE)
    assert [s["name"] for s in structures] == list(anatomy.NAMES[1:])


@pytest.mark.parametrize("names", [(), ("L3",), ("T12-L1", "L5")])
def test_too_few_marks_are_refused(names):
    with pytest.raises(InputError, match="too few"):
        structures_from_marks(marks(names), SIZE)


@pytest.mark.parametrize(
    ("names", "median_mm"), [(DISCS, {"L1": 2, "L5": 3}), (VERTEBRAE, {"T12-L1": 3, "L3-L4": 2, "L5-S1": 3.5})]
)
def test_guesses_lie_near_the_real_marks(names, median_mm, tianchi):
    off_mm = {name: [] for name in median_mm}
    for record in read_landmarks(tianchi):
        truth = dict(zip(anatomy.NAMES, record.points, strict=True))
        guesses = places_of(structures_from_marks(marks(names, truth), (1000, 1000)))
        for name, distances in off_mm.items():
            distances.append(np.linalg.norm(guesses[name] - truth[name]) * record.pixel_mm)
    assert {name: distances for name, distances in off_mm.items() if np.median(distances) > median_mm[name]} == {}
    assert max(np.percentile(distances, 95) for distances in off_mm.values()) < NEAR_MM
