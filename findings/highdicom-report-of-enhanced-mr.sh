#!/usr/bin/env bash
# highdicom's MeasurementReport cannot refer to Enhanced MR images: its image library asks each referenced image for
# PixelSpacing, which Enhanced images keep in a functional group, and raises AttributeError. A classic MR image without
# SliceThickness, which DICOM lets be empty (type 2), fails in the same place.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet highdicom==0.28.2 pydicom==3.0.2 numpy
"$folder/venv/bin/python" - <<'PYTHON'
import highdicom
import pydicom
from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage, generate_uid


def image(sop_class):
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = sop_class, generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = (generate_uid() for _ in range(3))
    data.Modality, data.Rows, data.Columns = "MR", 8, 8
    data.StudyDate, data.StudyTime, data.PatientName, data.PatientID = "20220101", "120000", "", ""
    data.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    return data


def report(of):
    device = sr.DeviceObserverIdentifyingAttributes(uid=generate_uid())
    observer = sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    tracking = sr.TrackingIdentifier(uid=generate_uid(), identifier="spine")
    try:
        sr.MeasurementReport(
            observation_context=sr.ObservationContext(observer_device_context=observer),
            procedure_reported=codes.LN.MRIUnspecifiedBodyRegion,
            imaging_measurements=[sr.MeasurementsAndQualitativeEvaluations(tracking)],
            referenced_images=[of],
        )
    except AttributeError as error:
        return str(error)
    return "made"


print("highdicom", highdicom.__version__, "pydicom", pydicom.__version__)
classic = image(MRImageStorage)
classic.ImagePositionPatient, classic.ImageOrientationPatient = [0, 0, 0], [0, 1, 0, 0, 0, -1]
classic.PixelSpacing, classic.SliceThickness, classic.SpacingBetweenSlices = [0.5, 0.5], 4, 4
enhanced = image(EnhancedMRImageStorage)
measures = Dataset()
measures.PixelSpacing, measures.SliceThickness = [0.5, 0.5], 4
group = Dataset()
group.PixelMeasuresSequence = Sequence([measures])
enhanced.SharedFunctionalGroupsSequence = Sequence([group])
outcomes = {"classic": report(classic), "Enhanced": report(enhanced)}
del classic.SliceThickness
outcomes["classic without SliceThickness"] = report(classic)
for what, outcome in outcomes.items():
    print(f"{what}: {outcome}")
assert outcomes["classic"] == "made"
assert "PixelSpacing" in outcomes["Enhanced"]
assert "SliceThickness" in outcomes["classic without SliceThickness"]
PYTHON
