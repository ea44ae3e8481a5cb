"""The structures as segments: a marker of stated size at each place, and no contour of the structure."""

from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk

from .scene import COLOURS, structure_positions_ras_mm

if TYPE_CHECKING:
    from CCFNetCore.result import Result, Structure

VERTEBRA_BALL_MM = 14.0
"""Diameter of the ball that marks a vertebra."""

DISC_PLATE_MM = (24.0, 5.0)
"""Diameter and thickness of the round plate that marks a disc, square to the spine."""

FILL_OPACITY = 0.15

# Slicer's own list of anatomy names the category; the vertebrae and discs come with their codes, which it lacks.
_CONTEXT = "Segmentation category and type - 3D Slicer General Anatomy list"
_CATEGORY = "SCT^123037004^Anatomical Structure"


def add_segmentation(
    scene: slicer.vtkMRMLScene, result: "Result", volume_node: slicer.vtkMRMLScalarVolumeNode | None = None
) -> slicer.vtkMRMLSegmentationNode:
    """Add the markers of a result as segments, drawn as outlines that leave the picture to be seen."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(f"{result.input.name} markers"))
    node.SetSourceRepresentationToClosedSurface()
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetOpacity2DFill(FILL_OPACITY)
    fill_segmentation(node, result, volume_node)
    node.AddDefaultStorageNode()
    return node


def fill_segmentation(
    node: slicer.vtkMRMLSegmentationNode, result: "Result", volume_node: slicer.vtkMRMLScalarVolumeNode | None = None
) -> None:
    """Give the node one segment a structure that is in the picture, and no other of ours.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Segments that are there keep what the user changed of their display; foreign ones stay.
    result : Result
    volume_node : vtkMRMLScalarVolumeNode, optional
        Gives the segmentation its geometry.
    """
    segmentation = node.GetSegmentation()
    closed_surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    if volume_node is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    places = structure_positions_ras_mm(result, volume_node)
    for structure in result.structures:
        segment = segmentation.GetSegment(structure.name)
        if structure.name not in places:
            if segment is not None:
                segmentation.RemoveSegment(structure.name)
            continue
        is_new = segment is None
        segment = segment or _make_segment(structure)
        segment.SetColor(COLOURS[structure.label])
        segment.AddRepresentation(closed_surface, _marker(structure, places))
        if is_new:
            segmentation.AddSegment(segment, structure.name)
    segmentation.Modified()
    node.Modified()


def segment_name(structure: "Structure") -> str:
    """Name that says what the shape is, such as "L4 (marker, 14 mm ball)"."""
    if structure.kind == "vertebra":
        return f"{structure.name} (marker, {VERTEBRA_BALL_MM:g} mm ball)"
    return f"{structure.name} (marker, {DISC_PLATE_MM[0]:g} mm plate)"


def terminology_entry(name: str) -> str:
    """Slicer's text form of what a segment is: an anatomical structure, with its SNOMED CT code."""
    from CCFNetCore.anatomy import LEVELS, index_of

    level = LEVELS[index_of(name)]
    kind = f"SCT^{level.code}^{level.meaning}"
    return f"{_CONTEXT}~{_CATEGORY}~{kind}~^^~Anatomic codes - DICOM master list~^^~^^"


def _make_segment(structure: "Structure") -> slicer.vtkSegment:
    segment = slicer.vtkSegment()
    segment.SetName(segment_name(structure))
    segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), terminology_entry(structure.name))
    return segment


def _marker(structure: "Structure", places: dict[str, np.ndarray]) -> vtk.vtkPolyData:
    """A ball at a vertebra, a round plate at a disc; RAS millimetres."""
    place = places[structure.name]
    if structure.kind == "vertebra":
        ball = vtk.vtkSphereSource()
        ball.SetRadius(VERTEBRA_BALL_MM / 2)
        ball.SetCenter(*place)
        ball.SetThetaResolution(24)
        ball.SetPhiResolution(24)
        ball.Update()
        return ball.GetOutput()
    return _plate(place, _spine_direction(structure.name, places))


def _plate(centre: np.ndarray, normal: np.ndarray) -> vtk.vtkPolyData:
    plate = vtk.vtkCylinderSource()
    plate.SetRadius(DISC_PLATE_MM[0] / 2)
    plate.SetHeight(DISC_PLATE_MM[1])
    plate.SetResolution(36)
    # The cylinder's axis is y: turn it half way round the middle between y and the wanted direction.
    between = np.add(normal, [0.0, 1.0, 0.0])
    if np.linalg.norm(between) < 1e-6:
        between = np.array([1.0, 0.0, 0.0])
    transform = vtk.vtkTransform()
    transform.Translate(*centre)
    transform.RotateWXYZ(180.0, *between)
    turned = vtk.vtkTransformPolyDataFilter()
    turned.SetInputConnection(plate.GetOutputPort())
    turned.SetTransform(transform)
    triangles = vtk.vtkTriangleFilter()
    triangles.SetInputConnection(turned.GetOutputPort())
    triangles.Update()
    return triangles.GetOutput()


def _spine_direction(name: str, places: dict[str, np.ndarray]) -> np.ndarray:
    """Unit vector along the spine, from the structures on either side that are in the picture."""
    names = list(places)
    index = names.index(name)
    above, below = places[names[max(index - 1, 0)]], places[names[min(index + 1, len(names) - 1)]]
    along = above - below
    length = np.linalg.norm(along)
    return along / length if length else np.array([0.0, 0.0, 1.0])
