#!/usr/bin/env bash
# pydicom decodes ISO 2022 IR 58 (GB 2312, simplified Chinese) but leaves the escape sequence in the name, so that a
# patient's name begins with four characters that are none. That of ISO 2022 IR 149 (Korean) it takes out.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pydicom==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import io
import warnings

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

warnings.simplefilter("ignore")


def name_of(character_set, name):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = MRImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.SpecificCharacterSet = ["", character_set]
    data.add_new("PatientName", "PN", name)
    stream = io.BytesIO()
    data.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return str(pydicom.dcmread(stream).PatientName)


chinese = name_of("ISO 2022 IR 58", b"Zhang^XiaoDong=\x1b$)A" + "张".encode("gb2312") + b"^")
korean = name_of("ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C" + "洪".encode("euc_kr") + b"^")
print("pydicom", pydicom.__version__)
print("ISO 2022 IR 58: ", ascii(chinese))
print("ISO 2022 IR 149:", ascii(korean))
assert "\x1b$)A张" in chinese, ascii(chinese)
assert "\x1b" not in korean, ascii(korean)
PYTHON
