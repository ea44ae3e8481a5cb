"""A result as a DICOM structured report: Comprehensive 3D SR, Measurement Report (DICOM PS3.16, TID 1500).

Each structure in the picture is a measurement group (TID 1410) whose region is one point in the patient's frame of
reference. What DICOM has no code for is coded in a scheme of our own, :data:`SCHEME`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.sr.codedict import Code, codes
from pydicom.uid import generate_uid

from .. import __version__, anatomy
from ..errors import InputError
from ..images.dicom import find_series
from ..measurements import Measurement, measure
from ..result import Result, Structure
from .placed import placed_structures

if TYPE_CHECKING:
    from highdicom import sr

SCHEME = "99CCFNET"
ABNORMAL_PROBABILITY = Code("ABNORMAL_PROB", SCHEME, "Probability of being abnormal")
CONFIDENCE = Code("CONFIDENCE", SCHEME, "Confidence, not a calibrated probability")
READING = Code("READING", SCHEME, "Reading")
STATE = Code("STATE", SCHEME, "State of the place")
PLACED_BY = Code("PLACED_BY", SCHEME, "Placed by")

SPINE = "Lumbar spine"
"""Tracking identifier of the group that holds the estimates and the warnings."""

_MAKER = "CCFNet"
_SERIES_DESCRIPTION = "CCF-Net lumbar spine, research use only"
_SERIES_NUMBER = 9001
_LONGEST_NAME = 64
"""Characters that DICOM allows for a device's model (value representation LO)."""

_MAY_BE_EMPTY = (
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

_NORMAL, _ABNORMAL = codes.SCT.Normal, codes.SCT.Abnormal
_STATES = {"found": Code("FOUND", SCHEME, "Found"), "uncertain": Code("64957009", "SCT", "Uncertain")}
_PLACERS = {"network": codes.SCT.Automated, "hand": codes.SCT.Manual}
_UNITS = {"mm": codes.UCUM.Millimeter, "deg": codes.UCUM.Degree}
_ESTIMATED = Code("121427", "DCM", "Estimated")


def write_report(result: Result, series_folder: Path, file: Path) -> None:
    """Write the structured report of a result; it becomes a series of the study that was read.

    Parameters
    ----------
    result : Result
    series_folder : Path
        Folder with the DICOM series that the result was read from, in it or below.
    file : Path

    Raises
    ------
    InputError
        If the result is that of a picture, nothing was found in it, or its series is not in the folder.
    """
    write_report_of_files(result, _find_files(result, series_folder), file)


def write_report_of_files(result: Result, files: Sequence[Path], file: Path) -> None:
    """Write the structured report of a result.

    Parameters
    ----------
    result : Result
    files : sequence of Path
        All files of the DICOM series that the result was read from.
    file : Path

    Raises
    ------
    InputError
        If the result is that of a picture, nothing was found in it, or the files are not of its series.
    """
    structures = placed_structures(result)
    if not structures:
        raise InputError(f"{result.input.name}: no structure is in the picture, so there is nothing to report.")
    images = _read_headers(result, files)
    frame_of_reference = str(images[0].FrameOfReferenceUID)
    groups = [_structure_group(structure, result, frame_of_reference) for structure in structures]
    content = _content(result, [*groups, _spine_group(result)], images)
    _document(content, result, images).save_as(file, enforce_file_format=True)


def _find_files(result: Result, folder: Path) -> tuple[Path, ...]:
    """The files of the series that was read."""
    name, uid = result.input.name, _series_of(result)
    if not Path(folder).is_dir():
        raise InputError(f"{folder}: there is no such folder.")
    series = next((series for series in find_series(folder).series if uid in series.uids), None)
    if series is None:
        raise InputError(f"{folder}: does not hold the series {uid}, which the result {name} was read from.")
    return series.files


def _read_headers(result: Result, files: Sequence[Path]) -> list[Dataset]:
    """The headers of the series that was read."""
    uid = _series_of(result)
    images = [dcmread(file, stop_before_pixels=True) for file in files]
    for file, image in zip(files, images, strict=True):
        if image.SeriesInstanceUID != uid:
            raise InputError(f"{file}: is not of the series {uid}, which {result.input.name} was read from.")
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID"):
        if keyword not in images[0]:
            raise InputError(f"{files[0]}: has no {keyword}, so a DICOM report cannot refer to it.")
    for keyword in _MAY_BE_EMPTY:
        # Some anonymisers take out what must be there.
        images[0].setdefault(keyword, "")
    return images


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
    measurements = [sr.Measurement(CONFIDENCE, round(structure.confidence, 4), codes.UCUM.NoUnits)]
    if structure.abnormal_probability is not None:
        probability = round(structure.abnormal_probability, 4)
        measurements.insert(0, sr.Measurement(ABNORMAL_PROBABILITY, probability, codes.UCUM.NoUnits))
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(structure.name, result),
        referenced_region=sr.ImageRegion3D("POINT", np.array([structure.position_lps_mm]), frame_of_reference),
        geometric_purpose=codes.DCM.Center,
        finding_category=codes.SCT.AnatomicalStructure,
        finding_type=_site(structure.name),
        finding_sites=[sr.FindingSite(_site(structure.name))],
        algorithm_id=_algorithm(result),
        measurements=measurements,
        qualitative_evaluations=evaluations,
    )


def _spine_group(result: Result) -> "sr.MeasurementsAndQualitativeEvaluations":
    """What is estimated from several points, and the warnings."""
    from highdicom import sr

    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(SPINE, result),
        finding_sites=[sr.FindingSite(codes.SCT.LumbarSpine)],
        algorithm_id=_algorithm(result),
        measurements=[_estimate(measurement) for measurement in measure(result) if measurement.value is not None],
    )
    for warning in result.warnings:
        group[0].ContentSequence.append(sr.TextContentItem(codes.DCM.Comment, warning, "CONTAINS"))
    return group


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
        version=result.model.name,
        parameters=[f"SHA256 of the weights: {result.model.sha256}"],
    )


def _content(result: Result, groups: list, images: list[Dataset]) -> "sr.MeasurementReport":
    from highdicom import sr

    device = sr.DeviceObserverIdentifyingAttributes(
        uid=_uid("device", result.model.sha256), name="CCF-Net", manufacturer_name=_MAKER, model_name=result.model.name
    )
    observer = sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    return sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=codes.LN.MRIUnspecifiedBodyRegion,
        imaging_measurements=groups,
        referenced_images=images,
    )


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
        manufacturer_model_name=result.model.name[:_LONGEST_NAME],
        software_versions=__version__,
        device_serial_number=result.model.sha256,
        content_qualification="RESEARCH",
        coding_schemes=[CodingSchemeIdentificationItem(SCHEME, name="CCF-Net", responsible_organization=_MAKER)],
        is_complete=True,
    )


def _uid(*parts: str | None) -> str:
    return generate_uid(entropy_srcs=["ccfnet", *map(str, parts)])
