import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.importers import import_dataset
from CCFNetCore.importers.spider_points import HALF_DISC_DEPTH, MARKED_DISCS, structures_from_margins
from CCFNetCore.training.data import read_landmarks

SLICES = """image,patient,contrast,width,height,spacing_mm
images/1_t2.png,1,t2,200,400,1.0
images/1_t1.png,1,t1,400,800,0.5
images/1_t2_SPACE.png,1,t2_SPACE,300,400,1.0
images/2_t2.png,2,t2,200,400,
images/2_t1.png,2,t1,200,400,
images/3_t2.png,3,t2,200,400,1.0
"""
GRADINGS = "Patient,IVD label,Disc herniation,Disc bulging\n1,1,1,0\n1,3,0,1\n1,6,0,0\n1,7,1,1\n"


@pytest.fixture
def source(tmp_path):
    """Two patients with a straight spine, and a third with too few points."""
    folder = tmp_path / "spider"
    (folder / "images").mkdir(parents=True)
    (folder / "images.csv").write_text(SLICES)
    (folder / "gradings.csv").write_text(GRADINGS)
    rows = [f"images/{n}_t2.png,{d},150.0,{100 + 40 * k}.0" for n in (1, 2) for k, d in enumerate(MARKED_DISCS)]
    (folder / "disc_points.csv").write_text("\n".join(["image,disc,x,y", *rows, "images/3_t2.png,L1-L2,150,100", ""]))
    for row in SLICES.splitlines()[1:]:
        image, _, _, width, height, _ = row.split(",")
        Image.new("L", (int(width), int(height))).save(folder / image)
    return folder


def test_structures_lie_in_front_of_the_margins(source, tmp_path, read_entries):
    import_dataset("spider-points", source, tmp_path / "out")
    first = read_entries(tmp_path / "out")[0]
    assert [s["name"] for s in first["structures"]] == list(anatomy.NAMES)
    assert [s["y"] for s in first["structures"]] == pytest.approx([60 + 20 * k for k in range(11)])
    assert [s["x"] for s in first["structures"]] == pytest.approx([150 - HALF_DISC_DEPTH * 160] * 11)
    assert first["approximate"] is True


def test_margins_of_a_turned_spine_give_the_turned_structures():
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    margins = np.array([[100, 150], [138, 146], [178, 145], [215, 150], [250, 160]], dtype=float)
    assert np.allclose(structures_from_margins(margins @ turn.T), structures_from_margins(margins) @ turn.T)


def test_another_slice_of_the_same_field_gets_the_points_in_its_own_pixels(source, tmp_path):
    import_dataset("spider-points", source, tmp_path / "out")
    t2, t1 = (record for record in read_landmarks(tmp_path / "out") if record.patient == "1")
    assert np.allclose((t1.points + 0.5) / 2, t2.points + 0.5, atol=0.01)
    assert t2.pixel_mm == pytest.approx(2 * t1.pixel_mm)


def test_slices_that_no_points_fit_are_left_out(source, tmp_path, read_entries):
    import_dataset("spider-points", source, tmp_path / "out")
    assert [entry["id"] for entry in read_entries(tmp_path / "out")] == ["1_t2", "1_t1", "2_t2"]


def test_the_tables_spacing_is_not_handed_on_pictures_are_scaled_by_their_discs(source, tmp_path):
    import_dataset("spider-points", source, tmp_path / "out")
    records = read_landmarks(tmp_path / "out")
    assert {record.spacing_mm for record in records} == {None}
    assert records[2].pixel_mm == pytest.approx(145 / 160, rel=1e-3)


def test_gradings_of_the_patient_become_grades(source, tmp_path, read_entries):
    import_dataset("spider-points", source, tmp_path / "out")
    entries = read_entries(tmp_path / "out")
    grades = [{s["name"]: s["grade"] for s in entry["structures"] if s["grade"]} for entry in entries]
    expected = {"T12-L1": "v1", "L3-L4": "v2", "L5-S1": "v3"}
    assert grades == [expected, expected, {}]


def test_pictures_are_found_from_the_output_folder(source, tmp_path):
    import_dataset("spider-points", source, tmp_path / "far" / "out")
    assert all(record.image.is_file() for record in read_landmarks(tmp_path / "far" / "out"))


def test_a_missing_picture_is_named_and_the_rest_is_written(source, tmp_path, capsys, read_entries):
    (source / "images" / "1_t1.png").unlink()
    assert main(["import", "spider-points", str(source), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == "ccfnet: images/1_t1.png: there is no such picture.\n"
    assert len(read_entries(tmp_path / "out")) == 2


@pytest.mark.parametrize("table", ["images.csv", "disc_points.csv", "gradings.csv"])
@pytest.mark.parametrize("text", [None, "a,b\n1,2\n"])
def test_a_missing_or_foreign_table_is_named(table, text, source, tmp_path):
    (source / table).unlink()
    if text is not None:
        (source / table).write_text(text)
    with pytest.raises(InputError, match=table):
        import_dataset("spider-points", source, tmp_path / "out")


def test_the_real_slices(spider, tmp_path, read_entries):
    assert not import_dataset("spider-points", spider, tmp_path).passed_over
    entries = read_entries(tmp_path)
    assert len(entries) == 300
    for entry in entries:
        assert len(entry["structures"]) == anatomy.COUNT
        assert all(0 <= s["x"] < entry["width"] and 0 <= s["y"] < entry["height"] for s in entry["structures"][2:])
        levels = [s["y"] for s in entry["structures"]]
        assert levels == sorted(levels)
