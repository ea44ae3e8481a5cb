"""A result as a DICOM structured report: Comprehensive 3D SR, Measurement Report (DICOM PS3.16, TID 1500).

Each structure in the picture is a measurement group (TID 1410) whose region is one point in the patient's frame of
reference. What DICOM has no code for is coded in a scheme of our own, :data:`SCHEME`.
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom import Dataset
from pydicom.sr.codedict import Code, codes
from pydicom.uid import generate_uid

from .. import __version__, anatomy
from ..errors import InputError
from ..images.dicom import find_series
from ..images.dicom.texts import read_header, text_of
from ..measurements import Measurement, measure
from ..result import Result, Structure
from ..whole_file import whole_file
from .image_library import image_library
from .placed import placed_structures

if TYPE_CHECKING:
    from highdicom import sr

SCHEME = "99CCFNET"
ABNORMAL_PROBABILITY = Code("ABNORMAL_PROB", SCHEME, "Probability of being abnormal")
CONFIDENCE = Code("CONFIDENCE", SCHEME, "Confidence, not a calibrated probability")
POINT_PROBABILITY = Code("POINT_PROB", SCHEME, "Probability that the point is within 6 mm of the structure")
NAME_PROBABILITY = Code("NAME_PROB", SCHEME, "Probability that the name of the structure is right")
NUMBERING_PROBABILITY = Code("NUMBERING_PROB", SCHEME, "Probability that the names as a whole are right")
READING = Code("READING", SCHEME, "Reading")
STATE = Code("STATE", SCHEME, "State of the place")
PLACED_BY = Code("PLACED_BY", SCHEME, "Placed by")

SPINE = "Lumbar spine"
"""Tracking identifier of the group that holds the estimates, how sure the names are, and the warnings."""

_MAKER = "CCFNet"
_SERIES_DESCRIPTION = "CCF-Net lumbar spine, research use only"
_SERIES_NUMBER = 9001
_LONGEST_NAME = 64
"""Characters that DICOM allows for a device's model and serial number (value representation LO); some count bytes."""

_REFERRED_BY = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
"""What a report cannot refer to an image without."""

