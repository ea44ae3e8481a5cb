# Names are those of CTK.
# ruff: noqa: N802, N803, N815
"""``slicer.dicomDatabase``: the few methods of ctkDICOMDatabase that a module needs, over files where they lie.

It holds what it was told to :meth:`DicomDatabase.insert`, in memory; a stored file is copied, as in CTK.
"""

import shutil
import tempfile
from pathlib import Path

import pydicom


class DicomDatabase:
    """Stands for ctkDICOMDatabase; what is not known is empty text, as there."""

    isOpen = True

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="host-dicom-", ignore_cleanup_errors=True)
        self._files: dict[str, str] = {}

    def insert(self, filePath: str, storeFile: bool = True) -> None:
        if not isinstance(filePath, str):
            raise ValueError(f"insert takes a string for a path under PythonQt, not {filePath!r}")
        instance = str(pydicom.dcmread(filePath, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
        stored = Path(self._folder.name) / f"{instance}.dcm"
        self._files[instance] = str(shutil.copy(filePath, stored)) if storeFile else filePath

    def fileForInstance(self, sopInstanceUID: str) -> str:
        return self._files.get(sopInstanceUID, "")

    def instancesForSeries(self, seriesUID: str) -> tuple[str, ...]:
        return tuple(uid for uid, file in self._files.items() if self.fileValue(file, "0020,000e") == seriesUID)

    def fileValue(self, fileName: str, tag: str) -> str:
        group, element = (int(part, 16) for part in tag.split(","))
        return str(pydicom.dcmread(fileName, stop_before_pixels=True).get((group, element), _NOTHING).value or "")

    def instanceValue(self, sopInstanceUID: str, tag: str) -> str:
        file = self.fileForInstance(sopInstanceUID)
        return self.fileValue(file, tag) if file else ""

    def clear(self) -> None:
        self._files.clear()


_NOTHING = pydicom.DataElement((0, 0), "UN", None)
