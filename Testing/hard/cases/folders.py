"""What lies in folders beside the series that is wanted, and which series that is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import generate_uid

from ..builders.classic import (
    Change,
    Images,
    also,
    another_series,
    displaced,
    each,
    in_plane,
    in_turn,
    pixels,
    renew,
    study,
    tags,
    without,
)
from ..builders.enhanced import one_file
from ..case import Build, Case
from ..outcome import Either, Read, Refused, Some, Unsure
from .contrasts import DARK, FAT
from .slices import window

T1 = tags(EchoTime="10", RepetitionTime="500")
STIR = tags(InversionTime="150", EchoTime="60")
MIDDLE = without(*range(5), *range(10, 13))


def with_other_files(*add: Callable[[Path], object]) -> Build:
    """The study with something else beside it."""

    def build(folder: Path) -> Path:
        where = study()(folder)
        for put in add:
            put(where)
        return where

    return build


def of_patient(name: str) -> Change:
    """The same anatomy as another patient's."""
    return in_turn(
        renew,
        tags(PatientID=name, PatientName=name, StudyInstanceUID=generate_uid(), FrameOfReferenceUID=generate_uid()),
        tags(SeriesInstanceUID=generate_uid()),
    )


def second_study(images: Images) -> Images:
    return tags(StudyInstanceUID=generate_uid(), StudyDate="20240505", SeriesInstanceUID=generate_uid())(renew(images))


