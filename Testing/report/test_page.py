"""The page as text: what it says, and that it asks for nothing."""

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from phantom_result import with_names
from PIL import Image
from pydicom import DataElement, dcmread

from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.phantom import write_study
from CCFNetCore.report import render_report, write_report
from CCFNetCore.report.source import read_patient_name

HOSTILE = '<script>alert("1")</script>'


class Elements(HTMLParser):
    """All elements of a page with their attributes, and its visible words."""

    def __init__(self, page):
        super().__init__()
        self.found, self.words = [], ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def rendered(study, result, tmp_path):
    """The page of a changed result."""

    def render(**changes):
        (tmp_path / "result.json").unlink(missing_ok=True)
        replace(result, **changes).write(tmp_path / "result.json")
        write_report(tmp_path / "result.json", tmp_path / "page.html", study / "dicom")
        return tmp_path / "page.html"

    return render


def run(*arguments):
    return main(["report", *map(str, arguments)])


def test_the_page_of_a_volume_in_memory_is_the_same(page, result, volume):
    assert render_report(result, volume) == page.read_text(encoding="utf-8")


def test_nothing_is_fetched_from_elsewhere(page):
    text = page.read_text()
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    elements = Elements(page)
    sources = [a[key] for _, a in elements.found for key in ("src", "href", "data", "srcset") if key in a]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not elements.of("script") + elements.of("link") + elements.of("iframe")
    assert "url(" not in text


