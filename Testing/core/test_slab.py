from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from sitk_volume import volume_from_sitk

from CCFNetCore.images.volume import Volume
from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.slab import PICTURE_SCALES, PITCH_MM, cut_slabs

# No pixel of this size lies on the edge of the volume, where it is a matter of rounding whether it is inside.
PIXEL_MM = 0.9


@pytest.fixture(scope="module")
def thick():
    """Thick sagittal slices."""
    return phantom_volume(3)


@pytest.fixture(scope="module")
def isotropic(thick):
    return resampled(thick, np.eye(3))


def cut_slab(volume, pixel_mm):
    (slab,) = cut_slabs(volume, pixel_mm)
    return slab


def resampled(volume, direction):
    """The same content on an isotropic grid of 1 mm with these axes around the same middle."""
    image = volume.to_sitk()
    size = (60, 300, 300)
    middle = volume.index_to_lps_mm((np.array(volume.size) - 1) / 2)
    origin = middle - direction @ ((np.array(size) - 1) / 2)
    grid = (size, sitk.Transform(), sitk.sitkLinear, origin.tolist(), (1.0, 1.0, 1.0), direction.ravel().tolist())
    return volume_from_sitk(sitk.Resample(image, *grid), "resampled")


def permuted_and_flipped(volume):
    image = sitk.Flip(sitk.PermuteAxes(volume.to_sitk(), (2, 0, 1)), (True, False, True))
    return volume_from_sitk(image, "permuted")


def turned(degrees):
    return np.array(sitk.Euler3DTransform((0, 0, 0), *np.deg2rad(degrees)).GetMatrix()).reshape(3, 3)


def test_place_in_the_frame_and_place_in_the_patient_show_the_same_tissue(thick):
    slab = cut_slab(thick, 1.0)
    place = np.array([2, 150, 120])
    expected = sitk.Resample(thick.to_sitk(), (1, 1, 1), sitk.Transform(), sitk.sitkLinear, slab.to_lps_mm(place))
    scaled = slab.pictures[2, 1] / slab.pictures[:, 1].max()
    assert 0 <= scaled[150, 120] <= 1
    index = thick.lps_mm_to_index(slab.to_lps_mm(place))
    assert np.isclose(index[2], round(index[2]))
    assert expected[0, 0, 0] > 0


def test_nothing_is_stretched(thick):
    steps = np.linalg.norm(cut_slab(thick, 1.0).step_lps_mm, axis=0)
    assert np.allclose(steps[1:], 1.0)


def test_thick_slices_are_read_where_they_were_taken(thick):
    slab = cut_slab(thick, 1.0)
    places = np.stack([np.arange(len(slab.pictures)), np.zeros(len(slab.pictures)), np.zeros(len(slab.pictures))], 1)
    slices = thick.lps_mm_to_index(slab.to_lps_mm(places))[:, 2]
    assert np.allclose(slices, slices.round())
    assert len(slices) == 7


def test_slices_that_lean_are_read_in_their_own_planes(thick):
    direction = thick.direction + np.array([[0, 0, 0], [0, 0, 0], [0, 0, 0.3]])
    leaning = replace(thick, direction=direction / np.linalg.norm(direction, axis=0))
    slab = cut_slab(leaning, 1.0)
    assert np.allclose(slab.directions.T @ slab.directions, np.eye(3))
    places = np.array([[plane, 200, column] for plane in range(len(slab.pictures)) for column in (100, 200)])
    slices = leaning.lps_mm_to_index(slab.to_lps_mm(places))[:, 2]
    assert np.allclose(slices, slices.round())


def test_rows_run_to_the_feet_and_columns_to_the_back(thick):
    _, row, column = cut_slab(thick, 1.0).step_lps_mm.T
    assert np.allclose(row, [0, 0, -1])
    assert np.allclose(column, [0, 1, 0])


def test_neighbours_are_the_planes_beside(thick):
    pictures = cut_slab(thick, 1.0).pictures
    assert np.array_equal(pictures[1:, 0], pictures[:-1, 1])
    assert np.array_equal(pictures[:-1, 2], pictures[1:, 1])
    assert np.array_equal(pictures[0, 0], pictures[0, 1])


@pytest.mark.parametrize("kind", ["thick", "isotropic"])
def test_axis_order_and_direction_change_nothing(kind, request):
    volume = request.getfixturevalue(kind)
    straight, other = cut_slab(volume, PIXEL_MM), cut_slab(permuted_and_flipped(volume), PIXEL_MM)
    assert np.allclose(straight.origin_lps_mm, other.origin_lps_mm)
    assert np.allclose(straight.step_lps_mm, other.step_lps_mm)
    assert np.allclose(straight.pictures, other.pictures, atol=1e-4)


