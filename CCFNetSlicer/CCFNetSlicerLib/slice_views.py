"""Slicer's three slice views, written into a scene that was made without the application.

A bundle without them opens with empty views. Inside the application the views are the user's own; nothing there
calls this.
"""

from collections.abc import Sequence

import numpy as np
import slicer


def add_slice_views(
    scene: slicer.vtkMRMLScene,
    volume_node: slicer.vtkMRMLScalarVolumeNode,
    points_ras_mm: Sequence[np.ndarray],
) -> None:
    """Add the views Red (axial), Yellow (sagittal) and Green (coronal), through the middle of the points.

    Parameters
    ----------
    scene : vtkMRMLScene
    volume_node : vtkMRMLScalarVolumeNode
        Shown in the background, as large as it fits.
    points_ras_mm : sequence of (3,) array
    """
    bounds = np.zeros(6)
    volume_node.GetRASBounds(bounds)
    low, high = bounds[::2], bounds[1::2]
    centre = np.mean(points_ras_mm, axis=0) if len(points_ras_mm) else (low + high) / 2
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    for name, orientation, colour in (
        ("Red", "Axial", slicer.vtkMRMLSliceNode.GetRedColor()),
        ("Yellow", "Sagittal", slicer.vtkMRMLSliceNode.GetYellowColor()),
        ("Green", "Coronal", slicer.vtkMRMLSliceNode.GetGreenColor()),
    ):
        view = _add_slice(scene, name, orientation, colour)
        view.SetFieldOfView(max(high - low), max(high - low), 1.0)
        view.JumpSliceByCentering(*centre)
        _add_composite(scene, name).SetBackgroundVolumeID(volume_node.GetID())


def _add_slice(
    scene: slicer.vtkMRMLScene, name: str, orientation: str, colour: tuple[float, float, float]
) -> slicer.vtkMRMLSliceNode:
    # Made by the scene, for it gives the view the orientations that it knows by name.
    view = scene.CreateNodeByClass("vtkMRMLSliceNode")
    view.UnRegister(None)
    view.SetName(name)
    view.SetLayoutName(name)
    view.SetSingletonTag(name)
    view.SetLayoutLabel(name[0])
    view.SetLayoutColor(*colour)
    view = scene.AddNode(view)
    view.SetDefaultOrientation(orientation)
    view.SetOrientation(orientation)
    return view


def _add_composite(scene: slicer.vtkMRMLScene, name: str) -> slicer.vtkMRMLSliceCompositeNode:
    composite = slicer.vtkMRMLSliceCompositeNode()
    composite.SetLayoutName(name)
    composite.SetSingletonTag(name)
    return scene.AddNode(composite)
