"""Reduced and odd headers: what anonymisers, converters and public data sets leave."""

from pydicom.uid import RLELossless

from ..builders.classic import ABSENT, Change, also, by_uid, each, in_turn, one, raw, renew, study, tags
from ..case import Case
from ..outcome import Either, Read, Refused
from .values import compressed

_GONE = [
    "Modality",
    "SeriesNumber",
    "EchoTime",
    "RepetitionTime",
    "EchoTrainLength",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "Manufacturer",
    "ManufacturerModelName",
    "ImageType",
    "BodyPartExamined",
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
    "MRAcquisitionType",
    "PositionReferenceIndicator",
    "AcquisitionNumber",
]

REDUCED = in_turn(tags(**dict.fromkeys(_GONE, ABSENT)), tags(SeriesDescription="Sagittal T2/STIR"))


def odd_beside(**values: object) -> Change:
    """One odd image of another series beside the patient's."""
    return also(renew, tags(SeriesInstanceUID="1.2.3.4", SeriesNumber=9), lambda images: images[:1], tags(**values))


def odd_bytes_beside(**values: bytes) -> Change:
    return also(renew, tags(SeriesInstanceUID="1.2.3.4", SeriesNumber=9), lambda images: images[:1], raw(**values))


CASES = (
    Case("reduced-to-geometry-and-description", study(REDUCED, compressed(RLELossless)), Read()),
    Case(
        "place-empty-beside", study(odd_beside(ImagePositionPatient=None)), Read(), source="icometrix/dicom2nifti#165"
    ),
    Case(
        "echo-time-of-two-values",
        study(tags(EchoTime=["100", "30"])),
        Read(),
        source="DIAGNijmegen/rse-grand-challenge#1227",
    ),
    Case(
        "anonymised-to-words",
        study(
            raw(
                StudyDate=b"anonymized",
                StudyTime=b"anonymized",
                PatientBirthDate=b"anonymized",
                EchoTime=b"anonymized",
                RepetitionTime=b"ANON",
            )
        ),
        Read(),
        source="OHIF/Viewers#3185",
    ),
    Case("study-uid-absent", study(tags(StudyInstanceUID=ABSENT)), Read()),
    Case("series-uid-absent", study(tags(SeriesInstanceUID=ABSENT)), Either(Read(), Refused("series|UID"))),
    Case("modality-absent", study(tags(Modality=ABSENT)), Read()),
    Case("modality-empty", study(tags(Modality="")), Read()),
    Case(
        "modality-ot",
        study(tags(Modality="OT", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")),
        Either(Read(warns="modality|MR"), Refused("modality|MR|OT")),
    ),
    Case("reduced-uncompressed", study(REDUCED), Read()),
    Case("description-absent", study(tags(SeriesDescription=ABSENT)), Read()),
    Case(
        "description-empty-and-no-times",
        study(tags(SeriesDescription="", EchoTime=ABSENT, RepetitionTime=ABSENT)),
        Read(warns=""),
    ),
    Case(
        "all-text-empty",
        study(
            tags(
                PatientID="",
                PatientName="",
                StudyDate="",
                StudyTime="",
                SeriesDescription="",
                StudyDescription="",
                AccessionNumber="",
            )
        ),
        Read(),
    ),
    Case(
        "uids-of-words",
        study(raw(StudyInstanceUID=b"anonymized", SeriesInstanceUID=b"anonymized", FrameOfReferenceUID=b"anonymized")),
        Read(),
        source="OHIF/Viewers#3185",
    ),
    Case(
        "sop-uids-all-alike",
        study(tags(SOPInstanceUID="1.2.3")),
        Either(Read(), Refused("UID|same|twice")),
        source="OHIF/Viewers#3185",
    ),
    Case("sop-uids-absent", study(tags(SOPInstanceUID=ABSENT)), Read()),
    Case("instance-number-words", study(raw(InstanceNumber=b"ONE ")), Read()),
    Case("series-number-words", study(raw(SeriesNumber=b"five")), Read()),
    Case("slice-thickness-words", study(raw(SliceThickness=b"thin", SpacingBetweenSlices=b"none")), Read()),
    Case("numbers-with-commas", study(raw(EchoTime=b"100,5 ", SliceThickness=b"4,4 ")), Read()),
    Case(
        "pixel-size-with-commas",
        study(raw(PixelSpacing=b"0,89\\0,89 ")),
        Either(Read(), Refused("pixel|spacing|number")),
    ),
    Case("place-words", study(raw(ImagePositionPatient=b"a\\b\\c ")), Refused("position|place|where|lie|image|number")),
    Case("place-of-two-numbers", study(tags(ImagePositionPatient=[1, 2])), Refused("position|place|where|lie|image")),
    Case(
        "place-not-a-number",
        study(raw(ImagePositionPatient=b"nan\\nan\\nan ")),
        Refused("position|place|where|lie|image|number"),
    ),
    Case("place-infinite-beside", study(odd_bytes_beside(ImagePositionPatient=b"inf\\0\\0 ")), Read()),
    Case("orientation-words-beside", study(odd_bytes_beside(ImageOrientationPatient=b"sagittal")), Read()),
    Case("rows-absent-beside", study(odd_beside(Rows=ABSENT)), Read()),
    Case(
        "echo-time-of-two-values-beside",
        study(odd_beside(EchoTime=["30", "100"])),
        Read(),
        source="DIAGNijmegen/rse-grand-challenge#1227",
    ),
    Case("frames-zero-beside", study(odd_beside(NumberOfFrames="0")), Read(), source="pydicom/pydicom#1844"),
    Case("repetition-time-empty", study(tags(RepetitionTime=None, EchoTime=None)), Read()),
    Case("image-type-one-word", study(tags(ImageType="ORIGINAL")), Read()),
    Case("image-type-empty", study(tags(ImageType=None)), Read()),
    Case("echo-numbers-empty-on-some", study(one(3, tags(EchoNumbers=None)), one(4, tags(EchoNumbers=1))), Read()),
    Case(
        "description-differs-from-slice-to-slice",
        study(tags(SeriesDescription=lambda n: f"T2 sagittal {n + 1}/13")),
        Read(),
        source="rordenlab/dcm2niix#463",
    ),
    Case("series-number-differs-from-slice-to-slice", study(tags(SeriesNumber=lambda n: n)), Read()),
    Case(
        "acquisition-number-and-time-differ",
        study(tags(AcquisitionNumber=lambda n: n % 2, AcquisitionTime=lambda n: f"1200{n:02d}")),
        Read(),
        source="rordenlab/dcm2niix#463",
    ),
    Case("echo-time-differs-by-rounding", study(tags(EchoTime=lambda n: f"{100 + 0.001 * (n % 3):.3f}")), Read()),
    Case(
        "private-tags",
        study(
            each(lambda i, n: i.private_block(0x0051, "SIEMENS MR HEADER", create=True).add_new(0x0F, "LO", "SP1;5"))
        ),
        Read(),
    ),
    Case(
        "japanese-patient",
        study(
            tags(SpecificCharacterSet=["", "ISO 2022 IR 87"]),
            raw(PatientName=b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B "),
        ),
        Read(),
    ),
    Case(
        "character-set-unknown",
        study(tags(SpecificCharacterSet="ISO_IR 999"), raw(SeriesDescription="T2 sagittal würbel".encode("latin-1"))),
        Read(),
    ),
    Case(
        "character-set-missing",
        study(tags(SpecificCharacterSet=ABSENT), raw(SeriesDescription="T2 sagittal Lendenwirbelsäule ".encode())),
        Read(),
    ),
    Case("description-of-many-values", study(tags(SeriesDescription="T2\\SAG\\L-SPINE"), names=by_uid), Read()),
)
