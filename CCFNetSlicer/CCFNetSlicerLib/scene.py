"""Turns a result into MRML nodes: a volume, a point list and a table, and writes them to files for 3D Slicer.

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
UNCERTAIN_MARK = " ?"
"""Ends the label of a point whose level or reading the detector is not sure of."""

POINT_SIZE_MM = 5.0
TEXT_SCALE = 4.0
PROJECTED_OPACITY = 0.75
WINDOW_PERCENTILES = (2.0, 99.0)

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
_POINT_STORAGE = "vtkMRMLMarkupsJsonStorageNode"


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
    _Column("Probability", "Of being abnormal, 0 to 1; nan where there is no reading.", 2),
    _Column("Confidence", "0 to 1: how sure the place is; not a calibrated probability.", 2),
    _Column("State", "found, uncertain (look at it yourself) or outside (not in the picture)."),
    _Column("R [mm]", "Right of the origin; nan where there is no position.", 1, "mm"),
    _Column("A [mm]", "In front of the origin; nan where there is no position.", 1, "mm"),
    _Column("S [mm]", "Above the origin; nan where there is no position.", 1, "mm"),
    _Column("Kind", "vertebra or disc."),
    _Column("Placed by", "network, or hand where a reader placed or named it."),
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


def add_points(
    scene: slicer.vtkMRMLScene, result: "Result", volume_node: slicer.vtkMRMLScalarVolumeNode | None = None
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """Add one labelled point per structure that is in the picture, coloured by its reading.

    MRML gives a point list two colours, of selected and of unselected points: abnormal points are selected.
    There is no third, so a point that is uncertain, or has no reading, is marked in its label.

    Parameters
    ----------
    scene : vtkMRMLScene
    result : Result
    volume_node : vtkMRMLScalarVolumeNode, optional
        The volume of the result. It is noted as what the points belong to, and it gives a place to the points
        of a single picture, which have no millimetres of their own.

    Returns
    -------
    vtkMRMLMarkupsFiducialNode
        Positions in RAS millimetres, head to foot; each description says the reading in words.
    """
    _register_point_storage(scene)
    node = scene.AddNewNodeByClass(
        "vtkMRMLMarkupsFiducialNode", scene.GenerateUniqueName(f"{result.input.name} points")
    )
    node.CreateDefaultDisplayNodes()
    _style_points(node.GetDisplayNode())
    fill_points(node, result, volume_node)
    node.AddDefaultStorageNode()
    return node


def fill_points(
    node: slicer.vtkMRMLMarkupsFiducialNode,
    result: "Result",
    volume_node: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> None:
    """Make the node's points those of a result; its display, and points without a level's name, stay as they are.

    Points that are there are changed and not made anew, since the user may hold one with the mouse.
    """
    from CCFNetCore.wording import describe, point_label

    places = structure_positions_ras_mm(result, volume_node)
    with slicer.util.NodeModify(node):
        for structure in result.structures:
            index = find_point(node, structure.name)
            if structure.name not in places:
                if index is not None:
                    node.RemoveNthControlPoint(index)
                continue
            if index is None:
                index = node.AddControlPoint(*places[structure.name])
            node.SetNthControlPointPosition(index, *places[structure.name])
            node.SetNthControlPointLabel(index, point_label(structure))
            node.SetNthControlPointSelected(index, structure.label == "abnormal")
            node.SetNthControlPointDescription(index, describe(structure))
            if volume_node is not None:
                node.SetNthControlPointAssociatedNodeID(index, volume_node.GetID())


def find_point(node: slicer.vtkMRMLMarkupsFiducialNode, name: str) -> int | None:
    """Index of the point that stands for a structure, or None."""
    for index in range(node.GetNumberOfControlPoints()):
        if node.GetNthControlPointLabel(index).removesuffix(UNCERTAIN_MARK) == name:
            return index
    return None


def add_table(scene: slicer.vtkMRMLScene, result: "Result") -> slicer.vtkMRMLTableNode:
    """Add the table of all eleven structures, one a row, head to foot.

    Text that is missing is empty and a number that is missing is nan, in the scene and in its files: MRML's own
    stand-in for a missing number is 0, which would read as a place or as a sure "normal".

    Returns
    -------
    vtkMRMLTableNode
        Columns of text and of doubles; positions in RAS millimetres.
    """
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(f"{result.input.name} table"))
    for column in _COLUMNS:
        array = vtk.vtkDoubleArray() if column.is_number else vtk.vtkStringArray()
        array.SetName(column.name)
        array.SetNumberOfValues(len(result.structures))
        node.AddColumn(array)
        node.SetColumnDescription(column.name, column.description)
        if column.is_number:
            node.SetColumnUnitLabel(column.name, column.unit)
            node.SetColumnNullValue(column.name, "nan")
    node.SetUseColumnTitleAsColumnHeader(True)
    # What is wrong is corrected through the points; a cell typed over would be lost at the next change.
    node.SetLocked(True)
    fill_table(node, result)
    node.AddDefaultStorageNode()
    return node


def fill_table(node: slicer.vtkMRMLTableNode, result: "Result") -> None:
    """Write the rows of a result into a table made by :func:`add_table`."""
    table = node.GetTable()
    for row, structure in enumerate(result.structures):
        for column, value in zip(_COLUMNS, _row(structure), strict=True):
            if column.is_number:
                value = round(float(value), column.decimals)
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


def save_points(points_node: slicer.vtkMRMLMarkupsFiducialNode, file: Path) -> None:
    """Write a point list as Slicer's markups JSON (``.mrk.json``).

    Raises
    ------
    OSError
        If it cannot be written.
    """
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    storage.SetFileName(os.fspath(file))
    if not storage.WriteData(points_node):
        raise OSError(f"{file}: cannot be written.")


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


def _register_point_storage(scene: slicer.vtkMRMLScene) -> None:
    # Only the application registers this class by itself; without it a bundle leaves the points out, unasked.
    if not scene.IsNodeClassRegistered(_POINT_STORAGE):
        scene.RegisterNodeClass(slicer.vtkMRMLMarkupsJsonStorageNode())


def _style_points(display: slicer.vtkMRMLMarkupsDisplayNode) -> None:
    display.SetColor(*NORMAL_COLOUR)
    display.SetSelectedColor(*ABNORMAL_COLOUR)
    # In millimetres rather than in parts of the screen: the same on every screen, and off screen.
    display.UseGlyphScaleOff()
    display.SetGlyphSize(POINT_SIZE_MM)
    display.SetTextScale(TEXT_SCALE)
    # A spine is never in one plane: points beside the slice that is shown are seen through it.
    display.SliceProjectionOn()
    display.SliceProjectionUseFiducialColorOn()
    display.SetSliceProjectionOpacity(PROJECTED_OPACITY)


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


def _row(structure: "Structure") -> tuple[str | float, ...]:
    position = _position_ras_mm(structure)
    return (
        structure.name,
        structure.label or "",
        np.nan if structure.abnormal_probability is None else structure.abnormal_probability,
        structure.confidence,
        structure.state,
        *(np.full(3, np.nan) if position is None else position),
        structure.kind,
        structure.placed_by,
    )
