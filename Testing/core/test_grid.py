import torch
from hypothesis import given
from hypothesis import strategies as st

from CCFNetCore import grid

HEIGHT, WIDTH = 20, 24
inside = st.tuples(
    st.floats(-0.5, HEIGHT * grid.STRIDE - 0.5, exclude_max=True, allow_subnormal=False),
    st.floats(-0.5, WIDTH * grid.STRIDE - 0.5, exclude_max=True, allow_subnormal=False),
)


@given(st.lists(inside, min_size=11, max_size=11))
def test_any_point_in_the_picture_comes_back(points):
    points = torch.tensor(points)
    targets = grid.encode(points, HEIGHT, WIDTH)
    peaks = grid.decode(targets.heat, targets.offset)
    assert (peaks.points - points).abs().max() < 0.01


@given(st.lists(inside, min_size=3, max_size=3))
def test_heat_peaks_at_one_near_the_point(points):
    points = torch.tensor(points)
    targets = grid.encode(points, HEIGHT, WIDTH)
    peaks = grid.decode(targets.heat, targets.offset)
    assert torch.allclose(peaks.heat, torch.ones(3))
    assert ((peaks.cell - targets.cell).abs() <= 1).all()


def test_heat_falls_as_a_gaussian_from_the_centre_of_a_cell():
    centre = torch.tensor([[7.5, 23.5]])
    heat = grid.encode(centre, 4, 4).heat
    assert heat[0, 0, 1] == 1
    assert torch.isclose(heat[0, 0, 2], torch.tensor(-0.5).exp())
    assert torch.isclose(heat[0, 1, 2], torch.tensor(-1.0).exp())


def test_absent_structure_has_no_heat():
    targets = grid.encode(torch.tensor([[float("nan"), float("nan")], [8.0, 8.0]]), 4, 4)
    assert targets.heat[0].max() == 0
    assert targets.heat[1].max() == 1


def test_batches_are_encoded_like_single_pictures():
    points = torch.rand(5, 11, 2) * 100
    together = grid.encode(points, 8, 8)
    for index in range(5):
        alone = grid.encode(points[index], 8, 8)
        assert all(torch.equal(a, b[index]) for a, b in zip(alone, together, strict=True))


def test_at_cells_reads_each_map_in_its_own_cell():
    maps = torch.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    assert grid.at_cells(maps, torch.tensor([[0, 1], [2, 3]])).tolist() == [1.0, 23.0]