def test_the_browser_is_told_to_fetch_nothing(page):
    policies = [m["content"] for m in Elements(page).of("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_hostile_names_are_shown_and_not_run(rendered, result):
    page = rendered(
        input=replace(result.input, name=HOSTILE),
        model=replace(result.model, name=HOSTILE),
        warnings=(HOSTILE,),
        notes=(HOSTILE,),
    )
    elements = Elements(page)
    assert not elements.of("script")
    assert elements.words.count(HOSTILE) >= 5


def cells_of(page):
    """What stands in the row of each structure."""
    rows = re.findall(r'<tr[^>]*>\s*<th scope="row">(.*?)</tr>', page.read_text(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


def test_every_structure_has_a_row_with_its_reading(page):
    cells = cells_of(page)
    assert cells[0] == "T12-L1 - - 0.02 outside -"
    assert cells[1].startswith("L1 ? normal 0.12 0.91 uncertain")
    assert cells[4].startswith("L2-L3 abnormal 0.83 0.91 found")


def test_how_sure_names_are_stands_beside_them_where_the_model_tells(rendered, result):
    page = rendered(**vars(with_names(result)))
    assert "Numbering: 97 % sure" in Elements(page).words
    assert cells_of(page)[0] == "T12-L1 - - 0.02 - outside -"
    assert cells_of(page)[7].startswith("L4 normal 0.12 0.91 0.86 found")
    assert "Confidence of a point: the probability" in Elements(page).words
    assert "is no probability" not in Elements(page).words


def test_nothing_is_said_of_names_where_the_model_does_not_tell(page):
    assert not re.search(r"Numbering|of a name", Elements(page).words)
    assert "it is no probability" in Elements(page).words


def test_places_by_hand_say_so(rendered, result):
    by_hand = tuple(replace(s, placed_by="hand") if s.name == "L4" else s for s in result.structures)
    assert "<td>by hand</td>" in rendered(structures=by_hand).read_text()


def test_warnings_weights_and_purpose_are_there(page, result):
    words = Elements(page).words
    assert result.warnings[0] in words
    assert result.model.name in words
    assert result.model.sha256 in words
    assert "Research use only" in words


def test_missing_estimates_have_no_value(page):
    rows = re.findall(r'<th scope="row">(Estimated[^<]*?)</th>\s*<td class="number">(.*?)</td>', page.read_text())
    values = {name.strip(): value for name, value in rows}
    assert values["Estimated lordosis"] == "-"
    assert re.fullmatch(r"\d\d mm", values["Estimated spacing L3"])


def test_estimates_on_uncertain_points_say_so(rendered, result):
    uncertain = tuple(replace(s, state="uncertain") if s.name == "L3-L4" else s for s in result.structures)
    assert re.search(r"Estimated spacing L3\s+\(\? L3-L4 uncertain\)", Elements(rendered(structures=uncertain)).words)


def test_pictures_say_what_they_show(page):
    pictures = [svg for svg in Elements(page).of("svg") if svg.get("role") == "img"]
    assert len(pictures) == 6
    assert pictures[0]["aria-labelledby"] == "sagittal"
    assert "L2-L3 (abnormal)" in Elements(page).words
    assert pictures[2]["aria-label"] == "Close-up of the disc L2-L3: abnormal, probability 0.83"


def test_readings_differ_by_shape_and_not_by_colour_alone(page):
    elements = Elements(page)
    assert all("d" in shape for shape in elements.of("path") if shape.get("class") == "abnormal")
    assert {shape["class"] for shape in elements.of("circle")} == {"normal"}


def test_the_patient_is_named_only_when_asked_for(study, page):
    assert "Phantom" not in page.read_text()
    assert run(study / "dicom.json", "--output", study / "named.html", "--patient-name") == 0
    assert "Phantom, Lumbar" in Elements(study / "named.html").words


def test_the_command_finds_the_image_beside_the_result(study):
    assert run(study / "dicom.json") == 0
    assert (study / "dicom.html").exists()


def test_a_picture_has_no_millimetres(tmp_path, result, volume):
    pixels = volume.array[6]
    Image.fromarray((pixels / pixels.max() * 255).astype(np.uint8)).save(tmp_path / "slice.png")
    flat = tuple(
        replace(s, position_lps_mm=None, index_ijk=s.index_ijk and (*s.index_ijk[:2], 0.0)) for s in result.structures
    )
    source = replace(
        result.input, name="slice", size=(*pixels.shape[::-1], 1), spacing_mm=None, series_instance_uid=None
    )
    replace(result, input=source, structures=flat).write(tmp_path / "slice.json")
    assert run(tmp_path / "slice.json") == 0
    assert not re.search(r"\d mm|\[mm\]", Elements(tmp_path / "slice.html").words)


def sentence(capsys):
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_missing_image_is_one_sentence(result, tmp_path, capsys):
    result.write(tmp_path / "dicom.json")
    assert run(tmp_path / "dicom.json") == 1
    assert "say where it is with --image" in sentence(capsys)


def test_a_broken_result_is_one_sentence(tmp_path, capsys):
    (tmp_path / "broken.json").write_text("{")
    assert run(tmp_path / "broken.json") == 1
    assert "broken.json: cannot be read as a result" in sentence(capsys)


def test_another_series_is_one_sentence(study, tmp_path, capsys):
    assert run(study / "dicom.json", "--image", write_study(2, tmp_path), "--output", tmp_path / "page.html") == 1
    assert "no series" in sentence(capsys)


def test_another_image_of_the_same_size_is_noticed(study, result, tmp_path, capsys):
    moved = tuple(
        replace(s, position_lps_mm=tuple(np.add(s.position_lps_mm, 5.0).tolist())) if s.position_lps_mm else s
        for s in result.structures
    )
    replace(result, structures=moved).write(tmp_path / "moved.json")
    assert run(tmp_path / "moved.json", "--image", study / "dicom") == 1
    assert "lies elsewhere in the patient" in sentence(capsys)


def test_an_image_of_another_size_is_noticed(study, result, tmp_path, capsys):
    replace(result, input=replace(result.input, size=(1, 2, 3))).write(tmp_path / "other.json")
    assert run(tmp_path / "other.json", "--image", study / "dicom") == 1
    assert "is 384x384x13 and not 1x2x3" in sentence(capsys)


def test_a_patient_without_a_header_is_one_sentence(result, volume, tmp_path, capsys):
    import SimpleITK

    SimpleITK.WriteImage(volume.to_sitk(), str(tmp_path / "volume.nrrd"))
    result.write(tmp_path / "volume.json")
    assert run(tmp_path / "volume.json", "--image", tmp_path / "volume.nrrd", "--patient-name") == 1
    assert "no DICOM header with a patient's name" in sentence(capsys)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou = 山田, 太郎 = やまだ, たろう"),
        ("=山田^太郎", "山田, 太郎"),
        ("Bono", "Bono"),
    ],
)
def test_a_name_is_printed_in_all_its_scripts(name, printed, result, tmp_path):
    assert read_patient_name(result, write_named(tmp_path, name)) == printed


@pytest.mark.parametrize(("name", "why"), [("^^", "no DICOM header with a"), ("x" * 65, "holds a patient's name that")])
def test_a_name_that_is_none_is_one_sentence(name, why, result, tmp_path):
    with pytest.raises(InputError, match=why):
        read_patient_name(result, write_named(tmp_path, name))


def write_named(folder, name):
    """A copy of the study's images with another patient's name."""
    for file in write_study(1, folder).iterdir():
        image = dcmread(file)
        image.SpecificCharacterSet = "ISO_IR 192"
        image.add(DataElement("PatientName", "PN", name, validation_mode=0))
        image.save_as(file)
    return folder


def test_a_missing_package_is_one_sentence(study, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert run(study / "dicom.json") == 1
    assert "package jinja2" in sentence(capsys)
