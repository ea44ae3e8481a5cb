import numpy as np
import pytest

from CCFNetCore.plausibility import length_warning


def discs(spacing_mm, missing=()):
    positions = np.zeros((6, 3))
    positions[:, 2] = -spacing_mm * np.arange(6)
    positions[list(missing)] = np.nan
    return positions


def warning_of(positions, certain=True):
    return length_warning(positions, np.full(6, certain))


@pytest.mark.parametrize("spacing_mm", [31.6, 36.4, 40.6])
def test_measured_adults_are_plausible(spacing_mm):
    assert warning_of(discs(spacing_mm)) == []


@pytest.mark.parametrize("spacing_mm", [31.6, 36.4, 40.6])
@pytest.mark.parametrize("factor", [1.5, 1 / 1.5])
def test_pixels_wrong_by_half_are_told(spacing_mm, factor):
    (warning,) = warning_of(discs(spacing_mm * factor))
    assert f"{5 * spacing_mm * factor:.0f} mm long, which no adult has (138 to 228 mm)" in warning


def test_what_is_seen_of_a_spine_is_enough():
    (warning,) = warning_of(discs(55.0, missing=(0, 1)))
    assert "The 3 levels seen would be 165 mm long, which no adult has (83 to 137 mm)" in warning


def test_a_disc_missing_in_between_changes_nothing():
    assert warning_of(discs(36.4, missing=(2,))) == []


@pytest.mark.parametrize("missing", [range(6), range(5), range(4)])
def test_one_level_tells_nothing(missing):
    assert warning_of(discs(90.0, missing)) == []


def test_discs_that_are_uncertain_have_no_say_beside_certain_ones():
    positions = discs(25.0)
    positions[:3, 2] += 60.0
    assert warning_of(positions) == []
    (warning,) = length_warning(positions, np.arange(6) >= 3)
    assert "The 2 levels seen would be 50 mm long" in warning
