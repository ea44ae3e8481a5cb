"""Enhanced MR images: the patient's slices as the frames of one file, or of one file each."""

from collections.abc import Callable, Sequence

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, generate_uid

from .classic import Change, Images

_KEPT = [
    "StudyDate",
    "StudyTime",
    "Modality",
    "Manufacturer",
    "SeriesDescription",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "StudyID",
    "SeriesNumber",
    "FrameOfReferenceUID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "BodyPartExamined",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ImageType",
]

Refine = Callable[[Dataset, Dataset, int], None]
"""Changes a frame's groups, knowing the classic image that it is made of and its number."""


def item(**values: object) -> list[Dataset]:
    """A sequence of one item."""
    content = Dataset()
    for keyword, value in values.items():
        setattr(content, keyword, value)
    return [content]


def one_file(*refine: Refine, shared: Sequence[str] = ("measures",), **tags: object) -> Change:
    """All images as the frames, in their order, of one Enhanced MR image.

    Parameters
    ----------
    *refine : callable
    shared : sequence of str
        Which of "measures" and "orientation" stand in the shared groups, for all frames.
    **tags
        Of the image.
    """
    return lambda images: [_enhanced(images, refine, shared, tags)]


def one_file_each(*refine: Refine, **tags: object) -> Change:
    """Every image as an Enhanced MR image of one frame."""
    return lambda images: [_enhanced([image], refine, ("measures",), tags, n) for n, image in enumerate(images)]


def _enhanced(
    images: Images, refine: Sequence[Refine], shared: Sequence[str], tags: dict[str, object], number: int = 0
) -> Dataset:
    new = Dataset()
    new.preamble = b"\0" * 128
    new.file_meta = FileMetaDataset()
    new.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    new.SOPClassUID = new.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    new.SOPInstanceUID = new.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    for keyword in _KEPT:
        if keyword in images[0]:
            setattr(new, keyword, images[0][keyword].value)
    new.InstanceNumber, new.NumberOfFrames = number + 1, len(images)
    new.ContentDate, new.ContentTime, new.AcquisitionContextSequence = new.StudyDate, new.StudyTime, []
    groups = [_frame(image, n, shared) for n, image in enumerate(images)]
    new.SharedFunctionalGroupsSequence = [_shared(images[0], shared)]
    new.PerFrameFunctionalGroupsSequence = groups
    for change in refine:
        for n, (group, image) in enumerate(zip(groups, images, strict=True)):
            change(group, image, n)
    for keyword, value in tags.items():
        setattr(new, keyword, value)
    new.PixelData = b"".join(image.PixelData for image in images)
    return new


def _shared(first: Dataset, shared: Sequence[str]) -> Dataset:
    group = item(
        MRTimingAndRelatedParametersSequence=item(RepetitionTime=3500.0, FlipAngle=90.0, EchoTrainLength=16),
        PixelValueTransformationSequence=item(RescaleIntercept="0", RescaleSlope="1", RescaleType="US"),
    )[0]
    if "measures" in shared:
        group.PixelMeasuresSequence = _measures(first)
    if "orientation" in shared:
        group.PlaneOrientationSequence = item(ImageOrientationPatient=first.ImageOrientationPatient)
    return group


def _frame(image: Dataset, n: int, shared: Sequence[str]) -> Dataset:
    group = item(
        FrameContentSequence=item(
            StackID="1", InStackPositionNumber=n + 1, DimensionIndexValues=[1, n + 1], FrameAcquisitionNumber=n + 1
        ),
        PlanePositionSequence=item(ImagePositionPatient=image.ImagePositionPatient),
        MREchoSequence=item(EffectiveEchoTime=float(image.get("EchoTime", 100))),
    )[0]
    if "measures" not in shared:
        group.PixelMeasuresSequence = _measures(image)
    if "orientation" not in shared:
        group.PlaneOrientationSequence = item(ImageOrientationPatient=image.ImageOrientationPatient)
    return group


def _measures(image: Dataset) -> list[Dataset]:
    return item(
        PixelSpacing=image.PixelSpacing,
        SliceThickness=image.SliceThickness,
        SpacingBetweenSlices=image.SpacingBetweenSlices,
    )


def frame_type(group: Dataset, image: Dataset, n: int) -> None:
    """Say the classic image's ImageType of the frame, and its complex component of it."""
    group.MRImageFrameTypeSequence = item(FrameType=list(image.ImageType))


def rescaled(group: Dataset, image: Dataset, n: int) -> None:
    """Carry the classic image's rescale over to the frame."""
    group.PixelValueTransformationSequence = item(
        RescaleIntercept=image.RescaleIntercept, RescaleSlope=image.RescaleSlope, RescaleType="US"
    )


def temporal_position(group: Dataset, image: Dataset, n: int) -> None:
    group.FrameContentSequence[0].TemporalPositionIndex = int(image.TemporalPositionIdentifier)


def stack_by_plane(group: Dataset, image: Dataset, n: int) -> None:
    """Frames of one orientation are a stack of their own."""
    group.FrameContentSequence[0].StackID = "".join(str(abs(round(float(x)))) for x in image.ImageOrientationPatient)
