"""Estimates from points: on spines whose lengths and angles are known exactly, and on drawn ones."""

from dataclasses import replace

import numpy as np
import pytest

from CCFNetCore import anatomy
from CCFNetCore.measurements import lordosis_deg, measure
from CCFNetCore.phantom.spine import make_spine
from CCFNetCore.result import Input, Model, Result, Structure

DRAWN_SPINES = 60


def arc(degrees, radius_mm=150.0):
    """Eleven points head to foot on a circle whose middle lies behind the spine (in front of it if negative)."""
    angle = np.radians(np.linspace(degrees / 2, -degrees / 2, anatomy.COUNT))
    side = np.sign(degrees)
    return np.stack([np.full_like(angle, 3.0), -side * radius_mm * np.cos(angle), side * radius_mm * np.sin(angle)], 1)


def line(spacing_mm):
    superior = -spacing_mm * np.arange(anatomy.COUNT)
    return np.stack([np.zeros(anatomy.COUNT), np.zeros(anatomy.COUNT), superior], axis=1)


def result_at(positions):
    structures = tuple(
        Structure(level.name, level.kind, "found", tuple(position), (0.0, 0.0, 0.0), 0.9, 0.1, "normal")
        for level, position in zip(anatomy.LEVELS, positions.tolist(), strict=True)
    )
    return Result(Input("spine", (1, 1, 1), (1.0, 1.0, 1.0)), Model("none", "0" * 64), structures)


def changed(result, name, **values):
    return replace(result, structures=tuple(replace(s, **values) if s.name == name else s for s in result.structures))


def values_of(result):
    return {measurement.name: measurement.value for measurement in measure(result)}


@pytest.mark.parametrize("degrees", [-30.0, 20.0, 60.0, 90.0])
def test_lordosis_of_a_circle_is_its_arc(degrees):
    assert lordosis_deg(arc(degrees)) == pytest.approx(degrees, abs=1e-6)


def test_a_straight_spine_has_no_lordosis_however_it_leans():
    leaning = line(17.0) @ np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]).T
    assert lordosis_deg(leaning) == pytest.approx(0.0, abs=1e-9)


def test_a_sideways_bend_is_no_lordosis():
    bent = line(17.0)
    bent[:, 0] = 10 * np.sin(np.linspace(0, np.pi, len(bent)))
    assert lordosis_deg(bent) == pytest.approx(0.0, abs=1e-9)


def test_lordosis_bears_points_that_scatter():
    rng = np.random.default_rng(0)
    scattered = [lordosis_deg(arc(50.0) + rng.normal(0.0, 1.7, (anatomy.COUNT, 3))) for _ in range(200)]
    assert np.mean(scattered) == pytest.approx(50.0, abs=1.0)
    assert np.std(scattered) < 7.0


def test_lordosis_of_drawn_spines_follows_the_end_plates_and_is_less():
    """The README gives these figures."""
    less = []
    for seed in range(DRAWN_SPINES):
        spine = make_spine(np.random.default_rng(seed))
        tilt = {body.name: body.tilt for body in spine.bodies}
        between_end_plates = np.degrees(tilt["L1"] - tilt["S1"])
        less.append(between_end_plates - lordosis_deg(np.array(list(spine.landmarks_lps_mm().values()))))
    assert np.mean(less) == pytest.approx(11.0, abs=0.5)
    assert np.std(less) == pytest.approx(3.6, abs=0.2)


def test_spacing_goes_from_disc_to_disc():
    result = result_at(line(17.0))
    assert [values_of(result)[f"Estimated spacing L{n}"] for n in range(1, 6)] == pytest.approx([34.0] * 5)


def test_spacing_names_its_own_vertebra():
    positions = line(17.0)
    positions[9:] -= [0.0, 0.0, 5.0]
    assert values_of(result_at(positions))["Estimated spacing L5"] == pytest.approx(39.0)


def test_length_is_the_sum_of_the_spacings():
    values = values_of(result_at(arc(60.0)))
    spacings = [value for name, value in values.items() if "spacing" in name]
    assert values["Estimated lumbar length"] == pytest.approx(sum(spacings))


def test_what_needs_a_missing_point_is_not_estimated():
    outside = changed(result_at(line(17.0)), "T12-L1", state="outside", position_lps_mm=None)
    values = values_of(outside)
    missing = [name for name, value in values.items() if value is None]
    assert missing == ["Estimated spacing L1", "Estimated lumbar length", "Estimated lordosis"]


def test_a_missing_vertebra_leaves_the_lengths():
    missing = changed(result_at(line(17.0)), "L3", state="outside", position_lps_mm=None)
    assert [name for name, value in values_of(missing).items() if value is None] == ["Estimated lordosis"]


def test_uncertain_points_are_named():
    uncertain = changed(result_at(line(17.0)), "L1-L2", state="uncertain")
    named = {measurement.name for measurement in measure(uncertain) if measurement.uncertain == ("L1-L2",)}
    assert named == {
        "Estimated spacing L1",
        "Estimated spacing L2",
        "Estimated lumbar length",
        "Estimated lordosis",
    }
