import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.importers import import_dataset
from CCFNetCore.training.data import read_landmarks

DISCS = [anatomy.NAMES[index] for index in anatomy.indices_of("disc")]
VERTEBRAE = [anatomy.NAMES[index] for index in anatomy.indices_of("vertebra")]
PICTURES = """image,patient,contrast,width,height,spacing_mm,already_shared
1_t1.png,a,t1,200,400,1.0,0
1_t2.png,a,t2,200,400,0.9,0
2_t2.png,b,t2,200,400,1.0,1
3_t2.png,c,t2,200,400,1.0,0
"""


def rows_of(image, names, missed=()):
    return [f"{image},{name}," + ("," if name in missed else f"100.0,{60 + 40 * k}.0") for k, name in enumerate(names)]


@pytest.fixture
def source(tmp_path):
    """A patient in two contrasts with vertebrae marked, one who is measured by, and one whose slice misses L4."""
    folder = tmp_path / "source"
    (folder / "images").mkdir(parents=True)
    images = [row.split(",")[0] for row in PICTURES.splitlines()[1:]]
    for image in images:
        Image.new("L", (200, 400)).save(folder / "images" / image)
    (folder / "images.csv").write_text(PICTURES)
    marked = ["T11", "T12", *VERTEBRAE, "S1"]
    missed = {"3_t2.png": ("T11", "L4")}
    rows = [row for image in images for row in rows_of(image, marked, missed.get(image, ("T11",)))]
    (folder / "points.csv").write_text("\n".join(["image,structure,x,y", *rows, ""]))
    return folder


def test_vertebrae_lie_at_their_centroids_and_discs_about_between_them(source, tmp_path, read_entries):
    import_dataset("masks", source, tmp_path / "out")
    for entry in read_entries(tmp_path / "out"):
        assert [(s["name"], s["x"], s["y"]) for s in entry["structures"]] == [
            (name, 100.0, 120.0 + 20 * k) for k, name in enumerate(anatomy.NAMES)
        ]
        assert [s["name"] for s in entry["structures"] if s.get("approximate")] == DISCS
        assert {s["grade"] for s in entry["structures"]} == {None}


def test_discs_lie_at_their_centroids_and_vertebrae_about_between_them(source, tmp_path, read_entries):
    rows = rows_of("1_t1.png", DISCS) + rows_of("1_t2.png", DISCS) + rows_of("3_t2.png", DISCS)
    (source / "points.csv").write_text("\n".join(["image,structure,x,y", *rows, ""]))
    import_dataset("masks", source, tmp_path / "out")
    for entry in read_entries(tmp_path / "out"):
        assert [s["y"] for s in entry["structures"]] == [60.0 + 20 * k for k in range(anatomy.COUNT)]
        assert [s["name"] for s in entry["structures"] if s.get("approximate")] == VERTEBRAE


def test_contrasts_of_a_patient_and_their_spacings_are_kept(source, tmp_path):
    import_dataset("masks", source, tmp_path / "out")
    records = read_landmarks(tmp_path / "out")
    assert [(r.patient, r.contrast, r.pixel_mm) for r in records] == [("a", "t1", 1.0), ("a", "t2", 0.9)]
    assert all(record.image.is_file() for record in records)


def test_pictures_that_others_are_measured_by_or_that_miss_a_mask_are_left_out(source, tmp_path, capsys):
    assert main(["import", "masks", str(source), "--output", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Left out: pictures of patients by whom the shipped models are measured (1)",
        "Left out: pictures whose slice misses a structure that is marked beside it (1)",
    ]


@pytest.mark.parametrize("table", ["images.csv", "points.csv"])
@pytest.mark.parametrize("text", [None, "a,b\n1,2\n", "image,structure,x,y\n1_t1.png,L1,left,1\n"])
def test_a_missing_or_foreign_table_is_named(table, text, source, tmp_path):
    (source / table).unlink()
    if text is not None:
        (source / table).write_text(text)
    with pytest.raises(InputError, match=table):
        import_dataset("masks", source, tmp_path / "out")


def test_a_picture_without_marks_is_named(source, tmp_path, capsys):
    lines = (source / "points.csv").read_text().splitlines()
    (source / "points.csv").write_text("\n".join(line for line in lines if not line.startswith("1_t1")))
    assert main(["import", "masks", str(source), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "ccfnet: 1_t1.png: too few of its structures are marked to guess where the others lie.\n"
    )


@pytest.mark.parametrize(
    ("name", "pictures", "patients", "exact"),
    [
        ("myosegmentum", 37, 37, VERTEBRAE),
        ("chu2015", 9, 9, VERTEBRAE),
        ("zukic2014", 7, 3, VERTEBRAE),
        ("ivd_menezes", 2, 2, DISCS[1:]),
    ],
)
def test_the_real_pictures(name, pictures, patients, exact, real_data, tmp_path):
    source = real_data(name)
    assert not import_dataset("masks", source, tmp_path).passed_over
    written = (tmp_path / "landmarks.json").read_bytes()
    records = read_landmarks(tmp_path)
    assert (len(records), len({record.patient for record in records})) == (pictures, patients)
    labels = {record.image.name: np.asarray(Image.open(source / "labels" / record.image.name)) for record in records}
    for record in records:
        is_exact = record.is_marked & ~record.approximate
        assert [n for n, each in zip(anatomy.NAMES, is_exact, strict=True) if each] == exact
        rows, columns = record.points[is_exact].round().astype(int).T
        on_masks = labels[record.image.name][rows, columns].tolist()
        assert on_masks == list(range(on_masks[0], on_masks[0] - len(exact), -1))
        assert on_masks[-1] > 0
    import_dataset("masks", source, tmp_path)
    assert (tmp_path / "landmarks.json").read_bytes() == written
