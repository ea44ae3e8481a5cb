"""The section "Save and share": its buttons, the files that the real worker writes, and why a button is grey."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest
import qt
import slicer
from CCFNetSlicerLib.long_words import BREAK
from phantom_result import make_result
from PIL import Image

from CCFNetCore.images.source import read_volume
from CCFNetCore.phantom import draw_phantom, phantom_volume, write_study
from CCFNetCore.training.data import read_landmarks

WRITTEN_S = 60
SEED = 7


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(SEED)


@pytest.fixture(scope="module")
def drawn():
    return phantom_volume(SEED)


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory):
    return write_study(SEED, tmp_path_factory.mktemp("study"))


@pytest.fixture
def show(panel, phantom):
    """Show a result with known places in the panel, as if the volume had been read."""
    from CCFNetSlicerLib.study import add_study
    from CCFNetSlicerLib.volume_node import volume_of

    def add(node):
        panel.initializeParameterNode()
        panel._parameterNode.inputVolume = node
        add_study(node, make_result(phantom, volume_of(node)))
        panel.updatePanel()
        return panel

    return add


@pytest.fixture
def shown(load, show, drawn):
    return show(load(drawn))


@pytest.fixture
def dicom_node(load, clean_host, study_folder):
    """The phantom as Slicer's DICOM module loads it: files in the database, UIDs at the node and in the hierarchy."""
    for file in study_folder.iterdir():
        slicer.dicomDatabase.insert(str(file), False)
    volume = read_volume(study_folder)
    node = load(volume)
    instances = slicer.dicomDatabase.instancesForSeries(volume.series_instance_uid)
    node.SetAttribute("DICOM.instanceUIDs", " ".join(instances))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    hierarchy.SetItemUID(hierarchy.GetItemByDataNode(node), "DICOM", volume.series_instance_uid)
    return node


@pytest.fixture
def press(clean_host):
    """Press a button of the panel, name the file or folder that it asks for, and wait until it is written."""

    def press_and_wait(panel, button, *answers):
        clean_host.dialogs.answer(*map(str, answers))
        clean_host.click(getattr(panel.ui, button))
        clean_host.wait_until(lambda: panel._saveSection.job is None, WRITTEN_S)
        return panel.ui.saveLabel.text.replace(BREAK, "")

    return press_and_wait


@pytest.fixture
def opened(monkeypatch):
    """What the browser was asked to show; the test opens none."""
    urls = []
    browser = SimpleNamespace(openUrl=lambda url: urls.append(url.toLocalFile()))
    monkeypatch.setattr(qt, "QDesktopServices", browser)
    return urls


def test_section_appears_with_a_result(load, panel, show, drawn):
    node = load(drawn)
    panel.initializeParameterNode()
    assert not panel.ui.saveButton.isVisibleTo(panel.parent)
    show(node)
    assert panel.ui.saveButton.isVisibleTo(panel.parent)


def test_report_is_written_and_opens_in_the_browser(shown, press, opened, clean_host, tmp_path):
    assert not shown.ui.openReportButton.enabled
    assert "No report" in shown.ui.openReportButton.toolTip
    assert press(shown, "reportButton", tmp_path / "page") == f"Written: {tmp_path / 'page.html'}"
    page = (tmp_path / "page.html").read_text()
    assert shown._study.result.input.name in page
    assert "data:image/png;base64," in page
    clean_host.click(shown.ui.openReportButton)
    assert opened == [str(tmp_path / "page.html")]


def test_report_holds_the_corrections(shown, press, tmp_path):
    result = shown._study.result
    structures = tuple(replace(s, abnormal_probability=0.4321) if s.name == "L4" else s for s in result.structures)
    shown._study.correct(replace(result, structures=structures))
    press(shown, "reportButton", tmp_path / "page.html")
    assert "0.43" in re.sub(r"data:[^\"]*", "", (tmp_path / "page.html").read_text())


def test_what_was_written_is_told_until_the_next_correction(shown, press, clean_host, tmp_path):
    press(shown, "reportButton", tmp_path / "page.html")
    shown.updatePanel()
    assert shown.ui.saveLabel.text
    shown._study.correct(replace(shown._study.result, warnings=("odd",)))
    shown.updatePanel()
    assert not shown.ui.saveLabel.text


def test_no_file_named_nothing_written(shown, clean_host, tmp_path):
    clean_host.click(shown.ui.reportButton)
    assert shown._saveSection.job is None
    assert shown.ui.saveLabel.text == ""


def test_a_folder_that_is_not_there_is_one_sentence(shown, press, tmp_path):
    sentence = press(shown, "reportButton", tmp_path / "no" / "page.html")
    assert sentence == f"{tmp_path / 'no' / 'page.html'}: No such file or directory."
    assert shown.ui.reportButton.enabled


def test_window_stands_still_for_no_file(shown, press, clean_host, tmp_path):
    press(shown, "reportButton", tmp_path / "page.html")
    with clean_host.GuiBlockMeter() as meter:
        press(shown, "reportButton", tmp_path / "page.html")
    assert meter.longest_ms < 100


