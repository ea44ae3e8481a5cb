from dataclasses import replace

import numpy as np
import pytest
import torch

from CCFNetCore import anatomy, close_up
from CCFNetCore.closer_look import NETWORK_WEIGHT, CloserLook
from CCFNetCore.detector import load_detector
from CCFNetCore.evidence import OF_NUMBERING
from CCFNetCore.model_file import find_model, load_reader
from CCFNetCore.network import Reader
from CCFNetCore.phantom import phantom_volume
from CCFNetCore.processor import Processor
from CCFNetCore.slab import Slab
from CCFNetCore.spine_path import STEP_MM

COUNT = anatomy.COUNT


def curved_spine():
    """Points on a quarter of a circle, from straight down to straight back."""
    angle = np.linspace(0, np.pi / 2, COUNT)
    return 200 * np.stack([np.sin(angle), 1 - np.cos(angle)], axis=1) + 20


def test_directions_follow_the_spine():
    angle = np.linspace(0, np.pi / 2, COUNT)
    down = close_up.spine_directions(curved_spine())
    assert np.allclose(down[2:-2], np.stack([np.cos(angle), np.sin(angle)], axis=1)[2:-2])
    assert np.allclose(np.linalg.norm(down, axis=1), 1)


@pytest.mark.parametrize("seen", [[], [4], [4, 5]])
def test_few_structures_have_a_direction_too(seen):
    points = np.full((COUNT, 2), np.nan)
    for k in seen:
        points[k] = 20 * k, 60
    assert np.array_equal(close_up.spine_directions(points), np.tile([1.0, 0.0], (COUNT, 1)))
    assert close_up.spine_scale(points) > 0


def test_a_close_up_is_upright_with_the_structure_in_its_middle():
    points = curved_spine()
    row, column = np.meshgrid(np.arange(240), np.arange(240), indexing="ij")
    # A ramp that rises away from the circle's centre shows only along the close-up's columns.
    radius = np.hypot(row - 20, column - 220).astype(np.float32)
    pictures = torch.from_numpy(radius).expand(COUNT, -1, -1)
    close_ups = close_up.cut_close_ups(pictures, points)
    half = close_up.SIDE_PX // 2
    middle = close_ups[3:-3, half - 2 : half + 2, half - 10 : half + 10]
    pixel = close_up.spine_scale(points) * close_up.PIXEL_MM
    assert torch.allclose(middle.mean(dim=(1, 2)), torch.tensor(200.0), atol=0.5)
    assert torch.allclose(middle.diff(dim=2), torch.tensor(-pixel, dtype=torch.float32), atol=0.05)
    assert middle.diff(dim=1).abs().max() < 0.05


def test_a_spine_of_mean_length_is_shown_at_the_stated_scale():
    points = np.zeros((COUNT, 2))
    points[1:, 0] = np.cumsum(STEP_MM) / 0.5
    assert close_up.spine_scale(points) == pytest.approx(2.0)


def test_shifts_lead_down_along_the_spine_and_to_the_back():
    points = np.stack([20.0 + 40 * np.arange(COUNT), np.full(COUNT, 60.0)], axis=1)
    size = 40 * (COUNT - 1) / STEP_MM.sum()
    assert np.allclose(close_up.shifted(points, np.array([[2.0, 1.0]])) - points, [2 * size, size])


def test_shifts_lead_to_the_other_points():
    points, generator = curved_spine(), np.random.default_rng(0)
    others = points + generator.normal(0, 5, points.shape)
    points[3] = np.nan
    shifts = close_up.shifts_to(others, points)
    assert np.isnan(shifts[3]).all()
    known = np.arange(COUNT) != 3
    assert np.allclose(close_up.shifted(points, shifts)[known], others[known])


@pytest.mark.parametrize("size", [0.5, 0.8, 1.3])
def test_close_ups_do_not_depend_on_the_size_of_the_pixels(size):
    def picture(pixel_mm):
        row, column = np.meshgrid(*[np.arange(round(300 / pixel_mm)) * pixel_mm] * 2, indexing="ij")
        return torch.from_numpy(np.sin(row / 15) + np.cos(column / 11)).float().expand(COUNT, -1, -1)

    points_mm = np.stack([40 + 18.0 * np.arange(COUNT), 120 + 2.0 * np.arange(COUNT)], axis=1)
    ours, others = (close_up.cut_close_ups(picture(s), points_mm / s) for s in (0.6, size))
    assert torch.allclose(ours, others, atol=0.02)


def test_beyond_the_picture_and_without_a_place_there_is_nothing():
    points = np.full((COUNT, 2), np.nan)
    points[0] = 5, 5
    pictures = torch.ones(COUNT, 30, 30)
    close_ups = close_up.cut_close_ups(pictures, points)
    assert close_ups[0, 56, 56] == 1 and close_ups[0, 0, 0] == 0
    assert not close_ups[1:].any()


def always(logit=0.0, shift_mm=(0.0, 0.0)):
    """A reader that answers so, whatever it sees."""
    reader = Reader().eval()
    with torch.no_grad():
        for layers, answer in ((reader.abnormal, [logit]), (reader.shift, shift_mm)):
            for layer in layers.values():
                layer.weight.zero_()
                layer.bias.copy_(torch.tensor(answer))
    return reader


@pytest.fixture
def slab():
    step = np.array([[5.0, 0, 0], [0, 0, 0.6], [0, -0.6, 0]])
    return Slab(np.zeros((3, 3, 150, 100), dtype=np.float32), np.zeros(3), step)


