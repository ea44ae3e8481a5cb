"""The points of a result: one point list a reading, so that Slicer draws each in its reading's colour in every view.

A point list has one colour for points beside the slice that is shown, whatever they are, and its colour of selected
points is the user's to use; so a reading can be neither.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import slicer

from .scene import COLOURS, UNCERTAIN_MARK, structure_positions_ras_mm

if TYPE_CHECKING:
    from CCFNetCore.result import Label, Result, Structure

    PointList = slicer.vtkMRMLMarkupsFiducialNode

GLYPH_SCALE = 2.5
"""Size of a point, per cent of the view."""

BESIDE_THE_SLICE_OPACITY = 0.75

_ROLES = {"normal": "CCFNet.Normal", "abnormal": "CCFNet.Abnormal", None: "CCFNet.NotRead"}
"""Under which the owner refers to the list of a reading."""

_NAMES = {"normal": "normal", "abnormal": "abnormal", None: "not read"}
_POINT_STORAGE = "vtkMRMLMarkupsJsonStorageNode"


class PointLists:
    """The point lists of a study; normal and abnormal are always there, that of points not read where it is needed.

    Parameters
    ----------
    owner : vtkMRMLNode
        Node of the study, in a scene; it refers to the lists, so that they are found again in a saved scene.
    """

    def __init__(self, owner: slicer.vtkMRMLNode) -> None:
        self.owner = owner

    def __iter__(self) -> "Iterator[PointList]":
        return (node for node in map(self.of, _ROLES) if node is not None)

    def of(self, reading: "Label | None") -> "PointList | None":
        """The list of a reading, or None if there is none."""
        return self.owner.GetNodeReference(_ROLES[reading])

    def find(self, name: str) -> "tuple[PointList, int] | None":
        """List and index of the point that stands for a structure, or None."""
        return next(((node, index) for node in self for index in _indices(node, name)), None)

    def places_ras_mm(self) -> list[tuple[str, np.ndarray]]:
        """Names without marks and places of all points, the user's own too, RAS millimetres."""
        return [
            (_name(node, index), np.array(node.GetNthControlPointPosition(index)))
            for node in self
            for index in range(node.GetNumberOfControlPoints())
        ]

    def fill(self, result: "Result", volume_node: slicer.vtkMRMLScalarVolumeNode | None = None) -> None:
        """Make the points those of a result, head to foot; displays, and points without a level's name, stay.

        Points that keep their reading are changed and not made anew, since the user may hold one with the mouse.

        Parameters
        ----------
        result : Result
        volume_node : vtkMRMLScalarVolumeNode, optional
            The volume of the result. It is noted as what the points belong to, and it gives a place to the points
            of a single picture, which have no millimetres of their own.
        """
        places = structure_positions_ras_mm(result, volume_node)
        names = {structure.name for structure in result.structures}
        for reading in _ROLES:
            structures = [s for s in result.structures if s.name in places and s.label == reading]
            node = self.of(reading)
            if node is None and (structures or reading is not None):
                node = self._make(reading, result.input.name)
            if node is not None:
                wanted = {structure.name for structure in structures}
                with slicer.util.NodeModify(node):
                    _remove(node, names - wanted, wanted)
                    _write(node, structures, places, volume_node)

    def _make(self, reading: "Label | None", name: str) -> "PointList":
        scene = self.owner.GetScene()
        _register_point_storage(scene)
        node = scene.AddNewNodeByClass(
            "vtkMRMLMarkupsFiducialNode", scene.GenerateUniqueName(f"{name} {_NAMES[reading]}")
        )
        node.CreateDefaultDisplayNodes()
        _style(node.GetDisplayNode(), COLOURS[reading])
        node.AddDefaultStorageNode()
        self.owner.SetNodeReferenceID(_ROLES[reading], node.GetID())
        return node


def _write(
    node: "PointList",
    structures: "list[Structure]",
    places: dict[str, np.ndarray],
    volume_node: slicer.vtkMRMLScalarVolumeNode | None,
) -> None:
    """Give the list a point for each structure, in this order."""
    from CCFNetCore.wording import describe, point_label

    next_index = 0
    for structure in structures:
        index = next(_indices(node, structure.name), None)
        if index is None:
            index = next_index
            node.InsertControlPoint(index, places[structure.name])
        node.SetNthControlPointPosition(index, *places[structure.name])
        node.SetNthControlPointLabel(index, point_label(structure))
        node.SetNthControlPointDescription(index, describe(structure))
        if volume_node is not None:
            node.SetNthControlPointAssociatedNodeID(index, volume_node.GetID())
        next_index = index + 1


def _remove(node: "PointList", unwanted: set[str], wanted: set[str]) -> None:
    """Remove the points of unwanted names, and those that bear a wanted one for the second time."""
    names = [_name(node, index) for index in range(node.GetNumberOfControlPoints())]
    for index in reversed(range(len(names))):
        if names[index] in unwanted or (names[index] in wanted and names[index] in names[:index]):
            node.RemoveNthControlPoint(index)


def _indices(node: "PointList", name: str) -> Iterator[int]:
    return (index for index in range(node.GetNumberOfControlPoints()) if _name(node, index) == name)


def _name(node: "PointList", index: int) -> str:
    return node.GetNthControlPointLabel(index).removesuffix(UNCERTAIN_MARK)


def _style(display: slicer.vtkMRMLMarkupsDisplayNode, colour: tuple[float, float, float]) -> None:
    display.SetColor(*colour)
    display.SetSelectedColor(*colour)
    display.SetGlyphScale(GLYPH_SCALE)
    # A spine is never in one plane: points beside the slice that is shown are seen through it.
    display.SliceProjectionOn()
    display.SliceProjectionUseFiducialColorOn()
    display.SetSliceProjectionOpacity(BESIDE_THE_SLICE_OPACITY)


def _register_point_storage(scene: slicer.vtkMRMLScene) -> None:
    # Only the application registers this class by itself; without it a bundle leaves the points out, unasked.
    if not scene.IsNodeClassRegistered(_POINT_STORAGE):
        scene.RegisterNodeClass(slicer.vtkMRMLMarkupsJsonStorageNode())
