"""The structured report: read back by two libraries, and checked by two programs that know the standard."""

import shutil
import subprocess
import warnings
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from highdicom.sr.utils import find_content_items
from phantom_result import with_names
from pydicom.sr.codedict import codes

from CCFNetCore import anatomy
from CCFNetCore.errors import InputError
from CCFNetCore.export.dicom_sr import (
    ABNORMAL_PROBABILITY,
    CONFIDENCE,
    NAME_PROBABILITY,
    NUMBERING_PROBABILITY,
    PLACED_BY,
    POINT_PROBABILITY,
    READING,
    SPINE,
    STATE,
    write_report,
    write_report_of_files,
)
from CCFNetCore.measurements import measure
from CCFNetCore.phantom import write_study


def needs(program, package):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program} (Debian package {package})")


def changed(result, name, **values):
    return replace(result, structures=tuple(replace(s, **values) if s.name == name else s for s in result.structures))


@pytest.fixture(scope="module")
def corrected(result):
    """L4 was placed by hand, and there is a warning."""
    return replace(changed(result, "L4", placed_by="hand"), warnings=("All names may be off by one.",))


@pytest.fixture(scope="module")
def file(corrected, series_folder, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.dcm"
    write_report(corrected, series_folder, file)
    return file


@pytest.fixture(scope="module")
def report(file):
    return srread(file)


@pytest.fixture(scope="module")
def groups(report):
    return groups_of(report)


@pytest.fixture(scope="module")
def spine(report):
    return spine_of(report)


@pytest.fixture(scope="module")
def sure_of_names(corrected):
    """The model tells how sure it is of each name but that of L4, which was placed by hand."""
    return changed(with_names(corrected), "L4", name_confidence=None)


@pytest.fixture(scope="module")
def file_with_names(sure_of_names, series_folder, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "names.dcm"
    write_report(sure_of_names, series_folder, file)
    return file


@pytest.fixture(scope="module")
def image(series_folder):
    return pydicom.dcmread(sorted(series_folder.iterdir())[0])


def groups_of(report):
    """The groups of the structures, by name."""
    return {group.tracking_identifier: group for group in report.content.get_planar_roi_measurement_groups()}


def spine_of(report):
    return next(g for g in report.content.get_image_measurement_groups() if g.tracking_identifier == SPINE)


def shares_of(group):
    """Values without a unit, by the code of what they are."""
    measurements = group.get_measurements()
    return {m.name.value: m.value for m in measurements if m.unit == codes.UCUM.NoUnits}


def value_of(group, name):
    (measurement,) = group.get_measurements(name)
    return measurement.value


def answer(group, name):
    return [evaluation.value.meaning for evaluation in group.get_qualitative_evaluations(name)]


def in_picture(result):
    return [structure for structure in result.structures if structure.state != "outside"]


@needs("dciodvfy", "dicom3tools")
@pytest.mark.parametrize("written", ["file", "file_with_names"])
def test_dciodvfy_finds_no_error(written, request):
    checked = subprocess.run(["dciodvfy", request.getfixturevalue(written)], capture_output=True, text=True)
    complaints = [line for line in (checked.stdout + checked.stderr).splitlines() if line != "Comprehensive3DSR"]
    # The scheme of our own is declared in the file; that the program does not know it is no fault.
    assert [line for line in complaints if "<99CCFNET> for value 1 of attribute <Coding Scheme" not in line] == []
    assert checked.returncode == 0


@needs("dciodvfy", "dicom3tools")
def test_dciodvfy_would_find_one(file, tmp_path):
    broken = pydicom.dcmread(file)
    del broken.ContentSequence[0].RelationshipType
    broken.save_as(tmp_path / "broken.dcm")
    checked = subprocess.run(["dciodvfy", tmp_path / "broken.dcm"], capture_output=True, text=True)
    assert "Error" in checked.stdout + checked.stderr


@needs("dsrdump", "dcmtk")
@pytest.mark.parametrize("written", ["file", "file_with_names"])
def test_dsrdump_reads_it_without_a_complaint(written, request):
    dumped = subprocess.run(["dsrdump", request.getfixturevalue(written)], capture_output=True, text=True)
    assert dumped.returncode == 0
    assert dumped.stderr == ""
    assert dumped.stdout.count("SCOORD3D") == 10


def test_pydicom_reads_all_of_it_without_a_warning(file):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(str(pydicom.dcmread(file))) > 10_000


def test_every_structure_in_the_picture_and_no_other_has_a_group(groups, corrected):
    assert list(groups) == [structure.name for structure in in_picture(corrected)]
    assert "T12-L1" not in groups


def test_points_come_back_in_millimetres_and_their_frame(groups, corrected, image):
    for structure in in_picture(corrected):
        roi = groups[structure.name].roi
        assert roi.graphic_type.value == "POINT"
        assert roi.frame_of_reference_uid == image.FrameOfReferenceUID
        np.testing.assert_allclose(roi.value, [structure.position_lps_mm], atol=0.01)


def test_numbers_come_back(groups, corrected):
    for structure in in_picture(corrected):
        group = groups[structure.name]
        assert value_of(group, ABNORMAL_PROBABILITY) == pytest.approx(structure.abnormal_probability, abs=1e-4)
        assert value_of(group, CONFIDENCE) == pytest.approx(structure.confidence, abs=1e-4)


def test_a_confidence_beside_that_of_the_name_is_a_probability_under_a_code_of_its_own(file_with_names, sure_of_names):
    groups = groups_of(srread(file_with_names))
    assert groups
    for structure in in_picture(sure_of_names):
        shares = {ABNORMAL_PROBABILITY.value: structure.abnormal_probability}
        if structure.name == "L4":
            shares[CONFIDENCE.value] = structure.confidence
        else:
            shares[POINT_PROBABILITY.value] = structure.confidence
            shares[NAME_PROBABILITY.value] = structure.name_confidence
        assert shares_of(groups[structure.name]) == pytest.approx(shares, abs=1e-4)


def test_how_sure_the_numbering_is_comes_back(file_with_names, sure_of_names):
    shares = shares_of(spine_of(srread(file_with_names)))
    assert shares == {NUMBERING_PROBABILITY.value: pytest.approx(sure_of_names.numbering_confidence, abs=1e-4)}


def test_nothing_is_said_of_a_numbering_that_the_model_does_not_tell_of(spine):
    assert shares_of(spine) == {}


def test_readings_come_back(groups, corrected):
    readings = {name: answer(group, READING) for name, group in groups.items()}
    assert readings == {structure.name: [structure.label.capitalize()] for structure in in_picture(corrected)}


def test_uncertain_structures_say_so(groups):
    states = {name: answer(group, STATE) for name, group in groups.items()}
    assert [name for name, state in states.items() if state == ["Uncertain"]] == ["L1"]


def test_structures_placed_by_hand_say_so(groups):
    placers = {name: answer(group, PLACED_BY) for name, group in groups.items()}
    assert [name for name, placer in placers.items() if placer == ["Manual"]] == ["L4"]


def test_sites_are_snomed_codes(groups):
    for name, group in groups.items():
        (site,) = group.finding_sites
        level = anatomy.LEVELS[anatomy.index_of(name)]
        assert (site.value.scheme_designator, site.value.value) == ("SCT", level.code)


def test_the_weights_are_named_with_their_hash(groups, corrected):
    texts = [item.value for item in find_content_items(groups["L3"][0], value_type="TEXT")]
    assert corrected.model.name in texts
    assert f"SHA256 of the weights: {corrected.model.sha256}" in texts


def test_estimates_come_back_and_are_called_so(spine, corrected):
    written = {m.name.meaning: m.value for m in spine.get_measurements()}
    known = {m.name: m.value for m in measure(corrected) if m.value is not None}
    assert written == pytest.approx(known, abs=0.01)
    assert written
    assert all(name.startswith("Estimated") for name in written)


def test_warnings_are_passed_on(spine, corrected):
    assert [
        item.value for item in find_content_items(spine[0], value_type="TEXT") if item.name.meaning == "Comment"
    ] == [*corrected.warnings]


def test_it_belongs_to_the_patient_and_study_of_the_images(report, image):
    for keyword in ("PatientName", "PatientID", "PatientSex", "StudyInstanceUID", "StudyDate", "AccessionNumber"):
        assert report[keyword].value == image[keyword].value
    assert report.SeriesInstanceUID != image.SeriesInstanceUID


def test_it_refers_to_every_image_of_the_series(report, series_folder):
    images = {pydicom.dcmread(file).SOPInstanceUID for file in series_folder.iterdir()}
    (evidence,) = report.CurrentRequestedProcedureEvidenceSequence
    (series,) = evidence.ReferencedSeriesSequence
    assert {item.ReferencedSOPInstanceUID for item in series.ReferencedSOPSequence} == images


def test_it_is_for_research_and_not_verified(report):
    assert report.ContentQualification == "RESEARCH"
    assert report.VerificationFlag == "UNVERIFIED"


def test_a_structure_keeps_its_tracking_uid(groups, corrected, series_folder, tmp_path):
    write_report(changed(corrected, "L4", confidence=0.5), series_folder, tmp_path / "again.dcm")
    again = srread(tmp_path / "again.dcm").content.get_planar_roi_measurement_groups(
        tracking_uid=groups["L4"].tracking_uid
    )
    assert [group.tracking_identifier for group in again] == ["L4"]


def test_the_series_must_be_the_one_that_was_read(result, tmp_path):
    other = write_study(2, tmp_path)
    with pytest.raises(InputError, match="does not hold the series"):
        write_report(result, other, tmp_path / "report.dcm")


def test_the_files_of_the_series_suffice(result, series_folder, image, tmp_path):
    write_report_of_files(result, sorted(series_folder.iterdir()), tmp_path / "report.dcm")
    assert pydicom.dcmread(tmp_path / "report.dcm").StudyInstanceUID == image.StudyInstanceUID


def test_files_of_another_series_are_refused(result, tmp_path):
    other = sorted(write_study(2, tmp_path).iterdir())
    with pytest.raises(InputError, match="is not of the series"):
        write_report_of_files(result, other, tmp_path / "report.dcm")


def test_a_result_of_a_file_that_is_not_dicom_is_refused(result, series_folder, tmp_path):
    nifti = replace(result, input=replace(result.input, series_instance_uid=None))
    with pytest.raises(InputError, match="was not read from a DICOM series"):
        write_report(nifti, series_folder, tmp_path / "report.dcm")


def test_a_result_without_points_is_refused(result, series_folder, tmp_path):
    nothing = {"state": "outside", "position_lps_mm": None, "index_ijk": None}
    empty = replace(result, structures=tuple(replace(s, **nothing) for s in result.structures))
    with pytest.raises(InputError, match="nothing to report"):
        write_report(empty, series_folder, tmp_path / "report.dcm")


@needs("dciodvfy", "dicom3tools")
def test_images_that_an_anonymiser_stripped_still_give_a_report(result, series_folder, tmp_path):
    (tmp_path / "stripped").mkdir()
    for file in series_folder.iterdir():
        image = pydicom.dcmread(file)
        for keyword in ("PatientID", "PatientName", "PatientBirthDate", "StudyDate", "AccessionNumber"):
            delattr(image, keyword)
        image.save_as(tmp_path / "stripped" / file.name)
    write_report(result, tmp_path / "stripped", tmp_path / "report.dcm")
    checked = subprocess.run(["dciodvfy", tmp_path / "report.dcm"], capture_output=True, text=True)
    assert "Error" not in checked.stdout + checked.stderr


def test_images_without_a_frame_of_reference_are_refused(result, series_folder, tmp_path):
    (tmp_path / "images").mkdir()
    for file in series_folder.iterdir():
        image = pydicom.dcmread(file)
        del image.FrameOfReferenceUID
        image.save_as(tmp_path / "images" / file.name)
    with pytest.raises(InputError, match="has no FrameOfReferenceUID"):
        write_report(result, tmp_path / "images", tmp_path / "report.dcm")