def straight_spine(there=range(COUNT)):
    """Positions (S, 3) down a line; not-a-number where a structure is not there."""
    positions = np.full((COUNT, 3), np.nan)
    positions[list(there)] = [[5.0, 20.0, -5.0 * k] for k in there]
    return positions


def look(slab, *readers):
    return CloserLook(readers, slab, Processor("cpu"))


def test_readers_are_averaged_and_the_network_has_its_say(slab):
    logits = look(slab, always(1.0), always(3.0)).logits(straight_spine(), np.full(COUNT, -1.0))
    assert np.allclose(logits * (1 + NETWORK_WEIGHT), 2.0 - NETWORK_WEIGHT)


def test_what_is_not_there_keeps_what_the_network_says(slab):
    logits = look(slab, always(1.0)).logits(straight_spine([0, 1]), np.full(COUNT, -1.0))
    assert np.allclose(logits[2:], -1.0)


def test_positions_move_in_their_plane_to_where_the_readers_see_the_middle(slab):
    positions = straight_spine()
    moved = look(slab, always(shift_mm=(1.0, 0.0)), always(shift_mm=(3.0, 2.0))).centred(positions)
    # Steps of 5 mm instead of some 17: of a spine of mean length these are more millimetres.
    size = 5.0 * (COUNT - 1) / STEP_MM.sum()
    assert np.allclose(moved - positions, [0.0, 1.0 * size, -2.0 * size])


def test_what_is_not_there_is_not_moved_to_anywhere(slab):
    moved = look(slab, always(shift_mm=(1.0, 1.0))).centred(straight_spine([4, 5, 6]))
    assert np.array_equal(np.isnan(moved).all(axis=1), [k not in (4, 5, 6) for k in range(COUNT)])


def test_a_vertebra_and_its_mirror_image_are_read_alike_but_not_a_disc():
    reader = load_reader(find_model("default")).eval()
    close_ups = torch.rand(COUNT, close_up.SIDE_PX, close_up.SIDE_PX, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        same = torch.isclose(reader(close_ups), reader(close_ups.flip(-1)), rtol=0, atol=1e-5)
    assert same.tolist() == [level.kind == "vertebra" for level in anatomy.LEVELS]


def test_each_structure_is_seen_in_the_plane_nearest_to_it(slab):
    pictures = np.repeat(np.arange(3, dtype=np.float32)[:, None, None, None], 3, axis=1)
    planes = replace(slab, pictures=np.broadcast_to(pictures, (3, 3, 150, 100)).copy())
    places = np.stack([np.linspace(-0.7, 2.7, COUNT), np.linspace(20, 120, COUNT), np.full(COUNT, 50)], axis=1)
    middle = close_up.close_ups_in(planes, places)[:, close_up.SIDE_PX // 2, close_up.SIDE_PX // 2]
    assert middle.tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2]


def test_the_default_model_looks_closer():
    detector = load_detector("default", "cpu")
    looked = detector.analyse(phantom_volume(3))
    detector.readers = []
    not_looked = detector.analyse(phantom_volume(3))
    assert not_looked.closer_look is None
    of_lower_discs = [" is not " in name for name in OF_NUMBERING]
    assert looked.evidence.numbering[of_lower_discs].all()
    assert not not_looked.evidence.numbering[of_lower_discs].any()
    for one, other in zip(looked.result.structures, not_looked.result.structures, strict=True):
        assert 0 < np.linalg.norm(np.subtract(one.position_lps_mm, other.position_lps_mm)) < 4
        assert one.abnormal_probability != other.abnormal_probability


def test_a_structure_read_again_where_it_was_found_is_read_alike():
    analysis = load_detector("default", "cpu").analyse(phantom_volume(3))
    found = analysis.result.structures
    again = analysis.read_at({s.name: s.position_lps_mm for s in found})
    for one, other in zip(again, found, strict=True):
        assert one.abnormal_probability == pytest.approx(other.abnormal_probability, abs=0.1)


def test_the_disc_below_the_lowest_is_looked_for_where_the_sacrum_turns_back():
    points = np.zeros((COUNT, 2))
    points[1:, 0] = np.cumsum(STEP_MM) / 0.5
    points += [20, 100]
    turn = np.radians(22)
    s1_s2 = points[-1] + 2 * 30 * np.array([np.cos(turn), np.sin(turn)])
    rows, columns = torch.meshgrid(torch.arange(520), torch.arange(260), indexing="ij")
    picture = sum(
        (k + 1) * torch.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18.0)
        for k, (row, column) in enumerate([points[-3], points[-1], s1_s2])
    )
    middles = close_up.lower_close_ups(picture, points)[:, 54:58, 54:58].amax(dim=(1, 2))
    assert torch.allclose(middles, torch.tensor([1.0, 2.0, 3.0]), atol=0.2)


def test_lower_discs_are_told_only_where_both_are_there_and_all_readers_can_tell():
    knowing, older = Reader().eval(), Reader(knows_lower=False).eval()
    slab = Slab(np.random.default_rng(0).random((3, 3, 400, 240), dtype=np.float32), np.zeros(3), np.eye(3))
    positions = np.column_stack([np.ones(COUNT), curved_spine()])
    processor = Processor("cpu")
    assert CloserLook([knowing], slab, processor).lower_discs(positions).shape == (3, 3)
    assert CloserLook([knowing, older], slab, processor).lower_discs(positions) is None
    positions[-1] = np.nan
    assert CloserLook([knowing], slab, processor).lower_discs(positions) is None
