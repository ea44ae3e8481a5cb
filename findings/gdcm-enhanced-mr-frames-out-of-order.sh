#!/usr/bin/env bash
# SimpleITK (GDCM) reads an Enhanced MR image whose frames are stored in another order than in space with a spacing of
# 1 x 1 x 1 mm, and says nothing: GDCM gives up on places that do not follow one another, and on the pixel size too.
# The same frames in the order of their places give the true 0.5 x 0.5 x 4 mm.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet SimpleITK==2.5.7 pydicom==3.0.2 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, generate_uid


def item(**values):
    data = Dataset()
    for keyword, value in values.items():
        setattr(data, keyword, value)
    return Sequence([data])


def enhanced(places, file):
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.Modality, image.Rows, image.Columns, image.NumberOfFrames = "MR", 8, 8, len(places)
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.SharedFunctionalGroupsSequence = item(
        PixelMeasuresSequence=item(PixelSpacing=[0.5, 0.5], SliceThickness=4, SpacingBetweenSlices=4),
        PlaneOrientationSequence=item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1]),
    )
    image.PerFrameFunctionalGroupsSequence = Sequence(
        item(PlanePositionSequence=item(ImagePositionPatient=[x, -100, 100]))[0] for x in places
    )
    image.PixelData = np.arange(64 * len(places), dtype="<u2").tobytes()
    image.save_as(file, enforce_file_format=True)
    read = SimpleITK.ReadImage(str(file))
    return tuple(round(s, 6) for s in read.GetSpacing())


folder = Path(sys.argv[1])
print("SimpleITK", SimpleITK.Version.VersionString(), "pydicom", pydicom.__version__)
in_order = enhanced([8, 4, 0, -4, -8], folder / "in-order.dcm")
interleaved = enhanced([8, 0, -8, 4, -4], folder / "interleaved.dcm")
print("frames in the order of their places: spacing", in_order)
print("frames interleaved:                  spacing", interleaved)
assert in_order == (0.5, 0.5, 4.0), in_order
assert interleaved == (1.0, 1.0, 1.0), interleaved
PYTHON
