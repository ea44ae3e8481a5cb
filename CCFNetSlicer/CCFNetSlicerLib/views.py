"""What Slicer's views show of a study: which of its points, how large their names are, and where the views look.

It works on the nodes of the views, so that a scene without the application will do.
"""

from typing import TYPE_CHECKING

import numpy as np
import slicer

from .scene import nodes_of_class

if TYPE_CHECKING:
    from .point_lists import PointLists
    from .study import Study

AXIAL_NORMAL = 0.8
"""A slice whose normal has at least this share of head to foot is axial."""

FONT_PER_NEIGHBOUR = 0.9
"""Height of a name, in parts of the least height between neighbouring points: none lies on another."""

SMALLEST_TEXT, LARGEST_TEXT = 1.6, 3.0
"""Text scales; the largest is Slicer's own."""

FRAME_PER_SPINE = 1.5
"""Height that is shown of the patient, in parts of the height from the uppermost to the lowest point."""

CAMERA_MM = np.array([-560.0, 210.0, 0.0])
"""From where the 3D views look at the spine, from there in RAS: from the left, a little from the front."""


def show_points(lists: "PointLists") -> None:
    """Let each view show the points that can be told apart in it.

    Along the spine (sagittal, coronal and 3D views) all of them, those beside the slice as seen through it. Across it
    all names would lie on one another, so axial views show only the points in the slice. To be called again when
    there are other views.
    """
    along, across = _views(lists.owner.GetScene())
    for node in lists:
        while node.GetNumberOfDisplayNodes() < 2:
            node.AddAndObserveDisplayNodeID(_axial_display(node).GetID())
        for number, views in enumerate((along, across)):
            display = node.GetNthDisplayNode(number)
            with slicer.util.NodeModify(display):
                display.RemoveAllViewNodeIDs()
                for view in views:
                    display.AddViewNodeID(view.GetID())


def fit_names(lists: "PointLists") -> None:
    """Make the points' names as large as the smallest sagittal or coronal view has room for between neighbours."""
    scale = _text_scale(lists)
    for node in lists:
        for number in range(node.GetNumberOfDisplayNodes()):
            node.GetNthDisplayNode(number).SetTextScale(scale)


def look_at(study: "Study") -> None:
    """Let all views look at the middle of the spine: slices go through a point there, 3D views look from the left.

    The volume is put into the background of the slice views unless one of them shows it.
    """
    places = _world_places_ras_mm(study.point_lists)
    if not len(places):
        return
    scene = study.volume_node.GetScene()
    if study.volume_node not in shown_volumes(scene):
        slicer.util.setSliceViewerLayers(background=study.volume_node, fit=True)
    middle = places[len(places) // 2]
    slicer.vtkMRMLSliceNode.JumpAllSlices(scene, *middle, slicer.vtkMRMLSliceNode.OffsetJumpSlice)
    for camera in nodes_of_class(scene, "vtkMRMLCameraNode"):
        camera.SetFocalPoint(*middle)
        camera.SetPosition(*(middle + CAMERA_MM))
        camera.SetViewUp(0.0, 0.0, 1.0)
        camera.ResetClippingRange()


def frame_spine(lists: "PointLists") -> None:
    """Let the sagittal and coronal views show the spine as large as it fits with some of its surroundings."""
    places = _world_places_ras_mm(lists)
    if not len(places):
        return
    middle, height_mm = (places[0] + places[-1]) / 2, FRAME_PER_SPINE * (places[0] - places[-1])[2]
    for view in _slices_along(lists.owner.GetScene()):
        columns, rows, _ = view.GetDimensions()
        view.SetFieldOfView(height_mm * columns / rows, height_mm, view.GetFieldOfView()[2])
        view.JumpSliceByCentering(*middle)


def shown_volumes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLVolumeNode]:
    """Volumes in the background or foreground of the slice views that are shown, the backgrounds first."""
    views = [view for view in nodes_of_class(scene, "vtkMRMLSliceNode") if view.IsMappedInLayout()]
    layers = [scene.GetSingletonNode(view.GetLayoutName(), "vtkMRMLSliceCompositeNode") for view in views]
    layers = [layer for layer in layers if layer is not None]
    ids = [layer.GetBackgroundVolumeID() for layer in layers] + [layer.GetForegroundVolumeID() for layer in layers]
    return [node for node in map(scene.GetNodeByID, dict.fromkeys(filter(None, ids))) if node is not None]


def _views(scene: slicer.vtkMRMLScene) -> tuple[list[slicer.vtkMRMLAbstractViewNode], list[slicer.vtkMRMLSliceNode]]:
    """The views along the spine, and the slice views across it."""
    slices = nodes_of_class(scene, "vtkMRMLSliceNode")
    across = [view for view in slices if abs(view.GetSliceToRAS().GetElement(2, 2)) > AXIAL_NORMAL]
    return [view for view in slices if view not in across] + nodes_of_class(scene, "vtkMRMLViewNode"), across


def _slices_along(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLSliceNode]:
    """Slice views along the spine that are shown."""
    return [view for view in _views(scene)[0] if view.IsA("vtkMRMLSliceNode") and view.IsMappedInLayout()]


def _axial_display(node: slicer.vtkMRMLMarkupsFiducialNode) -> slicer.vtkMRMLMarkupsDisplayNode:
    display = node.GetScene().AddNewNodeByClass(node.GetDisplayNode().GetClassName())
    display.CopyContent(node.GetDisplayNode())
    display.SliceProjectionOff()
    return display


def _text_scale(lists: "PointLists") -> float:
    views = _slices_along(lists.owner.GetScene())
    pixels_per_mm = [view.GetDimensions()[1] / view.GetFieldOfView()[1] for view in views]
    steps_mm = -np.diff(_world_places_ras_mm(lists)[:, 2])
    if not pixels_per_mm or not len(steps_mm):
        return LARGEST_TEXT
    font_size = next(iter(lists)).GetDisplayNode().GetTextProperty().GetFontSize()
    room = FONT_PER_NEIGHBOUR * steps_mm.min() * min(pixels_per_mm) / font_size
    return float(np.clip(room, SMALLEST_TEXT, LARGEST_TEXT))


def _world_places_ras_mm(lists: "PointLists") -> np.ndarray:
    """Places of all points, head to foot, (points, 3)."""
    places = np.concatenate([slicer.util.arrayFromMarkupsControlPoints(node, world=True) for node in lists])
    return places[np.argsort(-places[:, 2])]
