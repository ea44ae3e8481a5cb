"""Reads a volume from an image file: NIfTI, NRRD or MetaImage."""

from pathlib import Path

from ..errors import InputError
from .meta_image import read_meta_image
from .nifti import read_nifti
from .nrrd import read_nrrd
from .volume import Volume

_READERS = {
    ".nii.gz": read_nifti,
    ".nii": read_nifti,
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mha": read_meta_image,
    ".mhd": read_meta_image,
}
VOLUME_ENDINGS = tuple(_READERS)


def read_volume_file(path: Path, name: str) -> Volume:
    """The volume in an image file; what is odd about the file is among its warnings.

    Parameters
    ----------
    path : Path
        Its ending is one of :data:`VOLUME_ENDINGS`.
    name : str
        The volume's.

    Raises
    ------
    InputError
        If it is damaged or incomplete, or not one grey volume whose header says how it lies in the patient.
    """
    read = next(read for ending, read in _READERS.items() if path.name.lower().endswith(ending))
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty.")
    try:
        return read(path, name)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}: {error.filename}).") from error