def other_kinds(where: Path) -> None:
    (where / "README.txt").write_text("Exported by a workstation.")
    (where / ".DS_Store").write_bytes(b"\0\0\0\1Bud1" + bytes(200))
    (where / "report.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    (where / "Thumbs.db").write_bytes(bytes(500))
    shutil.make_archive(str(where / "copy"), "zip", where)
    Image.new("L", (64, 64)).save(where / "thumbnail.png")
    (where / "study.json").write_text(json.dumps({"series": 1}))


def other_objects(where: Path) -> None:
    """A structured report, a presentation state and an encapsulated document: DICOM files without pixels."""
    for n, (uid, modality) in enumerate((("88.11", "SR"), ("11.1", "PR"), ("88.59", "KO"), ("104.1", "DOC"))):
        file = Dataset()
        file.file_meta = FileMetaDataset()
        file.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        file.SOPClassUID = file.file_meta.MediaStorageSOPClassUID = f"1.2.840.10008.5.1.4.1.1.{uid}"
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        file.Modality, file.SeriesInstanceUID, file.SeriesNumber = modality, generate_uid(), 90 + n
        file.StudyInstanceUID, file.PatientID = generate_uid(), ""
        file.preamble = bytes(128)
        file.save_as(where / f"other{n}.dcm")


def colour(images: Images) -> Images:
    """A screen shot in colour."""
    image = images[0]
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 8, 8, 7
    image.Rows = image.Columns = 64
    image.PixelData = bytes(64 * 64 * 3)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        del image[keyword]
    return [image]


def loop(where: Path) -> None:
    (where / "again").symlink_to(where, target_is_directory=True)


def dangling(where: Path) -> None:
    (where / "gone.dcm").symlink_to(where / "nowhere")


def empty(folder: Path) -> Path:
    (folder / "study").mkdir()
    return folder / "study"


def one_of(where: Path) -> Path:
    """The file in the middle, alone."""
    files = sorted(where.iterdir())
    return files[len(files) // 2]


SEVERAL = Refused("cohort|several|patients|studies")
CT = tags(Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")

CASES = (
    Case("several-patients", study(also(of_patient("other"))), SEVERAL),
    Case(
        "t12-is-no-t1",
        study(tags(SeriesDescription="T2 TSE SAG T12-S1"), another_series(2, "SAG STIR", STIR, displaced())),
        Read(notes="T12-S1"),
        source="rordenlab/dcm2niix#155",
    ),
    Case(
        "t1-t2-stir",
        study(another_series(2, "T1 TSE sag", T1, FAT, displaced()), another_series(3, "STIR sag", STIR, displaced())),
        Read(notes="T2 sagittal"),
    ),
    Case("other-files-beside", with_other_files(other_kinds, other_objects), Read()),
    Case("t1-alone", study(tags(SeriesDescription="T1 TSE sag"), T1), Either(Read(warns="T1"), Refused("T1"))),
    Case("cohort-of-two-patients", study(also(of_patient("other"))), Some(read=2), command="cohort"),
    Case("empty-folder", empty, Refused("DICOM|empty|no ")),
    Case("ct-alone", study(CT, tags(SeriesDescription="CT sagittal")), Either(Refused("CT|MR"), Unsure("CT|MR"))),
    Case("ct-beside-mr", study(another_series(2, "CT T2 sagittal", CT, displaced())), Read()),
    Case(
        "scout-of-three-planes",
        study(
            tags(SeriesDescription="survey", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
            MIDDLE,
            also(in_plane("axial"), MIDDLE),
            also(in_plane("coronal"), MIDDLE),
            another_series(2, "T2 sag"),
        ),
        Read(notes="T2 sag"),
    ),
    Case("axial-alone", study(in_plane("axial"), tags(SeriesDescription="T2 ax")), Refused("axial|sagittal")),
    Case("coronal-alone", study(in_plane("coronal"), tags(SeriesDescription="T2 cor")), Refused("coronal|sagittal")),
    Case("several-studies-of-a-patient", study(also(second_study)), SEVERAL),
    Case("cohort-of-two-studies", study(also(second_study)), Some(read=2), command="cohort"),
    Case(
        "cohort-with-one-damaged",
        with_other_files(lambda where: (where / "scan.nii.gz").write_bytes(b"\x1f\x8b" + bytes(100))),
        Some(read=1, failed=1, says="scan"),
        command="cohort",
    ),
    Case("names-in-other-scripts", study(names=lambda n, i: f"Schädel größe/腰椎 {n}", folder="Пациент 1"), Read()),
    Case("names-without-ending", study(names=lambda n, i: f"{n:08X}"), Read()),
    Case("deep-below", study(names=lambda n, i: f"a/b/c/d/e/f/g/{n}/image"), Read()),
    Case("link-that-loops", with_other_files(loop), Read()),
    Case("link-to-nowhere", with_other_files(dangling), Read()),
    Case("colour-screenshots-beside", study(also(tags(SeriesInstanceUID="1.2.9", SeriesNumber=99), colour)), Read()),
    Case(
        "reformatted-beside",
        study(another_series(2, "T2 sagittal MPR", tags(ImageType=["DERIVED", "SECONDARY", "MPR"]), displaced())),
        Read(notes="series 1"),
    ),
    Case(
        "subtracted-beside",
        study(
            another_series(
                2, "T2 sagittal SUB", tags(ImageType=["DERIVED", "PRIMARY", "SUBTRACTION"]), DARK, displaced()
            )
        ),
        Read(notes="series 1"),
    ),
    Case(
        "cervical-beside",
        study(
            tags(SeriesDescription="T2 sag L-spine"),
            another_series(2, "T2 sag C-spine", tags(BodyPartExamined="CSPINE"), displaced()),
        ),
        Read(notes="L-spine"),
    ),
    Case(
        "thoracic-with-more-slices-beside",
        study(
            tags(SeriesDescription="T2 sag LWS"),
            another_series(2, "T2 sag BWS", tags(BodyPartExamined="TSPINE"), displaced()),
            without(0),
        ),
        Read(notes="LWS"),
    ),
    Case(
        "times-against-words",
        study(tags(SeriesDescription="sag T2 T1 comp"), another_series(2, "sag T2", T1, FAT, displaced())),
        Read(notes="series 1"),
        source="aramis-lab/clinica#930",
    ),
    Case(
        "part1-is-no-t1",
        study(tags(SeriesDescription="SAG T2 part1"), another_series(2, "SAG STIR", STIR, displaced())),
        Read(notes="part1"),
    ),
    Case(
        "german",
        study(
            tags(SeriesDescription="t2_tse_sag LWS", ProtocolName="Lendenwirbelsäule"),
            another_series(2, "t1_tse_sag LWS", T1, displaced()),
        ),
        Read(notes="t2_tse"),
    ),
    Case(
        "french",
        study(
            tags(SeriesDescription="SAG T2 RACHIS LOMBAIRE"),
            another_series(2, "SAG T1 RACHIS LOMBAIRE", T1, displaced()),
        ),
        Read(notes="SAG T2"),
    ),
    Case(
        "spanish",
        study(
            tags(SeriesDescription="T2 SAGITAL COLUMNA LUMBAR"),
            another_series(2, "T1 SAGITAL COLUMNA LUMBAR", T1, displaced()),
        ),
        Read(notes="T2 SAG"),
    ),
    Case(
        "scouts-alone",
        study(tags(SeriesDescription="localizer", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), MIDDLE),
        Either(Read(found=0, within_mm=3.0), Refused("scout|localizer|slice")),
    ),
    Case("one-dicom-file-as-input", lambda folder: one_of(study()(folder)), Refused("folder|DICOM|kind of file|slice")),
    Case("folder-that-is-not-there", lambda folder: folder / "nowhere", Refused("no such|not there|exist")),
    Case(
        "unusable-series-is-named-truly",
        study(tags(Modality="MR", SeriesDescription="T2"), without(*range(2, 13))),
        Refused("2 slice"),
    ),
    Case(
        "two-patients-without-ids",
        study(tags(PatientID="", PatientName=""), also(of_patient("other"), tags(PatientID="", PatientName=""))),
        SEVERAL,
    ),
    Case(
        "same-patient-spelt-in-two-ways",
        study(
            tags(PatientName="Phantom^Lumbar"), each(lambda i, n: n > 6 and setattr(i, "PatientName", "PHANTOM^LUMBAR"))
        ),
        Read(),
    ),
    Case(
        "study-uid-differs-within-a-series",
        study(tags(StudyInstanceUID=lambda n: f"1.2.3.{n // 7}")),
        Either(Read(), SEVERAL),
    ),
    Case(
        "dicomdir-beside",
        with_other_files(lambda where: (where / "DICOMDIR").write_bytes(bytes(128) + b"DICM" + bytes(40))),
        Read(),
    ),
    Case(
        "station-above-told-by-its-description",
        study(
            window(40, 240),
            another_series(2, "T2 sagittal thoracic", window(0, 150)),
            tags(BodyPartExamined="SPINE"),
        ),
        Read(notes="series 1"),
    ),
    Case(
        "station-above-told-by-its-place",
        study(window(40, 240), another_series(2, "T2 sagittal", window(0, 150)), tags(BodyPartExamined="SPINE")),
        Read(notes="series 1"),
    ),
    Case("enhanced-file-as-input", lambda folder: one_of(study(one_file())(folder)), Read()),
    Case(
        "inverted-contrast-beside",
        study(
            another_series(
                2,
                "T2 sagittal phase",
                pixels(lambda v: 4095 - v),
                tags(ImageType=["ORIGINAL", "PRIMARY", "P", "ND"]),
                displaced(),
            )
        ),
        Read(notes="series 1"),
    ),
)
