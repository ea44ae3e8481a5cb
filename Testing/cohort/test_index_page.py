"""The index page, as text and in a real browser."""

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from cohort_runs import BAD, GOOD
from phantom_result import make_result, with_names
from PIL import Image

from CCFNetCore.cohort.index_page import write_index
from CCFNetCore.cohort.ledger import Ledger
from CCFNetCore.cohort.study import Failure, Study, StudyReading
from CCFNetCore.phantom import draw_phantom, phantom_volume

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
CLICK = '<script>document.querySelectorAll("thead button")[{}].click()</script></body>'
UNCERTAIN, NUMBERING = 2, 5


@pytest.fixture
def page(tmp_path):
    """One of three studies has a warning, another one nothing but uncertain structures; one failed."""
    result = make_result(draw_phantom(seed=1), phantom_volume(1))
    unsure = tuple(replace(structure, state="uncertain") for structure in result.structures)
    ledger = Ledger(tmp_path / "out", "/data", result.model.sha256)
    record = ledger.record
    record(Study("a-plain", ""), StudyReading(replace(result, warnings=())))
    record(Study("b-unsure", ""), StudyReading(replace(result, warnings=(), structures=unsure)))
    record(Study("c-warned", ""), StudyReading(replace(result, warnings=("<script>alert(1)</script>",))))
    record(Study("d-failed", "/data/<b>d"), Failure("It is damaged."))
    write_index(ledger, ["a-plain", "b-unsure", "c-warned", "d-failed"])
    return tmp_path / "out" / "index.html"


def order_of(text):
    return re.findall(r'href="results/([^"]*)\.json"', text)


def test_warnings_come_first(page):
    assert order_of(page.read_text()) == ["c-warned", "a-plain", "b-unsure"]


def test_what_comes_from_files_is_text(page):
    text = page.read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "/data/&lt;b&gt;d" in text


def test_nothing_is_fetched_from_elsewhere(page):
    assert not re.search(r"https?:", page.read_text())


def numbering_of(page):
    """What stands in the column of numbering, by row."""
    return re.findall(r'<td class="number" data-label="Numbering"[^>]*>([^<]*)</td>', page.read_text())


@pytest.fixture
def page_with_numbering(page):
    """The first study's names are sure to 50 %, the third's to 49 %; of the second nothing is told."""
    ledger = Ledger(page.parent, "/data", "0" * 64, resume=True)
    names = ["a-plain", "b-unsure", "c-warned"]
    for name, share in zip(names, (0.5, None, 0.49), strict=True):
        told = replace(with_names(ledger.result(name)), numbering_confidence=share)
        ledger.record(Study(name, ""), StudyReading(told))
    write_index(ledger, names)
    ledger.close()
    return page


def test_how_sure_the_numbering_is_has_a_column_where_the_model_tells(page_with_numbering):
    assert numbering_of(page_with_numbering) == ["49 %", "50 %"]


def test_without_that_there_is_no_column_of_the_numbering(page):
    assert "Numbering" not in page.read_text()


@pytest.fixture
def order_after_click(tmp_path):
    """The studies in the order in which the browser shows them once a heading was clicked."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian package chromium)")

    def click(page, heading):
        page.write_text(page.read_text().replace("</body>", CLICK.format(heading)))
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()]
        return order_of(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)

    return click


def test_a_click_on_a_heading_sorts(page, order_after_click):
    assert order_after_click(page, UNCERTAIN)[0] == "b-unsure"


def test_studies_are_sorted_by_how_sure_their_numbering_is(page_with_numbering, order_after_click):
    assert order_after_click(page_with_numbering, NUMBERING) == ["a-plain", "c-warned", "b-unsure"]


def test_each_study_of_a_run_has_its_picture_and_its_report(undisturbed):
    output = undisturbed[1]
    text = (output / "index.html").read_text()
    for name in GOOD:
        assert f'src="thumbnails/{name}.jpg"' in text
        assert text.count(f'href="reports/{name}.html"') == 2
        assert "</html>" in (output / "reports" / f"{name}.html").read_text()
        with Image.open(output / "thumbnails" / f"{name}.jpg") as picture:
            assert max(picture.size) == 240
    assert all(f'<td class="name">{name}</td>' in text for name in BAD)
