"""What Slicer's DICOM database knows of a volume that was loaded from it: tags and files."""

import slicer
from slicer.i18n import tr as _

INSTANCES_ATTRIBUTE = "DICOM.instanceUIDs"
"""Slicer's own attribute of a volume's node: the SOP instance UIDs of its slices, with blanks between."""

PATIENT_ID = "0010,0020"


def tag_value(node: slicer.vtkMRMLScalarVolumeNode, tag: str) -> str:
    """A tag of the first file that a volume was loaded from, such as "0010,0020"; empty where it is not known."""
    database, instances = _database(), _instances(node)
    return database.instanceValue(instances[0], tag) or "" if database and instances else ""


def reason_without_files(node: slicer.vtkMRMLScalarVolumeNode) -> str:
    """Why the volume's DICOM files are not to be had, in a sentence; empty where they are."""
    name, database, instances = node.GetName(), _database(), _instances(node)
    if not instances:
        return _("{name}: was not loaded from DICOM.").format(name=name)
    # All of them are asked for when they are needed; there may be hundreds.
    if database is None or not database.fileForInstance(instances[0]):
        return _("{name}: its DICOM files are not in Slicer's DICOM database.").format(name=name)
    return ""


def files(node: slicer.vtkMRMLScalarVolumeNode) -> list[str]:
    """The files that a volume was loaded from; only where :func:`reason_without_files` has none."""
    database = _database()
    return [file for file in map(database.fileForInstance, _instances(node)) if file]


def _instances(node: slicer.vtkMRMLScalarVolumeNode) -> list[str]:
    return (node.GetAttribute(INSTANCES_ATTRIBUTE) or "").split()


def _database() -> object | None:
    """Slicer's open DICOM database; None where there is none, as when the module DICOM is switched off."""
    database = getattr(slicer, "dicomDatabase", None)
    return database if database is not None and database.isOpen else None
