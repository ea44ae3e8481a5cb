import numpy as np
import pytest
import SimpleITK as sitk

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.importers import import_dataset
from CCFNetCore.training.data import read_landmarks

HEADER = (
    "Patient,IVD label,Modic,UP endplate,LOW endplate,Spondylolisthesis,"
    "Disc herniation,Disc narrowing,Disc bulging,Pfirrman grade"
)
GRADINGS = (
    "7,1,0,0,0,0,1,1,1,5",
    "7,2,0,0,0,0,0,1,1,4",
    "7,6,0,0,0,0,0,0,0,1",
    "7,5,0,0,0,0,,,,",
    "7,9,0,0,0,0,1,1,1,3",
)

LABELS = dict(zip(("L1", "L2", "L3", "L4", "L5"), (5, 4, 3, 2, 1), strict=True))
LABELS |= dict(
    zip(("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"), (206, 205, 204, 203, 202, 201), strict=True)
)


def balls(volume, places, radius_mm=8.0):
    """The mask of a volume: a ball around each place, wide like a vertebra; of discs flatter, so that none touch."""
    grid = np.stack(np.meshgrid(*map(np.arange, volume.size), indexing="ij"), axis=-1)
    lps = volume.index_to_lps_mm(grid)
    mask = np.zeros(volume.size, dtype=np.uint8)
    for name, place in places.items():
        radius = radius_mm * (0.5 if "-" in name else 1)
        away = (lps - place) / [4.0, 1.0, 1.0]
        mask[np.linalg.norm(away, axis=-1) < radius] = LABELS[name]
    return mask.transpose(2, 1, 0)


def as_taken(image):
    return image


def permuted_and_flipped(image):
    return sitk.Flip(sitk.PermuteAxes(image, (2, 0, 1)), (True, False, True))


def oblique_and_isotropic(image):
    """The same content on a turned grid of 1 mm around the same middle."""
    direction = np.array(sitk.Euler3DTransform((0, 0, 0), *np.deg2rad((4, 6, -5))).GetMatrix()).reshape(3, 3)
    size = np.array((60, 330, 330))
    middle = image.TransformContinuousIndexToPhysicalPoint(((np.array(image.GetSize()) - 1) / 2).tolist())
    origin = np.array(middle) - direction @ ((size - 1) / 2)
    nearest = sitk.sitkNearestNeighbor if image.GetPixelID() == sitk.sitkUInt8 else sitk.sitkLinear
    grid = (sitk.Transform(), nearest, origin.tolist(), (1.0, 1.0, 1.0), direction.ravel().tolist())
    return sitk.Resample(image, size.tolist(), *grid)


