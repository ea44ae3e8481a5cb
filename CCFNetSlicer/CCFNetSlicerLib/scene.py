"""Turns a volume and a result's table into MRML nodes, says where its points lie in the scene, and writes the scene.

Runs inside 3D Slicer and on the ``slicer-core`` package alike, in whatever scene it is given. The result speaks
LPS millimetres and the scene RAS millimetres; the change from one to the other is made here and nowhere else.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

if TYPE_CHECKING:
    from CCFNetCore.images.volume import Volume
    from CCFNetCore.result import Result, Structure

# As in CCFNetCore.wording, which is not imported at file scope so that the module appears without it.
NORMAL_COLOUR = (86 / 255, 180 / 255, 233 / 255)
ABNORMAL_COLOUR = (230 / 255, 159 / 255, 0.0)
COLOURS = {"normal": NORMAL_COLOUR, "abnormal": ABNORMAL_COLOUR, None: (0.85, 0.85, 0.85)}
"""By reading; None where there is none."""

UNCERTAIN_MARK = " ?"
"""Ends the label of a point whose level or reading the detector is not sure of."""

WINDOW_PERCENTILES = (2.0, 99.0)

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])


class _Column(NamedTuple):
    """A column of the segment table; numbers are rounded to what can be read and is meant."""

    name: str
    description: str
    decimals: int | None = None
    unit: str = ""

    @property
    def is_number(self) -> bool:
        return self.decimals is not None


_COLUMNS = (
    _Column("Level", "Name of the vertebra or disc."),
    _Column("Reading", "normal or abnormal; empty where there is none."),
    _Column("P(abnormal)", "Probability of being abnormal, 0 to 1; nan where there is no reading.", 2),
    _Column(
        "Confidence",
        "0 to 1: where there is a confidence of the name, the probability that the point lies within 6 mm of the "
        "structure of this name; else how clearly the place stands out.",
        2,
    ),
    _Column("Name confidence", "Probability that the name is right, 0 to 1; nan where it is not known.", 2),
    _Column(
        "State",
        "found (two confidences: both at least 0.9), uncertain (look at it yourself) or outside (not in the picture).",
    ),
    _Column("R [mm]", "Right of the origin; nan where there is no position.", 1, "mm"),
    _Column("A [mm]", "In front of the origin; nan where there is no position.", 1, "mm"),
    _Column("S [mm]", "Above the origin; nan where there is no position.", 1, "mm"),
    _Column("Kind", "vertebra or disc."),
    _Column("Placed by", "network, or hand where a reader placed or named it."),
    _Column(
        "Numbering confidence",
        "Probability that the names as a whole are right, 0 to 1, the same in every row; nan where it is not known.",
        2,
    ),
)


def add_volume(scene: slicer.vtkMRMLScene, volume: "Volume") -> slicer.vtkMRMLScalarVolumeNode:
    """Add the volume with its exact geometry and voxel type, shown in grey with a window that suits the spine.

    Parameters
    ----------
    scene : vtkMRMLScene
    volume : Volume
        Its array is copied.

    Returns
    -------
    vtkMRMLScalarVolumeNode
    """
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", volume.name)
    node.SetAndObserveImageData(_image_data(volume.array))
    node.SetSpacing(*volume.spacing_mm)
    node.SetOrigin(*LPS_TO_RAS @ volume.origin_lps_mm)
    node.SetIJKToRASDirections(*(LPS_TO_RAS @ volume.direction).ravel())
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(*_spine_window(volume))
    return node


def add_table(scene: slicer.vtkMRMLScene, result: "Result") -> slicer.vtkMRMLTableNode:
    """Add the table of all eleven structures, one a row, head to foot.

    Text that is missing is empty and a number that is missing is nan, in the scene and in its files: MRML's own
    stand-in for a missing number is 0, which would read as a place or as a sure "normal".

    Returns
    -------
    vtkMRMLTableNode
        Columns of text and of doubles; positions in RAS millimetres.
    """
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(f"{result.input.name} levels"))
    node.SetUseColumnTitleAsColumnHeader(True)
    # What is wrong is corrected through the points; a cell typed over would be lost at the next change.
    node.SetLocked(True)
    fill_table(node, result)
    node.AddDefaultStorageNode()
    return node


def fill_table(node: slicer.vtkMRMLTableNode, result: "Result") -> None:
    """Write the rows of a result into a table made by :func:`add_table`, with the columns of today."""
    table = node.GetTable()
    for column in _COLUMNS:
        # A scene that was saved by an earlier version lacks some.
        if table.GetColumnByName(column.name) is None:
            _add_column(node, column, len(result.structures))
    for row, structure in enumerate(result.structures):
        for column, value in zip(_COLUMNS, _row(structure, result), strict=True):
            if column.is_number:
                value = np.nan if value is None else round(float(value), column.decimals)
            table.GetColumnByName(column.name).SetValue(row, value)
    table.Modified()
    node.Modified()


def structure_positions_ras_mm(
    result: "Result", volume_node: slicer.vtkMRMLScalarVolumeNode | None = None
) -> dict[str, np.ndarray]:
    """Places of the structures that are in the picture, by name, head to foot; RAS millimetres.

    The volume's node gives a place to the structures of a single picture, which have no millimetres of their own.
    """
    places = {s.name: _position_ras_mm(s, volume_node) for s in result.structures if s.state != "outside"}
    return {name: place for name, place in places.items() if place is not None}


def nodes_of_class(scene: slicer.vtkMRMLScene, class_name: str) -> list[slicer.vtkMRMLNode]:
    """The nodes of a class and of those derived from it, oldest first; slicer.util asks the application's scene."""
    return [scene.GetNthNodeByClass(n, class_name) for n in range(scene.GetNumberOfNodesByClass(class_name))]


