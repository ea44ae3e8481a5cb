"""The page of the pictures read worst."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape

import numpy as np
import pytest
from evaluation.conftest import LANDMARKS, make_record, make_result, moved

from CCFNetCore import anatomy
from CCFNetCore.cli import main
from CCFNetCore.evaluation.outcomes import collect, records_of
from CCFNetCore.evaluation.worst import worst_first, write_worst

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
HOSTILE = '<script>alert("1")</script>'
TELL_WIDTH = "document.body.dataset.width = this.contentDocument.documentElement.scrollWidth"


@pytest.fixture
def page_of(pictures, tmp_path):
    """The page of the phantoms, with changes to record and result of each; on their landmarks without any."""

    def write(*changes, count=3):
        records, results = [], {}
        for record, (of_record, of_result) in zip(records_of(pictures), changes, strict=False):
            records.append(replace(record, **of_record))
            results[record.image] = replace(make_result(record.points), **of_result)
        write_worst(collect(records, lambda r: results[r.image]), count, "made up", tmp_path / "worst.html")
        return (tmp_path / "worst.html").read_text()

    return write


def below(record, rows):
    """Places so many rows below the landmarks."""
    return record.points + np.array([rows, 0])


def drawn_in(text):
    """Place of each mark (circle) and point (path), and how far down its label stands from there."""
    drawn = {}
    for group in re.findall(r"<g (.*?)</g>", text, re.S):
        x, y = map(float, re.search(r"translate\((\S+) (\S+)\)", group).groups())
        shape, down, name = re.search(r'<(circle|path) class="edge".* y="(\S+)">(\S+)</text>', group, re.S).groups()
        drawn[shape, name] = np.array([x, y]), float(down)
    return drawn


def test_most_names_off_come_first_and_then_the_largest_error(outcomes_of):
    a_disc_further = LANDMARKS.copy()
    a_disc_further[2] += [0, 40]
    results = [make_result(), make_result(moved(8.0, 0.0)), make_result(a_disc_further), make_result(moved(34.0, 0.0))]
    assert worst_first(outcomes_of([make_record()] * 4, results)).tolist() == [3, 2, 1, 0]


def test_a_structure_reported_as_outside_is_off(outcomes_of):
    results = [make_result(moved(8.0, 0.0)), make_result(outside=["L3"])]
    assert worst_first(outcomes_of([make_record()] * 2, results)).tolist() == [1, 0]


def test_the_error_of_an_approximate_landmark_does_not_count(outcomes_of):
    records = [make_record(approximate=True), make_record()]
    results = [make_result(moved(10.0, 0.0)), make_result(moved(4.0, 0.0))]
    assert worst_first(outcomes_of(records, results)).tolist() == [1, 0]


def test_the_page_holds_as_many_as_asked_for(page_of):
    text = page_of(({}, {}), ({}, {}), count=1)
    assert text.count("<article") == 1
    assert "1 of 2 pictures of 2 patients" in text


def test_it_needs_no_other_file(page_of):
    text = page_of(({}, {}))
    (source,) = re.findall(r'<image href="(.{30})', text)
    assert source.startswith("data:image/png;base64,")
    assert not re.search(r"https?:|@import|url\(|<script|<link", text)
    assert "default-src 'none'; img-src data:" in text


def test_marks_are_circles_and_points_crosses_where_they_lie(page_of, pictures):
    record = records_of(pictures)[0]
    drawn = drawn_in(page_of(({}, {"structures": make_result(below(record, 3)).structures})))
    assert len(drawn) == 2 * anatomy.COUNT
    row, column = record.points[anatomy.index_of("L3")]
    mark, point = drawn["circle", "L3"][0], drawn["path", "L3"][0]
    assert mark == pytest.approx(np.array([column + 0.5, row + 0.5]) * record.pixel_mm)
    assert point - mark == pytest.approx([0, 3 * record.pixel_mm], abs=1e-6)


def test_labels_do_not_lie_on_one_another(page_of, pictures):
    points = records_of(pictures)[0].points.copy()
    points[anatomy.index_of("L5-S1")] = points[anatomy.index_of("L5")] + np.array([1, 5])
    drawn = drawn_in(page_of(({}, {"structures": make_result(points).structures})))
    heights = sorted(place[1] + down for (shape, _), (place, down) in drawn.items() if shape == "path")
    assert np.diff(heights).min() > 6.0


def test_states_errors_and_names_stand_beside_the_picture(page_of, pictures):
    points = below(records_of(pictures)[0], 3)
    first, *others = make_result(points, outside=["L3"]).structures
    text = page_of(({}, {"structures": (replace(first, state="uncertain"), *others)}))
    rows = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in re.findall("<tr[^>]*>(.*?)</tr>", text, re.S)]
    error = f"{3 * records_of(pictures)[0].pixel_mm:.1f}"
    assert rows[1:3] == [f"T12-L1 uncertain T12-L1 {error}", f"L1 found L1 {error}"]
    assert rows[6] == "L3 outside none -"
    assert "1 of 11 marked" in text
    assert f"largest {error} mm, median {error} mm" in text
    assert ">T12-L1 ?</text>" in text
    assert "Reported as outside: L3." in text
    assert "Off: L3 (no point is near)." in text


@pytest.mark.parametrize(
    ("warnings", "state", "said"),
    [
        ((), "found", "silent: no warning, nothing uncertain"),
        ((), "uncertain", "no warning, but structures are uncertain"),
        (("Look.",), "uncertain", "warned"),
    ],
)
def test_whether_anything_was_said_is_told(warnings, state, said, page_of):
    first, *others = make_result().structures
    text = page_of(({}, {"structures": (replace(first, state=state), *others), "warnings": warnings}))
    assert f">{said}</dd>" in text
    assert ("<li>Look.</li>" in text) == bool(warnings)


def test_a_picture_without_marks_is_shown_with_its_points(page_of):
    nothing = {"points": np.full((anatomy.COUNT, 2), np.nan), "spacing_mm": 1.0}
    text = page_of((nothing, {}))
    assert "0 of 0 marked" in text
    assert text.count("not marked</span>") == anatomy.COUNT
    assert "not known: no exact mark has its point" in text


def test_a_picture_without_marks_or_points_is_shown_whole(page_of):
    nothing = {"points": np.full((anatomy.COUNT, 2), np.nan), "spacing_mm": 1.0}
    text = page_of((nothing, {"structures": make_result(outside=anatomy.NAMES).structures}))
    assert re.search(r'x="0.0" y="0.0" width="352.0" height="352.0"', text)


def test_hostile_names_are_shown_and_not_run(page_of):
    text = page_of(({"patient": HOSTILE, "contrast": HOSTILE}, {"warnings": (HOSTILE,)}))
    assert "<script" not in text
    assert text.count(escape(HOSTILE, quote=False).replace('"', "&#34;")) == 3


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")
def test_a_narrow_window_shows_it_without_scrolling_sideways(page_of, tmp_path):
    page = escape(page_of(({}, {}), ({}, {})))
    frame = f'<iframe style="width: 400px" srcdoc="{page}" onload="{TELL_WIDTH}">'
    (tmp_path / "frame.html").write_text(frame)
    address = (tmp_path / "frame.html").as_uri()
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", address]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert 300 < int(re.search(r'data-width="(\d+)"', shown)[1]) <= 400


def test_the_command_shows_the_worst_of_results_that_lie_there(pictures, tmp_path):
    for record in records_of(pictures):
        shift = 40 if record.image.stem == "32" else 0
        make_result(below(record, shift)).write(tmp_path / f"{record.image.stem}.json")
    arguments = ["evaluate", str(pictures), "--predictions", str(tmp_path), "--worst", "2", "--output", str(tmp_path)]
    assert main(arguments) == 0
    names = re.findall(r"<h2 id=[^>]*>(.*?)</h2>", (tmp_path / "worst.html").read_text())
    assert names[0] == "1. 32.png"
    assert len(names) == 2
    assert json.loads((tmp_path / "measures.json").read_text())["pictures"] == 3


@pytest.mark.parametrize("rest", [("--worst", "3"), ("--worst", "0", "--output", "out")])
def test_a_page_without_a_place_or_pictures_is_wrong_usage(rest, pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", str(pictures), *rest]) == 2
    assert "--worst" in capsys.readouterr().err
