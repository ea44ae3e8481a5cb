"""SPIDER's volumes and masks: the slice through the middle of the spine, with the centres of the masks in it.

Data set: van der Graaf et al. 2024, doi 10.1038/s41597-024-03090-w, CC BY 4.0; cite it where you use it. Its masks
number vertebrae (1 = L5) and discs (201 = L5-S1) upwards from the sacrum, so that in a patient with four or six
lumbar vertebrae they count from below. Vertebrae that the picture cuts off (101-125) and the canal (100) are left out.
"""

from pathlib import Path

import numpy as np

from .. import anatomy
from ..errors import InputError
from ..images.source import input_name, read_volume
from ..images.volume import Volume
from ..slab import cut_slabs
from .landmarks_file import Imported, convert_each, make_entry, make_structure, write_picture
from .spider_tables import Grades, read_grades

LOWEST_LABEL = {"vertebra": 1, "disc": 201}
LABELS = {
    anatomy.NAMES[index]: lowest + steps
    for kind, lowest in LOWEST_LABEL.items()
    for steps, index in enumerate(reversed(anatomy.indices_of(kind)))
}
"""Number of each structure in the masks."""


def convert(source: Path, output: Path) -> Imported:
    """Pictures and entries from the folders ``images`` and ``masks`` and the file ``radiological_gradings.csv``.

    Raises
    ------
    InputError
        If there are no images or no gradings.
    """
    grades = read_grades(source / "radiological_gradings.csv")
    files = sorted((source / "images").glob("*.mha"))
    if not files:
        raise InputError(f"{source}: its folder images holds no MHA files.")
    named = ((file.name, (file, source / "masks" / file.name)) for file in files)
    return convert_each(named, lambda pair: _convert_volume(*pair, grades, output))


def _convert_volume(image_file: Path, mask_file: Path, grades: Grades, output: Path) -> dict:
    volume = read_volume(image_file)
    centres = centres_lps_mm(read_volume(mask_file))
    pixel_mm = float(min(np.delete(volume.spacing_mm, volume.left_right_axis)))
    slab = cut_slabs(volume, pixel_mm)[0]
    places = slab.from_lps_mm(np.array(list(centres.values())))
    plane = round(float(np.median(places[:, 0])))
    if not 0 <= plane < len(slab.pictures):
        raise InputError("its spine lies too far beside the middle of the volume.")
    pixels = slab.pictures[plane, 1]
    patient, _, contrast = volume.name.partition("_")
    structures = [
        make_structure(name, place, grades.get((patient, name)))
        for name, place in zip(centres, places[:, 1:], strict=True)
    ]
    image = write_picture(pixels, input_name(image_file), output)
    return make_entry(patient, image, pixels.shape, structures, spacing_mm=pixel_mm, contrast=contrast)


def centres_lps_mm(mask: Volume) -> dict[str, np.ndarray]:
    """Centres of the structures in the mask's sagittal slice through the middle of them, head to foot.

    Of a vertebra only the body counts, the largest piece in that slice: the masks hold the arch as well.

    Raises
    ------
    InputError
        If the mask holds none of the structures.
    """
    across = 2 - mask.left_right_axis
    held = np.nonzero(np.isin(mask.array, list(LABELS.values())))[across]
    if not held.size:
        raise InputError("its mask holds none of the eleven structures.")
    middle = int(np.median(held))
    section = mask.array.take([middle], axis=across)
    centres = {}
    for name in anatomy.NAMES:
        piece = np.argwhere(_largest_piece(section == LABELS[name]))
        if piece.size:
            index = piece.mean(axis=0)
            index[across] = middle
            centres[name] = mask.index_to_lps_mm(index[::-1])
    return centres


def _largest_piece(where: np.ndarray) -> np.ndarray:
    """The largest connected part of what is True."""
    import SimpleITK

    pieces = SimpleITK.ConnectedComponent(SimpleITK.GetImageFromArray(where.astype(np.uint8)))
    return SimpleITK.GetArrayFromImage(SimpleITK.RelabelComponent(pieces, sortByObjectSize=True)) == 1
