import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.importers import import_dataset
from CCFNetCore.importers.sudirman import GRADING
from CCFNetCore.training.config import TrainingConfig
from CCFNetCore.training.data import SPAN_MM, read_landmarks
from CCFNetCore.training.sampling import read_data_sets

DISCS = [anatomy.NAMES[index] for index in anatomy.indices_of("disc")]
VERTEBRAE = [anatomy.NAMES[index] for index in anatomy.indices_of("vertebra")]
PICTURES = """image,patient,contrast,width,height,n_discs,name_doubt
images_t1/1_t1.png,1,t1,200,400,7,0
images/1_t2.png,1,t2,200,400,7,0
images/2_t2.png,2,t2,200,400,6,0
images/3_t2.png,3,t2,200,400,6,1
images/4_t2.png,4,t2,200,400,6,0
"""


def disc_rows(image, names):
    rows = [f"{image},{name},100.0,{60 + 40 * k}.0,{int(k % 2 == 0)}" for k, name in enumerate(names)]
    return "\n".join([*rows, f"{image},,100.0,20.0,1"])


@pytest.fixture
def source(tmp_path):
    """A patient on T1 and T2, one without T12-L1, one whose names are in doubt, and one whose discs bear none."""
    folder = tmp_path / "source"
    named = {"images_t1/1_t1.png": DISCS, "images/1_t2.png": DISCS, "images/2_t2.png": ["", *DISCS[1:]]}
    named |= {"images/3_t2.png": DISCS, "images/4_t2.png": [""] * 6}
    for image in named:
        (folder / image).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (200, 400)).save(folder / image)
    (folder / "images.csv").write_text(PICTURES)
    rows = [disc_rows(image, names) for image, names in named.items()]
    (folder / "discs.csv").write_text("\n".join(["image,disc,x,y,normal", *rows, ""]))
    return folder


def test_discs_lie_where_they_are_boxed_and_vertebrae_about_between_them(source, tmp_path, read_entries):
    import_dataset("sudirman", source, tmp_path / "out")
    for entry in read_entries(tmp_path / "out"):
        assert [(s["name"], s["x"], s["y"]) for s in entry["structures"]] == [
            (name, 100.0, 60.0 + 20 * k) for k, name in enumerate(anatomy.NAMES)
        ]
        assert [s["name"] for s in entry["structures"] if s.get("approximate")][-5:] == VERTEBRAE


def test_a_disc_that_is_boxed_without_a_name_is_a_guess(source, tmp_path, read_entries):
    import_dataset("sudirman", source, tmp_path / "out")
    first = read_entries(tmp_path / "out")[2]["structures"][0]
    assert (first["name"], first["approximate"], first["grade"]) == ("T12-L1", True, None)


def test_pictures_of_unnamed_or_doubtful_discs_are_left_out_and_counted(source, tmp_path, capsys):
    assert main(["import", "sudirman", str(source), "--output", str(tmp_path / "out")]) == 0
    assert [record.patient for record in read_landmarks(tmp_path / "out")] == ["1", "1", "2"]
    assert capsys.readouterr().out.splitlines() == [
        "Left out: pictures whose discs may bear the name of another level (1)",
        "Left out: pictures whose discs are not named (1)",
        f"Written: {tmp_path / 'out' / 'landmarks.json'} (3 pictures of 2 patients with 33 landmarks, 22 of them "
        "approximate)",
    ]


def test_what_is_boxed_as_normal_is_kept_as_another_question(source, tmp_path):
    import_dataset("sudirman", source, tmp_path / "out")
    record = read_landmarks(tmp_path / "out")[0]
    assert record.grading == GRADING
    assert record.abnormal[anatomy.indices_of("disc")].tolist() == [0, 1, 0, 1, 0, 1]
    assert np.isnan(record.abnormal[anatomy.indices_of("vertebra")]).all()
    (learned,) = read_data_sets(TrainingConfig(held_out_fold=-1), [tmp_path / "out"])
    assert np.isnan([each.abnormal for each in learned.learned]).all()


def test_boxes_of_t1_slices_are_approximate_for_they_were_drawn_on_t2(source, tmp_path):
    import_dataset("sudirman", source, tmp_path / "out")
    t1, t2 = read_landmarks(tmp_path / "out")[:2]
    assert t1.approximate.all()
    assert not t2.approximate[anatomy.indices_of("disc")].any()


def test_pictures_are_scaled_by_their_discs(source, tmp_path):
    import_dataset("sudirman", source, tmp_path / "out")
    records = read_landmarks(tmp_path / "out")
    assert [record.pixel_mm for record in records] == pytest.approx([SPAN_MM / 160] * 3)
    assert [record.contrast for record in records] == ["t1", "t2", "t2"]
    assert all(record.image.is_file() for record in records)


def test_a_missing_picture_is_named_and_the_rest_is_written(source, tmp_path, capsys, read_entries):
    (source / "images" / "1_t2.png").unlink()
    assert main(["import", "sudirman", str(source), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == "ccfnet: images/1_t2.png: there is no such picture.\n"
    assert [entry["id"] for entry in read_entries(tmp_path / "out")] == ["1_t1", "2_t2"]


@pytest.mark.parametrize("table", ["images.csv", "discs.csv"])
@pytest.mark.parametrize("text", [None, "a,b\n1,2\n", "image,disc,x,y,normal\n1.png,L9-L10,1,1,1\n"])
def test_a_missing_or_foreign_table_is_named(table, text, source, tmp_path):
    (source / table).unlink()
    if text is not None:
        (source / table).write_text(text)
    with pytest.raises(InputError, match=table):
        import_dataset("sudirman", source, tmp_path / "out")


def test_the_real_pictures(sudirman, tmp_path, read_entries):
    imported = import_dataset("sudirman", sudirman, tmp_path)
    assert not imported.passed_over
    assert sorted(imported.left_out.values()) == [10, 60]
    written = (tmp_path / "landmarks.json").read_bytes()
    entries = read_entries(tmp_path)
    assert len(entries) == 730
    for entry in entries:
        assert len(entry["structures"]) == anatomy.COUNT
        levels = [s["y"] for s in entry["structures"]]
        assert levels == sorted(levels)
    import_dataset("sudirman", sudirman, tmp_path)
    assert (tmp_path / "landmarks.json").read_bytes() == written
