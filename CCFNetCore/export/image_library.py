"""The images that a structured report refers to, each described as far as its header does (DICOM PS3.16, TID 1600)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydicom import Dataset
from pydicom.sr.codedict import Code, codes

from ..images.dicom.texts import numbers_of, text_of

if TYPE_CHECKING:
    from highdicom import sr

_SOURCE = Code("260753009", "SCT", "Source")
_MM = codes.UCUM.Millimeter
_PIXELS = Code("{pixels}", "UCUM", "Pixels")
_COSINE = Code("{-1:1}", "UCUM", "{-1:1}")

_DESCRIPTORS: dict[str, tuple[Code, tuple[Code, ...]]] = {
    "Rows": (_PIXELS, (codes.DCM.PixelDataRows,)),
    "Columns": (_PIXELS, (codes.DCM.PixelDataColumns,)),
    "PixelSpacing": (_MM, (codes.DCM.VerticalPixelSpacing, codes.DCM.HorizontalPixelSpacing)),
    "SliceThickness": (_MM, (codes.DCM.SliceThickness,)),
    "SpacingBetweenSlices": (_MM, (codes.DCM.SpacingBetweenSlices,)),
    "ImagePositionPatient": (
        _MM,
        (codes.DCM.ImagePositionPatientX, codes.DCM.ImagePositionPatientY, codes.DCM.ImagePositionPatientZ),
    ),
    "ImageOrientationPatient": (
        _COSINE,
        (
            codes.DCM.ImageOrientationPatientRowX,
            codes.DCM.ImageOrientationPatientRowY,
            codes.DCM.ImageOrientationPatientRowZ,
            codes.DCM.ImageOrientationPatientColumnX,
            codes.DCM.ImageOrientationPatientColumnY,
            codes.DCM.ImageOrientationPatientColumnZ,
        ),
    ),
}
"""By attribute: the unit of its numbers, and what each of them is called (TID 1602 and 1604)."""


def image_library(headers: Sequence[Dataset]) -> "sr.ContainerContentItem":
    """The library as an item of a report.

    Highdicom's own asks for attributes that may be empty or absent, and that an Enhanced image has for each frame.

    Parameters
    ----------
    headers : sequence of Dataset
        Of the images, from :func:`~CCFNetCore.images.dicom.texts.read_header`; their UIDs are there and allowed.
    """
    from highdicom import sr

    library = sr.ContainerContentItem(codes.DCM.ImageLibrary, relationship_type="CONTAINS")
    group = sr.ContainerContentItem(codes.DCM.ImageLibraryGroup, relationship_type="CONTAINS")
    group.ContentSequence = sr.ContentSequence(map(_entry, headers))
    library.ContentSequence = sr.ContentSequence([group])
    return library


def _entry(header: Dataset) -> "sr.ImageContentItem":
    from highdicom import sr

    image = sr.ImageContentItem(_SOURCE, header.SOPClassUID, header.SOPInstanceUID, relationship_type="CONTAINS")
    image.ContentSequence = sr.ContentSequence(_descriptors(header))
    return image


def _descriptors(header: Dataset) -> list["sr.ContentItem"]:
    from highdicom import sr

    known = {"relationship_type": "HAS ACQ CONTEXT"}
    items = [sr.CodeContentItem(codes.DCM.Modality, codes.cid29.MagneticResonance, **known)]
    if frame_of_reference := text_of(header, "FrameOfReferenceUID"):
        items.append(sr.UIDRefContentItem(codes.DCM.FrameOfReferenceUID, frame_of_reference, **known))
    for keyword, (unit, names) in _DESCRIPTORS.items():
        numbers = numbers_of(header, keyword)
        if len(numbers) == len(names):
            items += [sr.NumContentItem(*each, unit, **known) for each in zip(names, numbers, strict=True)]
    return items
