"""A sagittal picture of a volume and its points, as 3D Slicer's own slice view draws it; needs no display."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk

from .point_lists import PointLists
from .scene import COLOURS, LPS_TO_RAS, add_table, add_volume, structure_positions_ras_mm
from .views import fit_names

if TYPE_CHECKING:
    from trame_slicer.views import SliceView

    from CCFNetCore.images.volume import Volume
    from CCFNetCore.result import Result

LEGEND = (
    ("normal", COLOURS["normal"]),
    ("abnormal", COLOURS["abnormal"]),
    ("?  uncertain", (0.85, 0.85, 0.85)),
    ("Research use only", (0.6, 0.6, 0.6)),
)
_POSTERIOR_RAS, _SUPERIOR_RAS = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def render_sagittal(volume: "Volume", result: "Result", file_png: Path, size: tuple[int, int] = (1000, 1000)) -> None:
    """Draw the sagittal slice through the middle of the points, with all points and their labels.

    Front is left and head is up; an oblique volume is shown along its own slices, rows and columns.

    Parameters
    ----------
    volume : Volume
    result : Result
        Of this volume.
    file_png : Path
    size : tuple of int
        Width and height, pixels.

    Raises
    ------
    OSError
        If the picture cannot be written.
    """
    from trame_slicer.core import SlicerApp
    from trame_slicer.views import NoScheduleRendering, SliceView

    app = SlicerApp()
    volume_node = add_volume(app.scene, volume)
    # Drawn once, when all is in place; a view that draws at every change takes several times as long.
    view = SliceView(app.scene, app.app_logic, "Sagittal", NoScheduleRendering())
    view.render_window().SetOffScreenRendering(1)
    view.render_window().SetSize(*size)
    view.set_background_volume_id(volume_node.GetID())
    places = list(structure_positions_ras_mm(result, volume_node).values())
    _show_plane(view.get_view_node(), volume, places, size)
    _add_points(result, volume_node)
    _add_legend(view.renderer())
    view.render()
    _write_png(view, file_png)
    view.finalize()


def _show_plane(
    slice_node: slicer.vtkMRMLSliceNode, volume: "Volume", points_ras_mm: Sequence[np.ndarray], size: tuple[int, int]
) -> None:
    """Put the view on the slice nearest to the mean of the points, as large as it fits."""
    axes, extents_mm = _plane_axes(volume)
    slice_to_ras = np.eye(4)
    slice_to_ras[:3, :3] = axes.T
    slice_to_ras[:3, 3] = _plane_centre(volume, points_ras_mm)
    slicer.util.updateVTKMatrixFromArray(slice_node.GetSliceToRAS(), slice_to_ras)
    slice_node.SetDimensions(*size, 1)
    slice_node.SetFieldOfView(*np.multiply(size, max(extents_mm / size)), 1.0)
    slice_node.UpdateMatrices()


def _add_points(result: "Result", volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """All points in full colour, wherever they lie: whoever looks at a picture cannot leaf through the slices."""
    lists = PointLists(add_table(volume_node.GetScene(), result))
    lists.fill(result, volume_node)
    fit_names(lists)
    for node in lists:
        node.GetDisplayNode().SetSliceProjectionOpacity(1.0)


def _plane_axes(volume: "Volume") -> tuple[np.ndarray, np.ndarray]:
    """Directions in RAS of the picture's right, up and normal, (3, 3), and its width and height in millimetres."""
    directions = (LPS_TO_RAS @ volume.direction).T
    normal = volume.left_right_axis
    up = max({0, 1, 2} - {normal}, key=lambda axis: abs(directions[axis] @ _SUPERIOR_RAS))
    right = 3 - normal - up
    axes = [
        directions[right] * np.sign(directions[right] @ _POSTERIOR_RAS),
        directions[up] * np.sign(directions[up] @ _SUPERIOR_RAS),
    ]
    extents_mm = np.multiply(volume.size, volume.spacing_mm)[[right, up]]
    return np.array([*axes, np.cross(*axes)]), extents_mm


def _plane_centre(volume: "Volume", points_ras_mm: Sequence[np.ndarray]) -> np.ndarray:
    """Middle of the slice nearest to the mean of the points; RAS millimetres.

    A slice, not the mean itself: between two slices the view would blend them.
    """
    index = (np.array(volume.size) - 1) / 2
    if len(points_ras_mm):
        axis = volume.left_right_axis
        middle = volume.lps_mm_to_index(LPS_TO_RAS @ np.mean(points_ras_mm, axis=0))[axis]
        index[axis] = np.clip(np.rint(middle), 0, volume.size[axis] - 1)
    return LPS_TO_RAS @ volume.index_to_lps_mm(index)


def _add_legend(renderer: vtk.vtkRenderer) -> None:
    """Lines of text in the lower left corner."""
    for line, (text, colour) in enumerate(reversed(LEGEND)):
        actor = vtk.vtkTextActor()
        actor.SetInput(text)
        actor.SetPosition(14, 12 + 24 * line)
        style = actor.GetTextProperty()
        style.SetFontSize(18)
        style.BoldOn()
        style.SetColor(colour)
        style.ShadowOn()
        renderer.AddViewProp(actor)


def _write_png(view: "SliceView", file: Path) -> None:
    window_to_image = vtk.vtkWindowToImageFilter()
    window_to_image.SetInput(view.render_window())
    window_to_image.ReadFrontBufferOff()
    writer = vtk.vtkPNGWriter()
    writer.SetInputConnection(window_to_image.GetOutputPort())
    writer.SetFileName(os.fspath(file))
    writer.Write()
    if writer.GetErrorCode():
        raise OSError(f"{file}: cannot be written.")
