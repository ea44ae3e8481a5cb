"""One volume's result in the scene: the nodes that show it, what a reader corrected, and the way back."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import slicer

from . import corrections
from .point_lists import PointLists
from .scene import LPS_TO_RAS, add_table, fill_table, nodes_of_class
from .segments import add_segmentation, fill_segmentation
from .views import fit_names, show_points

if TYPE_CHECKING:
    from CCFNetCore.result import Result

RESULT_ATTRIBUTE = "CCFNet.Result"
"""The table carries the whole result under this name, so that it is saved with the scene."""

_VOLUME, _SEGMENTATION = "CCFNet.Volume", "CCFNet.Segmentation"

MOVED_MM = 0.01
"""A point that lies farther from its row's place than this was moved."""


class StudyNodes(NamedTuple):
    """The nodes that show a result: a point list a reading, the table of levels, and the markers as segments."""

    normal: slicer.vtkMRMLMarkupsFiducialNode
    abnormal: slicer.vtkMRMLMarkupsFiducialNode
    not_read: slicer.vtkMRMLMarkupsFiducialNode | None
    table: slicer.vtkMRMLTableNode
    segmentation: slicer.vtkMRMLSegmentationNode


class Study:
    """A volume's result and its nodes, kept alike; made by :func:`add_study` or :func:`find_study`.

    Parameters
    ----------
    volume_node : vtkMRMLScalarVolumeNode
    table : vtkMRMLTableNode
        Bears the result and refers to all that shows it.
    """

    def __init__(self, volume_node: slicer.vtkMRMLScalarVolumeNode, table: slicer.vtkMRMLTableNode) -> None:
        self.volume_node, self.table = volume_node, table
        self.point_lists = PointLists(table)
        self.earlier: list[Result] = []

    @property
    def nodes(self) -> StudyNodes:
        lists = (self.point_lists.of(reading) for reading in ("normal", "abnormal", None))
        return StudyNodes(*lists, self.table, self.table.GetNodeReference(_SEGMENTATION))

    @property
    def result(self) -> "Result":
        from CCFNetCore.result import Result

        return Result.from_dict(json.loads(self.table.GetAttribute(RESULT_ATTRIBUTE)))

    @property
    def is_whole(self) -> bool:
        """Whether the volume and all nodes are there; the user may have removed one."""
        nodes = self.nodes
        return all((self.volume_node, nodes.normal, nodes.abnormal, nodes.segmentation))

    @property
    def can_undo(self) -> bool:
        return bool(self.earlier)

    def correct(self, result: "Result") -> None:
        """Show a corrected result; :meth:`undo` goes back to the one before."""
        self.earlier.append(self.result)
        self.amend(result)

    def amend(self, result: "Result") -> None:
        """Show a result as a part of the last correction."""
        self.remember(result)
        fill_segmentation(self.nodes.segmentation, result, self.volume_node)
        # Last, for whoever follows the study looks at its table.
        fill_table(self.table, result)

    def remember(self, result: "Result") -> None:
        """Let the table bear a result, and the points be those of it."""
        self.table.SetAttribute(RESULT_ATTRIBUTE, json.dumps(result.to_dict()))
        self._fill_points(result)

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
        # It speaks the user's language, which only the application knows; all else here does without it.
        from .volume_node import volume_of

        result = self.result
        before = corrections.positions(result)
        places = self._places_of_points(before)
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
                name_confidence=None,
            )
            for name, place in moved.items()
        ]
        self.correct(corrections.removed(corrections.placed(result, structures), gone))
        return list(moved)

    def _places_of_points(self, before: dict[str, corrections.Position]) -> dict[str, np.ndarray]:
        """LPS millimetres of the points that bear a level's name; where two bear the same, of the one that is new."""
        from CCFNetCore.anatomy import NAMES

        named: dict[str, np.ndarray] = {}
        for name, place_ras_mm in self.point_lists.places_ras_mm():
            place = LPS_TO_RAS @ place_ras_mm
            if name in NAMES and (name not in named or _is_moved(place, before.get(name))):
                named[name] = place
        return {name: named[name] for name in NAMES if name in named}

    def _fill_points(self, result: "Result") -> None:
        known = set(self.point_lists)
        self.point_lists.fill(result, self.volume_node)
        new = [node for node in self.point_lists if node not in known]
        for node in new:
            node.SetAndObserveTransformNodeID(self.volume_node.GetTransformNodeID())
            _put_beside(self.table, node)
        if new:
            show_points(self.point_lists)
            fit_names(self.point_lists)


def add_study(volume_node: slicer.vtkMRMLScalarVolumeNode, result: "Result") -> Study:
    """Make nodes for a result: in a folder beside its volume, under the same transform, its markers hidden."""
    scene = volume_node.GetScene()
    table, segmentation = add_table(scene, result), add_segmentation(scene, result, volume_node)
    segmentation.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    segmentation.SetDisplayVisibility(False)
    _put_into_folder(f"{result.input.name} CCF-Net", volume_node, table)
    _put_beside(table, segmentation)
    for role, node in ((_VOLUME, volume_node), (_SEGMENTATION, segmentation)):
        table.SetNodeReferenceID(role, node.GetID())
    study = Study(volume_node, table)
    study.remember(result)
    return study


def find_study(volume_node: slicer.vtkMRMLScalarVolumeNode) -> Study | None:
    """The study of a volume that was added last and still has all its nodes, or None."""
    return next((s for s in reversed(studies(volume_node.GetScene())) if s.volume_node == volume_node), None)


def studies(scene: slicer.vtkMRMLScene) -> list[Study]:
    """All studies of a scene that still have all their nodes, oldest first."""
    tables = nodes_of_class(scene, "vtkMRMLTableNode")
    found = [Study(table.GetNodeReference(_VOLUME), table) for table in tables if table.GetAttribute(RESULT_ATTRIBUTE)]
    return [study for study in found if study.is_whole]


def show_only(study: Study) -> None:
    """Show the points of a study and hide what belongs to other volumes."""
    for other in studies(study.volume_node.GetScene()):
        is_shown = other.table == study.table
        for node in other.point_lists:
            node.SetDisplayVisibility(is_shown)
        if not is_shown:
            other.nodes.segmentation.SetDisplayVisibility(False)


def _is_moved(place: np.ndarray, before: tuple[float, float, float] | None) -> bool:
    return before is None or float(np.linalg.norm(place - before)) > MOVED_MM


def _put_into_folder(name: str, volume_node: slicer.vtkMRMLScalarVolumeNode, node: slicer.vtkMRMLNode) -> None:
    """Put a node into a new folder beside the volume."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(volume_node.GetScene())
    item = hierarchy.GetItemByDataNode(volume_node) if hierarchy else 0
    # Outside the application nobody gives nodes their items.
    if item:
        folder = hierarchy.CreateFolderItem(hierarchy.GetItemParent(item), name)
        hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), folder)


def _put_beside(sibling: slicer.vtkMRMLNode, node: slicer.vtkMRMLNode) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(node.GetScene())
    item = hierarchy.GetItemByDataNode(sibling) if hierarchy else 0
    if item:
        hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), hierarchy.GetItemParent(item))
