"""DICOM files as scanners and archives leave them: frames, not files, become stacks, and one of them a volume."""

from .frames import files_below, looks_like_dicom
from .reader import Contents, choose, find_series, read_dicom_files, reason, sort_into_series
from .series import Series

__all__ = [
    "Contents",
    "Series",
    "choose",
    "files_below",
    "find_series",
    "looks_like_dicom",
    "read_dicom_files",
    "reason",
    "sort_into_series",
]