def write(folder, volume, mask, name="7_t2.mha", change=as_taken):
    image = volume.to_sitk()
    mask_image = sitk.GetImageFromArray(mask)
    mask_image.CopyInformation(image)
    for kind, content in (("images", image), ("masks", mask_image)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(change(content), str(folder / kind / name))
    (folder / "radiological_gradings.csv").write_text("\n".join((HEADER, *GRADINGS)) + "\n")


@pytest.fixture(scope="module")
def mask(dotted):
    return balls(*dotted)


@pytest.mark.parametrize("change", [as_taken, permuted_and_flipped, oblique_and_isotropic])
def test_points_land_on_their_structures(change, dotted, mask, tmp_path, read_entries, dots_under):
    write(tmp_path, dotted[0], mask, change=change)
    import_dataset("spider", tmp_path, tmp_path / "out")
    (entry,) = read_entries(tmp_path / "out")
    assert [s["name"] for s in entry["structures"]] == list(anatomy.NAMES)
    assert min(dots_under(tmp_path / "out", entry)) > 220
    assert np.median(dots_under(tmp_path / "out", entry, right=10)) < 200


@pytest.mark.parametrize("change", [as_taken, permuted_and_flipped])
def test_pixels_are_square_and_their_size_is_given(change, dotted, mask, tmp_path):
    volume, places = dotted
    write(tmp_path, volume, mask, change=change)
    import_dataset("spider", tmp_path, tmp_path / "out")
    (record,) = read_landmarks(tmp_path / "out")
    steps_mm = np.diff(record.points, axis=0) * record.pixel_mm
    expected = np.diff(np.array(list(places.values()))[:, [2, 1]], axis=0) * [-1, 1]
    assert record.pixel_mm == pytest.approx(volume.spacing_mm[0])
    assert np.abs(steps_mm - expected).max() < 1.0


def test_the_arch_does_not_move_a_vertebra(dotted, mask, tmp_path):
    volume, places = dotted
    write(tmp_path / "bodies", volume, mask)
    spinous = {name: place + np.array([0, 50, 0]) for name, place in places.items() if "-" not in name}
    arches = np.where(mask > 0, mask, balls(volume, spinous, radius_mm=6.0))
    write(tmp_path / "whole", volume, arches)
    points = []
    for kind in ("bodies", "whole"):
        import_dataset("spider", tmp_path / kind, tmp_path / "out" / kind)
        points.append(read_landmarks(tmp_path / "out" / kind)[0].points)
    assert np.allclose(*points)


def test_structures_without_a_whole_mask_are_left_out(dotted, mask, tmp_path, read_entries):
    cut_off = mask.copy()
    cut_off[mask == LABELS["L1"]] = 100 + LABELS["L1"]
    cut_off[mask == LABELS["T12-L1"]] = 0
    write(tmp_path, dotted[0], cut_off)
    import_dataset("spider", tmp_path, tmp_path / "out")
    (entry,) = read_entries(tmp_path / "out")
    assert [s["name"] for s in entry["structures"]] == list(anatomy.NAMES[2:])
    assert np.isnan(read_landmarks(tmp_path / "out")[0].points[:2]).all()


def test_gradings_of_the_patient_become_grades(dotted, mask, tmp_path, read_entries):
    write(tmp_path, dotted[0], mask)
    write(tmp_path, dotted[0], mask, name="8_t1.mha")
    import_dataset("spider", tmp_path, tmp_path / "out")
    graded, ungraded = read_entries(tmp_path / "out")
    grades = {s["name"]: s["grade"] for s in graded["structures"] if s["grade"] is not None}
    assert (graded["patient"], grades) == ("7", {"T12-L1": "v1", "L4-L5": "v2", "L5-S1": "v3"})
    assert {s["grade"] for s in ungraded["structures"]} == {None}


def test_volumes_that_cannot_be_read_are_named_and_the_rest_is_written(dotted, mask, tmp_path, capsys, read_entries):
    write(tmp_path, dotted[0], mask)
    write(tmp_path, dotted[0], np.zeros_like(mask), name="8_t2.mha")
    write(tmp_path, dotted[0], mask, name="9_t2.mha")
    (tmp_path / "masks" / "9_t2.mha").unlink()
    (tmp_path / "images" / "10_t2.mha").write_bytes(b"not an image")
    assert main(["import", "spider", str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    reasons = capsys.readouterr().err.splitlines()
    assert len(reasons) == 3
    assert reasons[0].startswith("ccfnet: 10_t2.mha: ")
    assert "8_t2.mha: its mask holds none of the eleven structures." in reasons[1]
    assert "9_t2.mha: there is no such file" in reasons[2]
    assert [entry["id"] for entry in read_entries(tmp_path / "out")] == ["7_t2"]


@pytest.mark.parametrize("table", [None, "a,b\n1,2\n", HEADER + "\n1,x,0,0,0,0,0,0,0,1\n"])
def test_a_folder_that_is_not_spider_is_named(table, tmp_path):
    if table is not None:
        (tmp_path / "radiological_gradings.csv").write_text(table)
    with pytest.raises(InputError, match=r"radiological_gradings\.csv"):
        import_dataset("spider", tmp_path, tmp_path / "out")


def test_a_folder_without_images_is_named(tmp_path):
    (tmp_path / "radiological_gradings.csv").write_text(HEADER + "\n")
    with pytest.raises(InputError, match="no MHA files"):
        import_dataset("spider", tmp_path, tmp_path / "out")