def save_scene(scene: slicer.vtkMRMLScene, file: Path) -> None:
    """Write the whole scene as a bundle (``.mrb``): volumes as NRRD, points as JSON, tables as TSV with a schema.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    file = Path(file).absolute()
    if not scene.WriteToMRB(os.fspath(file)):
        raise OSError(f"{file}: cannot be written.")


def _add_column(node: slicer.vtkMRMLTableNode, column: _Column, rows: int) -> None:
    array = vtk.vtkDoubleArray() if column.is_number else vtk.vtkStringArray()
    array.SetName(column.name)
    array.SetNumberOfValues(rows)
    node.AddColumn(array)
    node.SetColumnDescription(column.name, column.description)
    if column.is_number:
        node.SetColumnUnitLabel(column.name, column.unit)
        node.SetColumnNullValue(column.name, "nan")


def _image_data(array: np.ndarray) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(array.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(array.ravel(), deep=True))
    return image


def _spine_window(volume: "Volume") -> tuple[float, float]:
    """Darkest and brightest value to tell apart.

    From the middle third of the sagittal slices, for the spine lies there; by percentiles, for a few pixels of fat
    beside the receiving coil outshine all else and would leave the spine dark.
    """
    slices = np.moveaxis(volume.array, 2 - volume.left_right_axis, 0)
    third = len(slices) // 3
    low, high = np.percentile(slices[third : len(slices) - third], WINDOW_PERCENTILES)
    return float(low), float(max(high, low + 1e-6))


def _position_ras_mm(
    structure: "Structure", volume_node: slicer.vtkMRMLScalarVolumeNode | None = None
) -> np.ndarray | None:
    if structure.position_lps_mm is not None:
        return LPS_TO_RAS @ structure.position_lps_mm
    if structure.index_ijk is None or volume_node is None:
        return None
    ijk_to_ras = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(ijk_to_ras)
    return (slicer.util.arrayFromVTKMatrix(ijk_to_ras) @ (*structure.index_ijk, 1.0))[:3]


def _row(structure: "Structure", result: "Result") -> tuple[str | float | None, ...]:
    position = _position_ras_mm(structure)
    return (
        structure.name,
        structure.label or "",
        structure.abnormal_probability,
        structure.confidence,
        structure.name_confidence,
        structure.state,
        *((None,) * 3 if position is None else position),
        structure.kind,
        structure.placed_by,
        result.numbering_confidence,
    )
