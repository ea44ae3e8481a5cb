import json
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.evaluation.outcomes import by_detector, collect, records_of
from CCFNetCore.importers import import_dataset
from CCFNetCore.phantom import write_series
from CCFNetCore.training.data import read_landmarks

MIDDLE = 6


def write_study(folder, volume, places, tags=None):
    """A study as DICOM, and its entry of an annotation file with a point at each structure of the middle slice."""
    write_series(volume, folder)
    uid = pydicom.dcmread(folder / f"IM{MIDDLE + 1:04d}.dcm", stop_before_pixels=True).SOPInstanceUID
    points = []
    for level in anatomy.LEVELS:
        x, y, _ = np.rint(volume.lps_mm_to_index(places[level.name])).astype(int).tolist()
        grade = (tags or {}).get(level.name, "v1")
        tag = {"identification": level.name, level.kind: grade}
        points.append({"coord": [x, y], "tag": tag, "zIndex": MIDDLE})
    marked = {"instanceUid": uid, "seriesUid": "1.2", "annotation": [{"annotator": 54, "data": {"point": points}}]}
    return {"studyUid": f"study of {volume.name}", "version": "v0.1", "data": [marked]}


def write_annotations(folder, studies, name="lumbar_train_annotation.json"):
    (folder / name).write_text(json.dumps(studies))


def points_of(study):
    return study["data"][0]["annotation"][0]["data"]["point"]