def test_an_oblique_grid_shows_the_same_planes(isotropic):
    oblique, _ = cut_slabs(resampled(isotropic, turned((8, 5, 12))), 1.0)
    straight = cut_slab(isotropic, 1.0)
    middle = straight.to_lps_mm([len(straight.pictures) // 2, 160, 160])
    back = np.linalg.inv(oblique.step_lps_mm) @ (middle - oblique.origin_lps_mm)
    assert np.allclose(back, back.round())
    plane, row, column = back.round().astype(int)
    a = straight.pictures[len(straight.pictures) // 2, 1, 130:190, 130:190]
    b = oblique.pictures[plane, 1, row - 30 : row + 30, column - 30 : column + 30]
    assert np.abs(a - b).mean() < 0.03


@pytest.mark.parametrize("kind", ["thick", "isotropic"])
def test_a_patient_who_lay_askew_is_seen_straight(kind, request):
    volume, turn = request.getfixturevalue(kind), turned((8, 5, 12))
    origin = tuple(turn @ volume.origin_lps_mm)
    frames = cut_slabs(replace(volume, origin_lps_mm=origin, direction=turn @ volume.direction), PIXEL_MM)
    straight = cut_slab(volume, PIXEL_MM)
    (askew,) = [frame for frame in frames if np.allclose(turn.T @ frame.step_lps_mm, straight.step_lps_mm)]
    assert np.allclose(askew.pictures, straight.pictures, atol=1e-3)


def test_likeliest_frame_comes_first(isotropic):
    filled = replace(isotropic, array=isotropic.array + np.random.default_rng(0).random(isotropic.array.shape))
    askew = replace(filled, direction=turned((8, 5, 12)) @ filled.direction)
    along_grid, _ = cut_slabs(askew, 1.0)
    assert not np.allclose(along_grid.step_lps_mm[0, 1:], 0)
    along_axes, _ = cut_slabs(resampled(isotropic, turned((8, 5, 12))), 1.0)
    assert np.allclose(along_axes.step_lps_mm[0, 1:], 0)


def test_isotropic_volumes_are_cut_at_the_pitch(isotropic):
    assert np.isclose(np.linalg.norm(cut_slab(isotropic, 1.0).step_lps_mm[:, 0]), PITCH_MM)


def test_a_fine_picture_is_averaged_not_sampled():
    stripes = np.zeros((1, 800, 400), dtype=np.float32)
    stripes[:, :400, ::2] = 100
    for slab in cut_slabs(Volume("stripes", stripes, (0.25, 0.25, 0.25), is_picture=True), 1.0):
        centre = slab.pictures[0, 1, 24:72, 24:72]
        assert centre.std() < 0.05


def test_voxels_far_from_the_planes_have_no_say(isotropic):
    centre = isotropic.lps_mm_to_index(cut_slab(isotropic, 1.0).to_lps_mm((3, 150, 120)))[0]
    only_near = isotropic.array.copy()
    far = np.abs(np.arange(isotropic.size[0]) - centre) > 28
    assert far.any()
    only_near[:, :, far] = only_near.min()
    near = cut_slab(replace(isotropic, array=only_near), 1.0)
    assert np.allclose(near.pictures, cut_slab(isotropic, 1.0).pictures, atol=1e-3)


def test_a_picture_is_cut_at_several_scales_of_the_same_place():
    picture = Volume("picture", np.random.default_rng(0).random((1, 300, 300)), (1.0, 1.0, 1.0), is_picture=True)
    slabs = cut_slabs(picture, 1.0)
    places = [slab.to_lps_mm(slab.from_lps_mm((0.0, 120.0, -200.0))) for slab in slabs]
    assert np.allclose(places, (0.0, 120.0, -200.0))
    assert len({slab.pixel_mm for slab in slabs}) == len(slabs) == len(PICTURE_SCALES)


def test_landmarks_lie_inside_the_frame():
    slab = cut_slab(phantom_volume(5), 1.0)
    for position in draw_phantom(5).spine.landmarks_lps_mm().values():
        place = np.linalg.inv(slab.step_lps_mm) @ (position - slab.origin_lps_mm)
        assert (place >= -0.5).all()
        assert (place < np.array(slab.pictures.shape)[[0, 2, 3]] - 0.5).all()
