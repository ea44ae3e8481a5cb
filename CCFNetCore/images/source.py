"""Reads what a user points at: an image file, a DICOM folder or a single picture."""

from pathlib import Path

import numpy as np

from ..errors import InputError
from .contrast import weighting
from .picture import read_picture, volume_from_picture
from .volume import Volume

VOLUME_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
PICTURE_ENDINGS = (".png",)


def input_name(path: Path) -> str:
    """The file's name without its image ending, or the folder's name."""
    name = Path(path).resolve().name
    for ending in (*VOLUME_ENDINGS, *PICTURE_ENDINGS):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def read_volume(path: Path, series: str | None = None) -> Volume:
    """Read an image file, a DICOM folder or a single picture; a file's name may tell its weighting.

    Parameters
    ----------
    path : Path
        NIfTI, NRRD, MHA or MetaImage file, PNG file, DICOM file, or folder with DICOM files in it or below.
    series : str, optional
        For a DICOM folder: series number, or the series instance UID, of the series to read.

    Raises
    ------
    InputError
        If there is nothing there that can be read as a volume.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder.")
    from .dicom import files_below, looks_like_dicom, read_dicom_files

    if path.is_dir() or looks_like_dicom(path):
        files = files_below(path) if path.is_dir() else [path]
        return read_dicom_files(files, path, input_name(path), series)
    if series is not None:
        raise InputError(f"{path}: a series can only be chosen in a DICOM folder.")
    name = path.name.lower()
    if name.endswith(PICTURE_ENDINGS):
        return volume_from_picture(read_picture(path).astype(np.float32), input_name(path))
    if name.endswith(VOLUME_ENDINGS):
        return _read_image(path)
    endings = ", ".join((*VOLUME_ENDINGS, *PICTURE_ENDINGS))
    raise InputError(f"{path}: not a kind of file that can be read ({endings}, or a DICOM folder).")


def _read_image(path: Path) -> Volume:
    import SimpleITK

    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f"{path}: cannot be read as an image; it may be damaged or incomplete.") from error
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(f"{path}: is a colour image, but a grey one is needed.")
    name = input_name(path)
    return volume_from_sitk(image, name, weighting=weighting(name))


def volume_from_sitk(image: "SimpleITK.Image", name: str, **more: object) -> Volume:  # noqa: F821
    """A volume from a SimpleITK image; ``more`` goes to :class:`~CCFNetCore.images.volume.Volume`."""
    import SimpleITK

    while image.GetDimension() > 3 and image.GetSize()[-1] == 1:
        image = image[..., 0]
    if image.GetDimension() != 3:
        raise InputError(f"{name}: has {image.GetDimension()} dimensions, but a volume has 3.")
    return Volume(
        name=name,
        array=SimpleITK.GetArrayFromImage(image),
        spacing_mm=image.GetSpacing(),
        origin_lps_mm=image.GetOrigin(),
        direction=np.reshape(image.GetDirection(), (3, 3)),
        **more,
    )