@pytest.fixture
def source(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_points_land_on_their_structures(dotted, source, tmp_path, read_entries, dots_under):
    write_annotations(source, [write_study(source / "study0", *dotted)])
    import_dataset("tianchi", source, tmp_path / "out")
    (entry,) = read_entries(tmp_path / "out")
    assert (entry["height"], entry["width"]) == dotted[0].array.shape[1:]
    assert entry["spacing_mm"] == pytest.approx(dotted[0].spacing_mm[0])
    assert entry["patient"] == f"study of {dotted[0].name}"
    assert min(dots_under(tmp_path / "out", entry)) == 255
    assert np.median(dots_under(tmp_path / "out", entry, right=10)) < 200


def test_pixels_become_square(dotted, source, tmp_path, read_entries, dots_under):
    volume, places = dotted
    column, row, between = volume.spacing_mm
    low = replace(volume, array=volume.array[:, ::2], spacing_mm=(column, 2 * row, between))
    write_annotations(source, [write_study(source / "study0", low, places)])
    import_dataset("tianchi", source, tmp_path / "out")
    (entry,) = read_entries(tmp_path / "out")
    (record,) = read_landmarks(tmp_path / "out")
    span_mm = np.linalg.norm(np.diff(record.points, axis=0), axis=1).sum() * record.pixel_mm
    expected_mm = np.linalg.norm(np.diff(np.array(list(places.values()))[:, 1:], axis=0), axis=1).sum()
    assert (entry["height"], entry["width"]) == volume.array.shape[1:]
    assert min(dots_under(tmp_path / "out", entry)) > 220
    assert span_mm == pytest.approx(expected_mm, rel=0.02)


@pytest.mark.parametrize(
    ("tag", "grade", "schmorl"),
    [
        ("v1", "v1", False),
        ("v3", "v3", False),
        ("v2,v5", "v2", True),
        ("v5, v4", "v4", True),
        ("v5", "v1", True),
        ("", None, False),
    ],
)
def test_tags_of_discs_become_grades(tag, grade, schmorl, dotted, source, tmp_path, read_entries):
    write_annotations(source, [write_study(source / "study0", *dotted, tags={"L3-L4": tag})])
    import_dataset("tianchi", source, tmp_path / "out")
    (disc,) = [s for s in read_entries(tmp_path / "out")[0]["structures"] if s["name"] == "L3-L4"]
    assert (disc["grade"], disc["schmorl"]) == (grade, schmorl)


def test_a_degenerative_vertebra_is_abnormal(dotted, source, tmp_path):
    write_annotations(source, [write_study(source / "study0", *dotted, tags={"L4": "v2"})])
    import_dataset("tianchi", source, tmp_path / "out")
    (record,) = read_landmarks(tmp_path / "out")
    assert [name for name, worn in zip(anatomy.NAMES, record.abnormal, strict=True) if worn] == ["L4"]


def test_a_point_above_the_eleven_is_passed_over(dotted, source, tmp_path, read_entries):
    study = write_study(source / "study0", *dotted)
    points_of(study).append({"coord": [5, 5], "tag": {"identification": "T11-T12", "disc": "v1"}})
    write_annotations(source, [study])
    assert not import_dataset("tianchi", source, tmp_path / "out").passed_over
    assert len(read_entries(tmp_path / "out")[0]["structures"]) == anatomy.COUNT


def without_image(study):
    study["data"][0]["instanceUid"] = "1.2.3"


def with_unknown_structure(study):
    points_of(study)[0]["tag"]["identification"] = "S1-S2"


def with_unknown_grade(study):
    points_of(study)[1]["tag"]["vertebra"] = "v5"


def with_ten_points(study):
    points_of(study).pop()


def with_a_point_outside(study):
    points_of(study)[2]["coord"] = [10, 4000]


def without_annotation(study):
    del study["data"][0]["annotation"]


def with_null_tag(study):
    points_of(study)[0]["tag"]["disc"] = None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (without_image, "no DICOM file of the image 1.2.3"),
        (with_unknown_structure, "unknown structures: S1-S2"),
        (with_unknown_grade, "gives L1 an unknown grade, 'v5'"),
        (with_ten_points, "no point for L5-S1"),
        (with_a_point_outside, "outside its picture"),
        (with_null_tag, "not of the expected form"),
        (without_annotation, "not of the expected form (KeyError('annotation'))"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named_and_the_rest_is_written(
    spoil, reason, dotted, source, tmp_path, capsys, read_entries
):
    good = write_study(source / "study0", *dotted)
    bad = json.loads(json.dumps(good))
    spoil(bad)
    write_annotations(source, [bad, good])
    assert main(["import", "tianchi", str(source), "--output", str(tmp_path / "out")]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("ccfnet: lumbar_train_annotation.json, entry 1: ")
    assert reason in sentence
    assert len(read_entries(tmp_path / "out")) == 1


def test_a_damaged_slice_is_named(dotted, source, tmp_path):
    write_annotations(source, [write_study(source / "study0", *dotted)])
    file = source / "study0" / f"IM{MIDDLE + 1:04d}.dcm"
    file.write_bytes(file.read_bytes()[:2000])
    (reason,) = import_dataset("tianchi", source, tmp_path / "out").passed_over
    assert file.name in reason


@pytest.mark.parametrize("rows", [0, 0.5])
def test_a_slice_whose_pixels_have_no_size_is_named(rows, dotted, source, tmp_path):
    write_annotations(source, [write_study(source / "study0", *dotted)])
    file = source / "study0" / f"IM{MIDDLE + 1:04d}.dcm"
    header = pydicom.dcmread(file)
    header.PixelSpacing = [rows, 0]
    header.save_as(file)
    (reason,) = import_dataset("tianchi", source, tmp_path / "out").passed_over
    assert "pixels without a size" in reason


def test_all_annotation_files_of_the_folder_are_read(dotted, source, tmp_path):
    volume, places = dotted
    for number, name in enumerate(("train150", "train51")):
        study = write_study(source / name / "study0", replace(volume, name=f"patient-{number}"), places)
        write_annotations(source, [study], f"{name}_annotation.json")
    import_dataset("tianchi", source, tmp_path / "out")
    assert [r.patient for r in read_landmarks(tmp_path / "out")] == ["study of patient-0", "study of patient-1"]


@pytest.mark.parametrize(("text", "reason"), [(None, "no annotation file"), ("[", "not a JSON"), ("{}", "not a list")])
def test_a_folder_without_annotations_is_named(text, reason, source, tmp_path):
    if text is not None:
        (source / "annotation.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        import_dataset("tianchi", source, tmp_path / "out")


def test_what_was_imported_can_be_evaluated(detector, source, tmp_path):
    from CCFNetCore.phantom import draw_phantom, phantom_volume

    tags = {"L4": "v2", "L4-L5": "v2"}
    study = write_study(source / "study0", phantom_volume(31), draw_phantom(31).spine.landmarks_lps_mm(), tags)
    write_annotations(source, [study])
    assert main(["import", "tianchi", str(source), "--output", str(tmp_path / "out")]) == 0
    outcomes = collect(records_of(tmp_path / "out"), by_detector(detector))
    assert (outcomes.error_mm < 6).mean() > 0.9
