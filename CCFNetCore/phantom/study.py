"""The phantom as a volume, and as a DICOM study on disk."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import anatomy
from ..images.volume import Volume
from .draw import draw_phantom

if TYPE_CHECKING:
    from pydicom import Dataset

_DATE, _TIME = "20220101", "120000"


def phantom_volume(seed: int) -> Volume:
    """The phantom study with this seed as a volume."""
    phantom = draw_phantom(seed)
    return Volume(
        name=f"phantom-{seed}",
        array=phantom.slices,
        spacing_mm=phantom.spacing_mm[::-1],
        origin_lps_mm=tuple(phantom.origin_lps_mm),
    )


def write_study(seed: int, folder: Path) -> Path:
    """Write the phantom study with this seed: a sagittal T2 series of MR images and its true landmarks.

    The series goes to ``folder/dicom``, the landmarks to ``folder/landmarks.json``. The same seed gives the same
    files.

    Returns
    -------
    Path
        The folder of the series.
    """
    write_series(phantom_volume(seed), folder / "dicom")
    (folder / "landmarks.json").write_text(json.dumps(_landmarks(seed), indent=1) + "\n")
    return folder / "dicom"


def write_series(volume: Volume, folder: Path) -> None:
    """Write a volume as a series of MR images of a made-up patient, one file for each k.

    Parameters
    ----------
    volume : Volume
        Its values are whole numbers from 0 to 4095. Its name makes the UIDs: the same name gives the same ones.
    folder : Path
        Made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(len(volume.array)):
        image = _mr_image(volume, number)
        image.save_as(folder / f"IM{number + 1:04d}.dcm", enforce_file_format=True)


def _landmarks(seed: int) -> dict:
    spine = draw_phantom(seed).spine
    places, abnormal = spine.landmarks_lps_mm(), spine.abnormal()
    structures = [
        {
            "name": level.name,
            "kind": level.kind,
            "position_lps_mm": [round(float(x), 4) for x in places[level.name]],
            "abnormal": bool(abnormal[level.name]),
        }
        for level in anatomy.LEVELS
    ]
    return {"seed": seed, "structures": structures}


def _uid(*parts: object) -> str:
    from pydicom.uid import generate_uid

    return generate_uid(entropy_srcs=["ccfnet", *map(str, parts)])


def _mr_image(volume: Volume, number: int) -> "Dataset":
    """One slice as an MR image (DICOM PS3.3, A.4)."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.MediaStorageSOPClassUID = MRImageStorage
    image.file_meta.MediaStorageSOPInstanceUID = _uid(volume.name, "image", number)
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    _add_study(image, volume.name)
    _add_acquisition(image)
    _add_plane(image, volume, number)
    _add_pixels(image, volume.array[number])
    return image


def _add_study(image: "Dataset", name: str) -> None:
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID
    image.PatientName = "Phantom^Lumbar"
    image.PatientID = name
    image.PatientBirthDate = ""
    image.PatientSex = "O"
    image.StudyInstanceUID = _uid(name, "study")
    image.StudyDate, image.StudyTime = _DATE, _TIME
    image.StudyID = "1"
    image.StudyDescription = "Drawn lumbar spine"
    image.AccessionNumber = ""
    image.ReferringPhysicianName = ""
    image.SeriesInstanceUID = _uid(name, "series")
    image.SeriesNumber = 1
    image.SeriesDescription = "T2 sagittal"
    image.FrameOfReferenceUID = _uid(name, "frame")
    image.PositionReferenceIndicator = ""
    image.Manufacturer = "CCFNet"
    image.ManufacturerModelName = "phantom"


def _add_acquisition(image: "Dataset") -> None:
    image.Modality = "MR"
    image.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    image.BodyPartExamined = "LSPINE"
    image.PatientPosition = "HFS"
    image.ScanningSequence = "SE"
    image.SequenceVariant = "NONE"
    image.ScanOptions = ""
    image.MRAcquisitionType = "2D"
    image.RepetitionTime = "3500"
    image.EchoTime = "100"
    image.EchoTrainLength = "16"


def _add_plane(image: "Dataset", volume: Volume, number: int) -> None:
    column, row, between = volume.spacing_mm
    # 16 characters are all that DICOM allows for a number.
    image.ImageOrientationPatient = [round(float(x), 12) for x in volume.direction[:, :2].T.ravel()]
    image.ImagePositionPatient = [round(float(x), 8) for x in volume.index_to_lps_mm([0, 0, number])]
    image.PixelSpacing = [round(float(row), 12), round(float(column), 12)]
    image.SliceThickness = round(float(between), 6)
    image.SpacingBetweenSlices = round(float(between), 6)
    image.InstanceNumber = number + 1
    image.AcquisitionNumber = 1


def _add_pixels(image: "Dataset", pixels: np.ndarray) -> None:
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = 0
    low, high = np.percentile(pixels, [1, 98])
    image.WindowCenter, image.WindowWidth = round(float(low + high) / 2), max(1, round(float(high - low)))
    image.PixelData = pixels.astype("<u2").tobytes()
