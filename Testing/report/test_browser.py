"""The page in a real browser: it asks for nothing, and prints on two sheets."""

import json
import re
import shutil
import subprocess

import pytest
from phantom_result import with_names

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")

# No name is looked up, so that nothing leaves this machine, whatever the page or the browser itself would ask for.
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")


@pytest.fixture
def browse(tmp_path):
    """Show a file in the browser, without a window."""

    def run(page, *options):
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", *options, page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    return run


@pytest.fixture
def requests_of(browse, tmp_path):
    """What a page asks of the network; what the browser asks for by itself has no origin."""

    def requests(page):
        browse(page, f"--log-net-log={tmp_path / 'log.json'}", f"--screenshot={tmp_path / 'page.png'}")
        parameters = [event.get("params", {}) for event in json.loads((tmp_path / "log.json").read_text())["events"]]
        return [p["url"] for p in parameters if p.get("initiator", "not an origin") != "not an origin"]

    return requests


def test_the_page_asks_for_nothing(requests_of, page):
    assert requests_of(page) == []


def test_a_request_would_be_noticed(requests_of, tmp_path):
    (tmp_path / "other.html").write_text('<img src="http://elsewhere.test/a.png">')
    assert requests_of(tmp_path / "other.html") == ["http://elsewhere.test/a.png"]


@pytest.fixture(scope="module")
def page_with_names(study, result):
    """The page of the same study, read by a model that tells how sure it is of names."""
    from CCFNetCore.report import write_report

    with_names(result).write(study / "names.json")
    write_report(study / "names.json", study / "names.html", study / "dicom")
    return study / "names.html"


@pytest.mark.parametrize("which", ["page", "page_with_names"])
def test_it_prints_on_two_sheets_of_a4(which, browse, tmp_path, request):
    browse(request.getfixturevalue(which), "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    printed = (tmp_path / "page.pdf").read_bytes()
    sheets = [[float(x) for x in box.split()] for box in re.findall(rb"/MediaBox \[([^]]*)\]", printed)]
    assert len(sheets) == 2
    assert all(sheet[2:] == pytest.approx([595, 842], abs=1.5) for sheet in sheets)