_ASKED_FOR = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Of patient and study, what DICOM asks for even if it is empty."""

_OPTIONAL = (
    "IssuerOfPatientID",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "StudyDescription",
    "Manufacturer",
    "ManufacturerModelName",
    "InstitutionName",
    "StationName",
)

_NORMAL, _ABNORMAL = codes.SCT.Normal, codes.SCT.Abnormal
_STATES = {"found": Code("FOUND", SCHEME, "Found"), "uncertain": Code("64957009", "SCT", "Uncertain")}
_PLACERS = {"network": codes.SCT.Automated, "hand": codes.SCT.Manual}
_UNITS = {"mm": codes.UCUM.Millimeter, "deg": codes.UCUM.Degree}
_ESTIMATED = Code("121427", "DCM", "Estimated")


def write_report(result: Result, series_folder: Path, file: Path) -> tuple[str, ...]:
    """Write the structured report of a result; it becomes a series of the study that was read.

    Parameters
    ----------
    result : Result
    series_folder : Path
        Folder with the DICOM series that the result was read from, in it or below.
    file : Path

    Returns
    -------
    tuple of str
        As of :func:`write_report_of_files`.

    Raises
    ------
    InputError
        If the result is that of a picture, nothing was found in it, its series is not in the folder, or a report
        cannot refer to the images.
    """
    return write_report_of_files(result, _find_files(result, series_folder), file)


def write_report_of_files(result: Result, files: Sequence[Path], file: Path) -> tuple[str, ...]:
    """Write the structured report of a result.

    Parameters
    ----------
    result : Result
    files : sequence of Path
        All files of the DICOM series that the result was read from.
    file : Path

    Returns
    -------
    tuple of str
        Keywords of what the images say of patient and study in a way that DICOM forbids, such as a birth date 0000, or
        in bytes that cannot be decoded: these are left empty, see :func:`left_empty_sentence`.

    Raises
    ------
    InputError
        If the result is that of a picture, nothing was found in it, the files are not of its series, or a report
        cannot refer to the images.
    """
    structures = placed_structures(result)
    if not structures:
        raise InputError(f"{result.input.name}: no structure is in the picture, so there is nothing to report.")
    headers = [read_header(each) for each in files]
    images = _refer_to(result, files, headers)
    left_empty = _add_patient_and_study(images[0], headers[0])
    if not _is_ascii(result, images[0]):
        images[0].SpecificCharacterSet = "ISO_IR 192"
    frame_of_reference = _uid_of(headers[0], "FrameOfReferenceUID", files[0])
    groups = [_structure_group(structure, result, frame_of_reference) for structure in structures]
    content = _content(result, [*groups, _spine_group(result)], headers)
    with whole_file(file) as partial, warnings.catch_warnings():
        # Highdicom warns of names with one part, which are as good as others.
        warnings.simplefilter("ignore")
        _document(content, result, images).save_as(partial, enforce_file_format=True)
    return left_empty


def left_empty_sentence(keywords: Sequence[str]) -> str:
    """What a user is told of the values that were left empty."""
    return (
        f"{', '.join(keywords)}: left empty in the report, for DICOM forbids what the images say there, or it cannot "
        "be decoded."
    )


def _find_files(result: Result, folder: Path) -> tuple[Path, ...]:
    """The files of the series that was read."""
    name, uid = result.input.name, _series_of(result)
    if not Path(folder).is_dir():
        raise InputError(f"{folder}: there is no such folder.")
    series = next((series for series in find_series(folder).series if uid in series.uids), None)
    if series is None:
        raise InputError(f"{folder}: does not hold the series {uid}, which the result {name} was read from.")
    return series.files


def _refer_to(result: Result, files: Sequence[Path], headers: Sequence[Dataset]) -> list[Dataset]:
    """What a report refers to the images by."""
    uid, images = _series_of(result), []
    for file, header in zip(files, headers, strict=True):
        images.append(Dataset())
        for keyword in _REFERRED_BY:
            setattr(images[-1], keyword, _uid_of(header, keyword, file))
        if "Image Storage" not in images[-1].SOPClassUID.name:
            raise InputError(f"{file}: is no image that DICOM knows, so a DICOM report cannot refer to it.")
    if uid not in [image.SeriesInstanceUID for image in images]:
        raise InputError(f"{files[0]}: is not of the series {uid}, which {result.input.name} was read from.")
    return images


def _uid_of(header: Dataset, keyword: str, file: Path) -> str:
    uid = text_of(header, keyword)
    if not uid:
        how = "has no" if uid == "" else "has a forbidden"
        raise InputError(f"{file}: {how} {keyword}, so a DICOM report cannot refer to it.")
    return uid


def _add_patient_and_study(image: Dataset, header: Dataset) -> tuple[str, ...]:
    """Take over what DICOM allows, as highdicom passes it on, and return the keywords of what it forbids."""
    values = {keyword: text_of(header, keyword) for keyword in (*_ASKED_FOR, *_OPTIONAL)}
    for keyword, value in values.items():
        if value or keyword in _ASKED_FOR:
            setattr(image, keyword, value or "")
    return tuple(keyword for keyword, value in values.items() if value is None)


def _is_ascii(result: Result, image: Dataset) -> bool:
    """Whether a report needs no character set; not every reader of reports knows UTF-8."""
    texts = [str(element.value) for element in image]
    return all(map(str.isascii, [*texts, result.model.name, *result.warnings]))


def _series_of(result: Result) -> str:
    uid = result.input.series_instance_uid
    if uid is None:
        raise InputError(
            f"{result.input.name}: was not read from a DICOM series, so a DICOM report cannot refer to its images."
        )
    return uid


def _structure_group(
    structure: Structure, result: Result, frame_of_reference: str
) -> "sr.PlanarROIMeasurementsAndQualitativeEvaluations":
    """Where a structure is and how it reads."""
    from highdicom import sr

    evaluations = [
        sr.QualitativeEvaluation(STATE, _STATES[structure.state]),
        sr.QualitativeEvaluation(PLACED_BY, _PLACERS[structure.placed_by]),
    ]
    if structure.label is not None:
        reading = _ABNORMAL if structure.label == "abnormal" else _NORMAL
        evaluations.insert(0, sr.QualitativeEvaluation(READING, reading))
    # A confidence is a probability only where that of the name is known too, and one code means one thing.
    shares = [
        (ABNORMAL_PROBABILITY, structure.abnormal_probability),
        (CONFIDENCE if structure.name_confidence is None else POINT_PROBABILITY, structure.confidence),
        (NAME_PROBABILITY, structure.name_confidence),
    ]
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(structure.name, result),
        referenced_region=sr.ImageRegion3D("POINT", np.array([structure.position_lps_mm]), frame_of_reference),
        geometric_purpose=codes.DCM.Center,
        finding_category=codes.SCT.AnatomicalStructure,
        finding_type=_site(structure.name),
        finding_sites=[sr.FindingSite(_site(structure.name))],
        algorithm_id=_algorithm(result),
        measurements=[_share(name, value) for name, value in shares if value is not None],
        qualitative_evaluations=evaluations,
    )


def _spine_group(result: Result) -> "sr.MeasurementsAndQualitativeEvaluations":
    """What is estimated from several points, how sure the names are as a whole, and the warnings."""
    from highdicom import sr

    measurements = [_estimate(measurement) for measurement in measure(result) if measurement.value is not None]
    if result.numbering_confidence is not None:
        measurements.append(_share(NUMBERING_PROBABILITY, result.numbering_confidence))
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(SPINE, result),
        finding_sites=[sr.FindingSite(codes.SCT.LumbarSpine)],
        algorithm_id=_algorithm(result),
        measurements=measurements,
    )
    for warning in map(_plain, result.warnings):
        group[0].ContentSequence.append(sr.TextContentItem(codes.DCM.Comment, warning, "CONTAINS"))
    return group


def _share(name: Code, value: float) -> "sr.Measurement":
    from highdicom import sr

    return sr.Measurement(name, round(value, 4), codes.UCUM.NoUnits)


def _estimate(measurement: Measurement) -> "sr.Measurement":
    from highdicom import sr

    code = measurement.name.removeprefix("Estimated ").replace("lumbar ", "").replace(" ", "_").upper()
    return sr.Measurement(
        Code(code, SCHEME, measurement.name),
        round(measurement.value, 2),
        _UNITS[measurement.unit],
        derivation=_ESTIMATED,
    )


def _site(name: str) -> Code:
    level = anatomy.LEVELS[anatomy.index_of(name)]
    return Code(level.code, "SCT", level.meaning)


def _tracking(name: str, result: Result) -> "sr.TrackingIdentifier":
    """The same name for the same structure of the same series, so that two readings of it can be compared."""
    from highdicom import sr

    return sr.TrackingIdentifier(uid=_uid("tracking", result.input.series_instance_uid, name), identifier=name)


def _algorithm(result: Result) -> "sr.AlgorithmIdentification":
    from highdicom import sr

    return sr.AlgorithmIdentification(
        name="CCF-Net",
        version=_plain(result.model.name),
        parameters=[f"SHA256 of the weights: {result.model.sha256}"],
    )


def _content(result: Result, groups: list, headers: Sequence[Dataset]) -> "sr.MeasurementReport":
    from highdicom import sr

    device = sr.DeviceObserverIdentifyingAttributes(
        uid=_uid("device", result.model.sha256),
        name="CCF-Net",
        manufacturer_name=_MAKER,
        model_name=_plain(result.model.name),
    )
    observer = sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    report = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=codes.LN.MRIUnspecifiedBodyRegion,
        imaging_measurements=groups,
    )
    # Its place is before the measurements, which come last.
    report[0].ContentSequence.insert(-1, image_library(headers))
    return report


def _document(content: "sr.MeasurementReport", result: Result, images: list[Dataset]) -> "sr.Comprehensive3DSR":
    """The report as an instance of the images' study, with their patient; unverified."""
    from highdicom import sr
    from highdicom.coding_schemes import CodingSchemeIdentificationItem

    return sr.Comprehensive3DSR(
        evidence=images,
        content=content,
        series_instance_uid=generate_uid(),
        series_number=_SERIES_NUMBER,
        series_description=_SERIES_DESCRIPTION,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=_MAKER,
        manufacturer_model_name=_name(result.model.name),
        software_versions=__version__,
        device_serial_number=_name(result.model.sha256),
        content_qualification="RESEARCH",
        coding_schemes=[CodingSchemeIdentificationItem(SCHEME, name="CCF-Net", responsible_organization=_MAKER)],
        is_complete=True,
    )


def _plain(text: str) -> str:
    """What DICOM allows as text: no control characters, and something."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip() or "-"


def _name(text: str) -> str:
    """What DICOM allows as the name of a device."""
    return _plain(text).replace("\\", "/").encode()[:_LONGEST_NAME].decode(errors="ignore")


def _uid(*parts: str | None) -> str:
    return generate_uid(entropy_srcs=["ccfnet", *map(str, parts)])
