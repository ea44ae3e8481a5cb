"""Where scripts find the reader of image files, DICOM folders and pictures."""

from .images.source import input_name, read_volume

__all__ = ["input_name", "read_volume"]
