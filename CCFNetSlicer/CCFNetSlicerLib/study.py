"""One volume's result in the scene: the nodes that show it, what a reader corrected, and the way back."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import slicer

from . import corrections
from .scene import LPS_TO_RAS, UNCERTAIN_MARK, add_points, add_table, fill_points, fill_table
from .segments import add_segmentation, fill_segmentation
from .volume_node import volume_of

if TYPE_CHECKING:
    from CCFNetCore.result import Result

RESULT_ATTRIBUTE = "CCFNet.Result"
"""The points' node carries the whole result under this name, so that it is saved with the scene."""

_VOLUME, _TABLE, _SEGMENTATION = "CCFNet.Volume", "CCFNet.Table", "CCFNet.Segmentation"

MOVED_MM = 0.01
"""A point that lies farther from its row's place than this was moved."""


class StudyNodes(NamedTuple):
    """The nodes that show a result."""

    points: slicer.vtkMRMLMarkupsFiducialNode
    table: slicer.vtkMRMLTableNode
    segmentation: slicer.vtkMRMLSegmentationNode


class Study:
    """A volume's result and its nodes, kept alike; made by :func:`add_study` or :func:`find_study`.

    Parameters
    ----------
    volume_node : vtkMRMLScalarVolumeNode
    nodes : StudyNodes
    """

    def __init__(self, volume_node: slicer.vtkMRMLScalarVolumeNode, nodes: StudyNodes) -> None:
        self.volume_node, self.nodes = volume_node, nodes
        self.earlier: list[Result] = []

    @property
    def result(self) -> "Result":
        from CCFNetCore.result import Result

        return Result.from_dict(json.loads(self.nodes.points.GetAttribute(RESULT_ATTRIBUTE)))

    @property
    def can_undo(self) -> bool:
        return bool(self.earlier)

    def correct(self, result: "Result") -> None:
        """Show a corrected result; :meth:`undo` goes back to the one before."""
        self.earlier.append(self.result)
        self.amend(result)

    def amend(self, result: "Result") -> None:
        """Show a result as a part of the last correction."""
        _remember(self.nodes, result)
        fill_points(self.nodes.points, result, self.volume_node)
        fill_table(self.nodes.table, result)
        fill_segmentation(self.nodes.segmentation, result, self.volume_node)

    def undo(self) -> None:
        """Show the result before the last correction."""
        self.amend(self.earlier.pop())

    def follow_points(self) -> list[str]:
        """Take over what was done to the points in the scene: moved, added under a level's name, or removed.

        Returns
        -------
        list of str
            Structures that lie at a new place and are still to be read there.
        """
        result, places = self.result, self._places_of_points()
        before = corrections.positions(result)
        moved = {name: place for name, place in places.items() if _is_moved(place, before.get(name))}
        gone = [name for name in before if name not in places]
        if not moved and not gone:
            return []
        old = {structure.name: structure for structure in result.structures}
        volume = volume_of(self.volume_node)
        structures = [
            replace(
                old[name],
                state="found",
                position_lps_mm=tuple(map(float, place)),
                index_ijk=tuple(map(float, volume.lps_mm_to_index(place))),
                placed_by="hand",
            )
            for name, place in moved.items()
        ]
        self.correct(corrections.removed(corrections.placed(result, structures), gone))
        return list(moved)

    def _places_of_points(self) -> dict[str, np.ndarray]:
        """LPS millimetres of the points that bear a level's name."""
        from CCFNetCore.anatomy import NAMES

        points = self.nodes.points
        labels = [points.GetNthControlPointLabel(n) for n in range(points.GetNumberOfControlPoints())]
        places = slicer.util.arrayFromMarkupsControlPoints(points) @ LPS_TO_RAS
        named = {label.removesuffix(UNCERTAIN_MARK): place for label, place in zip(labels, places, strict=True)}
        return {name: named[name] for name in NAMES if name in named}


def add_study(volume_node: slicer.vtkMRMLScalarVolumeNode, result: "Result") -> Study:
    """Make nodes for a result, beside its volume in the subject hierarchy and under the same transform."""
    scene = volume_node.GetScene()
    nodes = StudyNodes(
        add_points(scene, result, volume_node),
        add_table(scene, result),
        add_segmentation(scene, result, volume_node),
    )
    for node in nodes:
        _put_beside(volume_node, node)
    for node in (nodes.points, nodes.segmentation):
        node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    for role, node in ((_VOLUME, volume_node), (_TABLE, nodes.table), (_SEGMENTATION, nodes.segmentation)):
        nodes.points.SetNodeReferenceID(role, node.GetID())
    _remember(nodes, result)
    return Study(volume_node, nodes)


def find_study(volume_node: slicer.vtkMRMLScalarVolumeNode) -> Study | None:
    """The study of a volume that was added last and still has all its nodes, or None."""
    scene = volume_node.GetScene()
    point_lists = "vtkMRMLMarkupsFiducialNode"
    for number in reversed(range(scene.GetNumberOfNodesByClass(point_lists))):
        points = scene.GetNthNodeByClass(number, point_lists)
        nodes = StudyNodes(points, points.GetNodeReference(_TABLE), points.GetNodeReference(_SEGMENTATION))
        if points.GetNodeReference(_VOLUME) == volume_node and all(nodes) and points.GetAttribute(RESULT_ATTRIBUTE):
            return Study(volume_node, nodes)
    return None


def _remember(nodes: StudyNodes, result: "Result") -> None:
    nodes.points.SetAttribute(RESULT_ATTRIBUTE, json.dumps(result.to_dict()))


def _is_moved(place: np.ndarray, before: tuple[float, float, float] | None) -> bool:
    return before is None or float(np.linalg.norm(place - before)) > MOVED_MM


def _put_beside(volume_node: slicer.vtkMRMLScalarVolumeNode, node: slicer.vtkMRMLNode) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(volume_node.GetScene())
    if hierarchy is None:
        return
    parent = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volume_node))
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), parent)
