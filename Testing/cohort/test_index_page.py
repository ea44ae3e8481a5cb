"""The index page, as text and in a real browser."""

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from cohort_runs import BAD, GOOD
from phantom_result import make_result
from PIL import Image

from CCFNetCore.cohort.index_page import write_index
from CCFNetCore.cohort.ledger import Ledger
from CCFNetCore.cohort.study import Failure, Study, StudyReading
from CCFNetCore.phantom import draw_phantom, phantom_volume

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
CLICK_UNCERTAIN = '<script>document.querySelectorAll("thead button")[2].click()</script></body>'


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


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")
def test_a_click_on_a_heading_sorts(page, tmp_path):
    page.write_text(page.read_text().replace("</body>", CLICK_UNCERTAIN))
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert order_of(shown)[0] == "b-unsure"


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
