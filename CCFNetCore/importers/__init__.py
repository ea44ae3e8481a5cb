"""Other people's data sets, written as folders of pictures with a ``landmarks.json``.

Each format is a module with one function, ``convert(source, output)``, which writes the pictures that ``source``
holds as volumes and gives the entries back.
"""

from importlib import import_module
from pathlib import Path

from .landmarks_file import Imported, write_landmarks

FORMATS = {
    "masks": "mid-sagittal slices with masks of vertebral bodies or discs, and their centroids",
    "spider": "SPIDER: volumes with masks and gradings",
    "spider-points": "slices of SPIDER with points at the discs' posterior margins",
    "sudirman": "mid-sagittal slices of one centre with named boxes around the discs",
    "tianchi": "2020 Tianchi spinal disease challenge: DICOM studies with its annotation files",
}
"""Names of the formats, and what they are."""


def import_dataset(form: str, source: Path, output: Path) -> Imported:
    """Write ``output/landmarks.json``, and ``output/images`` where the source holds volumes.

    Parameters
    ----------
    form : str
        One of :data:`FORMATS`.
    source, output : Path
        Folders; ``output`` is made if need be.

    Returns
    -------
    Imported
        What was written, and what was passed over and why.

    Raises
    ------
    InputError
        If the source is not of that format.
    """
    format_module = import_module(f".{form.replace('-', '_')}", __package__)
    imported = format_module.convert(source, output)
    write_landmarks(imported.entries, output)
    return imported
