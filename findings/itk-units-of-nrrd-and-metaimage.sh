#!/usr/bin/env bash
# SimpleITK (ITK 5.4) passes over the units of NRRD ("space units") and MetaImage ("DistanceUnits"): a volume whose
# header says centimetres is read as if they were millimetres, ten times too small. NIfTI's units are heeded.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet SimpleITK==2.5.7 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import SimpleITK

folder = Path(sys.argv[1])
voxels = np.zeros((4, 4, 4), dtype="<u1").tobytes()
(folder / "cm.nrrd").write_bytes(
    b"NRRD0004\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 4 4\nencoding: raw\n"
    b'space units: "cm" "cm" "cm"\nspace directions: (0.1,0,0) (0,0.1,0) (0,0,0.4)\nspace origin: (0,0,0)\n\n' + voxels
)
(folder / "cm.mha").write_bytes(
    b"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
    b"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nDistanceUnits = cm\nElementSpacing = 0.1 0.1 0.4\n"
    b"DimSize = 4 4 4\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n" + voxels
)
image = SimpleITK.GetImageFromArray(np.zeros((4, 4, 4), dtype=np.uint8))
image.SetSpacing((0.1, 0.1, 0.4))
SimpleITK.WriteImage(image, str(folder / "mm.nii"))
header = bytearray((folder / "mm.nii").read_bytes())
header[123] = header[123] & ~7 | 1  # xyzt_units: metres
(folder / "metres.nii").write_bytes(header)
print("SimpleITK", SimpleITK.Version.VersionString())
spacing = {name: SimpleITK.ReadImage(str(folder / name)).GetSpacing() for name in ("cm.nrrd", "cm.mha", "metres.nii")}
for name, millimetres in spacing.items():
    print(name, "is read with a spacing of", tuple(round(s, 4) for s in millimetres))
assert np.allclose(spacing["cm.nrrd"], (0.1, 0.1, 0.4))
assert np.allclose(spacing["cm.mha"], (0.1, 0.1, 0.4))
assert np.allclose(spacing["metres.nii"], (100, 100, 400))
PYTHON
