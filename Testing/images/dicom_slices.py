"""The drawn study's slices as data sets to change, and as files of every form."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, generate_uid

from CCFNetCore.phantom import write_study

SAGITTAL, AXIAL, CORONAL = [0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1]

_KEPT = (
    *("StudyDate", "StudyTime", "Modality", "Manufacturer", "SeriesDescription", "PatientName", "PatientID"),
    *("StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "FrameOfReferenceUID", "SamplesPerPixel", "ImageType"),
    *("PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
)


def draw_slices(folder: Path) -> list[Dataset]:
    """The 13 sagittal slices of a drawn study, from right to left."""
    return [pydicom.dcmread(file) for file in sorted(write_study(4, folder).glob("*.dcm"))]


def copied(slices: list[Dataset], **values: object) -> list[Dataset]:
    """The slices as new images with these values; a function is asked for the value of each, by its number."""
    copies = deepcopy(slices)
    for number, image in enumerate(copies):
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        for keyword, value in values.items():
            setattr(image, keyword, value(number) if callable(value) else value)
    return copies


def written(images: list[Dataset], folder: Path) -> Path:
    """The folder with these images, under names that tell nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for image in images:
        image.save_as(folder / image.SOPInstanceUID, enforce_file_format=True)
    return folder


def enhanced(images: list[Dataset]) -> Dataset:
    """Slices as the frames, in this order, of one Enhanced MR image."""
    new = Dataset()
    new.file_meta = FileMetaDataset()
    new.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    new.SOPClassUID = new.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    new.SOPInstanceUID = new.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    for keyword in _KEPT:
        setattr(new, keyword, images[0].get(keyword))
    new.NumberOfFrames = len(images)
    new.SharedFunctionalGroupsSequence = _item(
        PixelMeasuresSequence=_item(PixelSpacing=images[0].PixelSpacing, SliceThickness=images[0].SliceThickness)
    )
    new.PerFrameFunctionalGroupsSequence = Sequence(_groups(image) for image in images)
    new.PixelData = b"".join(image.PixelData for image in images)
    return new


def _groups(image: Dataset) -> Dataset:
    return _item(
        PlanePositionSequence=_item(ImagePositionPatient=image.ImagePositionPatient),
        PlaneOrientationSequence=_item(ImageOrientationPatient=image.ImageOrientationPatient),
        MREchoSequence=_item(EffectiveEchoTime=float(image.EchoTime)),
        MRImageFrameTypeSequence=_item(FrameType=image.ImageType),
        PixelValueTransformationSequence=_item(
            RescaleSlope=image.get("RescaleSlope", "1"), RescaleIntercept=image.get("RescaleIntercept", "0")
        ),
    )[0]


def _item(**values: object) -> Sequence:
    data = Dataset()
    for keyword, value in values.items():
        setattr(data, keyword, value)
    return Sequence([data])


def shifted(image: Dataset, rows: int = 0, across_mm: float = 0.0) -> Dataset:
    """The slice with its frame moved down by some rows, what it shows left in place, and moved to the right."""
    x, y, z = map(float, image.ImagePositionPatient)
    image.ImagePositionPatient = [x - across_mm, y, z - rows * float(image.PixelSpacing[0])]
    image.PixelData = np.roll(image.pixel_array, -rows, axis=0).tobytes()
    return image