def test_buttons_are_grey_while_a_file_is_written(shown, clean_host, tmp_path):
    clean_host.dialogs.answer(str(tmp_path / "page.html"))
    clean_host.click(shown.ui.reportButton)
    assert shown.ui.saveLabel.text == "Writing..."
    assert not shown.ui.trainingExampleButton.enabled
    assert shown.ui.trainingExampleButton.toolTip == "This is grey: A file is being written."
    shown.logic.cancel()
    shown.updatePanel()
    assert shown.ui.saveLabel.text == "Not written, since the worker was stopped."
    assert shown.ui.trainingExampleButton.enabled


def test_missing_package_is_asked_for_and_declining_is_said(shown, lacking, clean_host, tmp_path):
    lacking("jinja2")
    clean_host.dialogs.answer(False)
    clean_host.click(shown.ui.reportButton)
    assert "declined" in shown.ui.saveLabel.text
    assert shown._saveSection.job is None


def test_missing_package_is_installed_at_the_point_of_use(shown, lacking, clean_host, press, tmp_path):
    lacking("jinja2")
    clean_host.dialogs.answer(True)
    press(shown, "reportButton", tmp_path / "page.html")
    assert [call.requirements for call in clean_host.packages.calls] == [["jinja2>=3.1"]]
    assert (tmp_path / "page.html").exists()


def test_dicom_report_needs_a_volume_from_dicom(shown):
    for button in (shown.ui.dicomReportButton, shown.ui.dicomDatabaseButton):
        assert not button.enabled
        assert "was not loaded from DICOM" in button.toolTip


def test_dicom_report_needs_the_files(show, dicom_node):
    slicer.dicomDatabase.clear()
    panel = show(dicom_node)
    assert not panel.ui.dicomReportButton.enabled
    assert "are not in Slicer's DICOM database" in panel.ui.dicomReportButton.toolTip


def test_dicom_report_refers_to_the_images(show, dicom_node, press, tmp_path):
    panel = show(dicom_node)
    assert press(panel, "dicomReportButton", tmp_path / "report.dcm") == f"Written: {tmp_path / 'report.dcm'}"
    report = pydicom.dcmread(tmp_path / "report.dcm")
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    referenced = {image.ReferencedSOPInstanceUID for image in series.ReferencedSOPSequence}
    assert referenced == set(dicom_node.GetAttribute("DICOM.instanceUIDs").split())


def test_what_the_dicom_report_leaves_empty_is_said(dicom_node, show, press, tmp_path):
    for number, instance in enumerate(dicom_node.GetAttribute("DICOM.instanceUIDs").split()):
        image = pydicom.dcmread(slicer.dicomDatabase.fileForInstance(instance))
        image.PatientSex = "X"
        image.save_as(tmp_path / f"{number}.dcm")
        slicer.dicomDatabase.insert(str(tmp_path / f"{number}.dcm"), False)
    sentence = press(show(dicom_node), "dicomReportButton", tmp_path / "report.dcm")
    assert sentence.startswith(f"Written: {tmp_path / 'report.dcm'} PatientSex: left empty in the report")


def test_dicom_report_comes_into_the_database(show, dicom_node, press):
    before = set(slicer.dicomDatabase._files)
    assert "is in Slicer's DICOM database" in press(show(dicom_node), "dicomDatabaseButton")
    (added,) = set(slicer.dicomDatabase._files) - before
    report = slicer.dicomDatabase.fileForInstance(added)
    assert slicer.dicomDatabase.fileValue(report, "0008,0060") == "SR"
    first = dicom_node.GetAttribute("DICOM.instanceUIDs").split()[0]
    study = "0020,000d"
    assert slicer.dicomDatabase.fileValue(report, study) == slicer.dicomDatabase.instanceValue(first, study)


def test_training_example_marks_the_points_where_they_stand(shown, press, tmp_path):
    press(shown, "trainingExampleButton", tmp_path)
    (record,) = read_landmarks(tmp_path)
    result = shown._study.result
    wanted = [s.index_ijk[1::-1] if s.index_ijk else (np.nan, np.nan) for s in result.structures]
    assert record.points == pytest.approx(np.array(wanted), abs=0.01, nan_ok=True)
    assert Image.open(record.image).size == result.input.size[:2]


def test_training_example_tells_the_patients_number_to_nobody(show, dicom_node, press, tmp_path):
    press(show(dicom_node), "trainingExampleButton", tmp_path / "examples")
    (entry,) = json.loads((tmp_path / "examples" / "landmarks.json").read_text())
    patient = slicer.dicomDatabase.instanceValue(dicom_node.GetAttribute("DICOM.instanceUIDs").split()[0], "0010,0020")
    assert patient
    assert patient not in json.dumps(entry)
    assert len(entry["patient"]) == 16


def test_estimates_stand_below_the_table_with_their_units(shown):
    lines = shown.ui.estimatesLabel.text.splitlines()
    # T12-L1 is outside, and what rests on it is left out.
    assert [line.split(":")[0] for line in lines] == [f"Estimated spacing L{n}" for n in (2, 3, 4, 5)]
    assert all(line.split()[-1] == "mm" for line in lines)
    assert shown.ui.estimatesLabel.visible
