"""The structured report of images as scanners and anonymisers write them: valid, or one sentence."""

import shutil
import subprocess
import warnings
from dataclasses import replace

import pydicom
import pytest
from highdicom.sr import srread
from highdicom.sr.utils import find_content_items
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, LegacyConvertedEnhancedMRImageStorage, generate_uid

from CCFNetCore.cli import main
from CCFNetCore.errors import InputError
from CCFNetCore.export.dicom_sr import write_report_of_files
from CCFNetCore.images.dicom.texts import read_header, text_of

pytestmark = pytest.mark.filterwarnings("error")

PLANE = (
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImagePositionPatient",
    "ImageOrientationPatient",
)
REDUCED = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID"),
    *("Rows", "Columns", "SeriesDescription", "InstanceNumber", *PLANE),
)


@pytest.fixture(scope="module")
def headers(series_folder):
    """Makes the headers of three images anew, each changed as a test needs it."""

    def make(**values):
        images = [pydicom.dcmread(file, stop_before_pixels=True) for file in sorted(series_folder.iterdir())[:3]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for image in images:
                image.update(values)
        return images

    return make


@pytest.fixture
def report_of(result, tmp_path, monkeypatch):
    """Writes images, which need not be allowed, and the report of them; returns it with what was left empty."""

    def write(images, result=result):
        files = [tmp_path / f"{number}.dcm" for number in range(len(images))]
        with warnings.catch_warnings(), monkeypatch.context() as patched:
            warnings.simplefilter("ignore")
            patched.setattr(pydicom.config.settings, "writing_validation_mode", pydicom.config.IGNORE)
            for file, image in zip(files, images, strict=True):
                image.save_as(file)
        left_empty = write_report_of_files(result, files, tmp_path / "report.dcm")
        check(tmp_path / "report.dcm")
        return srread(tmp_path / "report.dcm"), left_empty

    return write


def check(file):
    """The file is right for two programs that know the standard, and holds all points for a third."""
    if shutil.which("dciodvfy"):
        checked = subprocess.run(["dciodvfy", file], capture_output=True, text=True)
        assert "Error" not in checked.stdout + checked.stderr
    if shutil.which("dsrdump"):
        dumped = subprocess.run(["dsrdump", file], capture_output=True, text=True)
        assert (dumped.returncode, dumped.stdout.count("SCOORD3D")) == (0, 10)
        # DCMTK reads UTF-8, but does not count its characters.
        assert all("does not support this Specific Character Set" in line for line in dumped.stderr.splitlines())
    assert len(srread(file).content.get_planar_roi_measurement_groups()) == 10


def enhanced(images, storage=EnhancedMRImageStorage):
    """One image with the slices as its frames; what differs from frame to frame is in the functional groups."""
    image = images[0]
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = storage
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = generate_uid()
    image.NumberOfFrames = len(images)
    image.PerFrameFunctionalGroupsSequence = [item(PlanePositionSequence=[plane_of(each)]) for each in images]
    for keyword in PLANE:
        delattr(image, keyword)
    return image


def plane_of(image):
    return item(ImagePositionPatient=image.ImagePositionPatient)


def item(**values):
    part = Dataset()
    for keyword, value in values.items():
        setattr(part, keyword, Sequence(value) if keyword.endswith("Sequence") else value)
    return part


def library(report):
    """Names of what is said of each image in the report's image library."""
    (container,) = [each for each in report.content[0].ContentSequence if each.name.meaning == "Image Library"]
    images = find_content_items(container, value_type="IMAGE", recursive=True)
    return [{descriptor.name.meaning for descriptor in image.ContentSequence} for image in images]


def evidence(report):
    return [instance for _, _, instance, _ in report.get_evidence()]


@pytest.mark.parametrize("storage", [EnhancedMRImageStorage, LegacyConvertedEnhancedMRImageStorage])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_an_enhanced_image_is_referred_to(storage, is_reversed, headers, report_of):
    image = enhanced(headers()[::-1] if is_reversed else headers(), storage)
    report, left_empty = report_of([image])
    assert evidence(report) == [image.SOPInstanceUID]
    assert left_empty == ()


def test_enhanced_images_of_one_frame_are_all_referred_to(headers, report_of):
    images = [enhanced([image]) for image in headers()]
    assert evidence(report_of(images)[0]) == [image.SOPInstanceUID for image in images]


def test_the_library_describes_each_image(headers, report_of):
    described = library(report_of(headers())[0])
    assert len(described) == 3
    assert described[0] >= {"Modality", "Slice Thickness", "Spacing between slices", "Horizontal Pixel Spacing"}


@pytest.mark.parametrize("keyword", PLANE)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_what_an_image_does_not_say_is_not_described(keyword, how, headers, report_of):
    images = headers()
    for image in images:
        setattr(image, keyword, None)
        if how == "absent":
            delattr(image, keyword)
    clean, described = library(report_of(headers())[0])[0], library(report_of(images)[0])[0]
    assert described < clean
    assert len(clean - described) in (1, 2, 3, 6)


@pytest.mark.parametrize(
    ("sets", "name"),
    [
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
        ("GB18030", "Wang^XiaoDong=王^小东"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小東"),
        ("ISO_IR 126", "Διονυσιος^Π"),
        ("ISO_IR 127", "قباني^لنزار"),
        ("ISO_IR 100", "Müller^Jürgen"),
    ],
)
def test_a_name_that_is_not_ascii_stands_in_the_report_in_utf_8(sets, name, headers, report_of):
    report, left_empty = report_of(headers(SpecificCharacterSet=sets, PatientName=name))
    assert (report.SpecificCharacterSet, str(report.PatientName), left_empty) == ("ISO_IR 192", name, ())


def test_what_dicom_forbids_is_left_empty_and_told(headers, report_of):
    forbidden = {"PatientBirthDate": "0000", "StudyTime": "99:99", "PatientSex": "unknown", "PatientAge": "45"}
    report, left_empty = report_of(headers(**forbidden, AccessionNumber="x" * 17, StudyDescription="x" * 65))
    assert set(left_empty) == {*forbidden, "AccessionNumber", "StudyDescription"}
    assert report.PatientBirthDate == report.StudyTime == report.PatientSex == report.AccessionNumber == ""
    assert str(report.PatientName) == "Phantom^Lumbar"


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID", "SOPClassUID"])
@pytest.mark.parametrize(("value", "how"), [("", "has no"), ("1.2.x", "has a forbidden"), ("1.02", "has a forbidden")])
def test_images_that_cannot_be_referred_to_are_one_sentence(keyword, value, how, headers, report_of):
    with pytest.raises(InputError, match=f"0.dcm: {how} {keyword}, so a DICOM report cannot refer to it"):
        report_of(headers(**{keyword: value}))


def test_an_image_of_a_private_kind_is_one_sentence(headers, report_of):
    with pytest.raises(InputError, match="is no image that DICOM knows"):
        report_of(headers(SOPClassUID="1.3.46.670589.11.0.0.12.1"))


def test_a_file_that_is_no_image_is_one_sentence(result, tmp_path):
    (tmp_path / "text.dcm").write_text("no image")
    with pytest.raises(InputError, match=r"text\.dcm: has no SOPClassUID"):
        write_report_of_files(result, [tmp_path / "text.dcm"], tmp_path / "report.dcm")
    assert not (tmp_path / "report.dcm").exists()


def test_a_reduced_header_gives_a_report(headers, report_of):
    images = headers()
    for image in images:
        for keyword in {element.keyword for element in image} - {*REDUCED}:
            delattr(image, keyword)
    report, left_empty = report_of(images)
    assert (str(report.PatientName), report.StudyDate, left_empty) == ("", "", ())
    assert report.PatientID == images[0].PatientID


def test_long_and_foreign_words_of_the_result_are_kept(headers, result, report_of):
    words = ("x" * 100_000, "Die Zählung ist unsicher: 日本語", "one\x00two\x1b", "")
    model = replace(result.model, name="模型\\" * 50)
    report, _ = report_of(headers(), replace(result, warnings=words, model=model))
    texts = [item.value for item in find_content_items(report.content[0], value_type="TEXT", recursive=True)]
    assert {words[0], words[1], "one two", "模型\\" * 50} <= {*texts}
    assert len(report.ManufacturerModelName.encode()) <= 64


def test_the_weights_of_several_models_are_named(headers, result, report_of):
    report, _ = report_of(headers(), replace(result, model=replace(result.model, sha256=f"{'0' * 64}+{'1' * 64}")))
    assert report.DeviceSerialNumber == "0" * 64


def test_structures_without_a_reading_have_none_in_the_report(headers, result, report_of):
    unread = [replace(s, label=None, abnormal_probability=None) for s in result.structures]
    report, _ = report_of(headers(), replace(result, structures=tuple(unread)))
    groups = report.content.get_planar_roi_measurement_groups()
    assert {measurement.name.value for group in groups for measurement in group.get_measurements()} == {"CONFIDENCE"}


def test_the_command_tells_what_was_left_empty(headers, result, tmp_path, capsys):
    (tmp_path / "images").mkdir()
    for number, image in enumerate(headers(PatientSex="X")):
        image.save_as(tmp_path / "images" / f"{number}.dcm")
    result.write(tmp_path / "result.json")
    arguments = ["--dicom", str(tmp_path / "images"), "--output", str(tmp_path / "report.dcm")]
    assert main(["export", str(tmp_path / "result.json"), "--format", "dicom-sr", *arguments]) == 0
    assert "report.dcm: PatientSex: left empty in the report" in capsys.readouterr().err
    assert text_of(read_header(tmp_path / "report.dcm"), "PatientSex") == ""
