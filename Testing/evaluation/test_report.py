import json

import numpy as np
import pytest
from evaluation.conftest import make_record, make_result
from PIL import Image

from CCFNetCore.cli import main
from CCFNetCore.evaluation.curves import draw
from CCFNetCore.evaluation.measures import Figure, measure
from CCFNetCore.evaluation.report import decimals, markdown, percent, write_report


def test_figures_are_written_with_their_interval():
    assert percent(Figure(0.951, 0.92, 0.979)) == "95.1 (92.0 to 97.9)"
    assert decimals(Figure(2.344, 2.0, 3.0)) == "2.34 (2.00 to 3.00)"
    assert decimals(Figure(np.nan, np.nan, np.nan)) == "-"


def test_the_report_holds_table_json_and_picture(outcomes_of, tmp_path):
    outcomes = outcomes_of([make_record("a"), make_record("b")], [make_result(), make_result()])
    write_report(measure(outcomes), outcomes, "made up", tmp_path)
    assert json.loads((tmp_path / "measures.json").read_text())["kinds"][0]["recall"]["value"] == 1.0
    assert "| recall within 6 mm [%] | 100.0" in (tmp_path / "measures.md").read_text()
    assert np.asarray(Image.open(tmp_path / "measures.png")).std() > 10


def test_what_was_not_counted_is_null(outcomes_of, tmp_path):
    outcomes = outcomes_of([make_record(approximate=True)], [make_result()])
    write_report(measure(outcomes), outcomes, "made up", tmp_path)
    text = (tmp_path / "measures.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["kinds"][0]["recall"]["value"] is None


def test_doubts_and_confidences_of_names_are_in_the_table(outcomes_of):
    results = [make_result(name_confidence=0.95, numbering=numbering) for numbering in (0.98, 0.85)]
    text = markdown(measure(outcomes_of([make_record("a"), make_record("a")], results)), "made up")
    assert "| calibration error of the name's confidence | 0.050 | 0.050 |" in text
    assert "| calibration error of the numbering's confidence | 0.085 |  |" in text
    assert "| pictures with wrong names: doubted [%] | - |  |" in text
    assert "| pictures with right names: doubted [%] | 50.0 (50.0 to 50.0), 1 of 2 |  |" in text


def test_what_a_model_does_not_tell_is_a_dash(outcomes_of):
    text = markdown(measure(outcomes_of([make_record()], [make_result()])), "made up")
    assert "| calibration error of the name's confidence | - | - |" in text
    assert "| calibration error of the numbering's confidence | - |  |" in text


def test_confidences_of_names_are_drawn_where_they_are_told(outcomes_of, tmp_path):
    def ink(result):
        draw(outcomes_of([make_record()], [result]), "made up", tmp_path / "measures.png")
        picture = np.asarray(Image.open(tmp_path / "measures.png").convert("L"))
        rows, columns = picture.shape
        return (picture[rows // 2 :, columns // 2 :] < 250).mean()

    assert ink(make_result(name_confidence=0.95, numbering=0.95)) > 0.02
    assert ink(make_result()) == 0


def test_markdown_has_three_cells_a_row(outcomes_of):
    lines = markdown(measure(outcomes_of([make_record()], [make_result()])), "made up").splitlines()
    assert {line.count("|") for line in lines} == {4}


def test_the_command_measures_the_shipped_model(pictures, tmp_path, capsys):
    assert main(["evaluate", str(pictures), "--device", "cpu", "--output", str(tmp_path)]) == 0
    assert "3 pictures of 3 patients" in capsys.readouterr().out
    disc, vertebra = json.loads((tmp_path / "measures.json").read_text())["kinds"]
    assert min(disc["recall"]["value"], vertebra["recall"]["value"]) > 0.9


def test_misplaced_marks_are_missed(pictures, tmp_path):
    entries = json.loads((pictures / "landmarks.json").read_text())
    for entry in entries:
        entry["image"] = str(pictures / entry["image"])
        for structure in entry["structures"]:
            structure["x"] += 15
    (tmp_path / "landmarks.json").write_text(json.dumps(entries))
    assert main(["evaluate", str(tmp_path), "--device", "cpu", "--output", str(tmp_path)]) == 0
    kinds = json.loads((tmp_path / "measures.json").read_text())["kinds"]
    assert max(kind["recall"]["value"] for kind in kinds) < 0.1


def test_a_folder_without_results_is_one_sentence(pictures, tmp_path, capsys):
    assert main(["evaluate", str(pictures), "--predictions", str(tmp_path)]) == 1
    assert "31.json" in capsys.readouterr().err


@pytest.mark.parametrize("fold", ["9"])
def test_an_empty_fold_is_one_sentence(fold, pictures, capsys):
    assert main(["evaluate", str(pictures), "--fold", fold]) == 1
    assert "no patient in fold 9 of 4" in capsys.readouterr().err
