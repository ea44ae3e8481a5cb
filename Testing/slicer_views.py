"""Slicer's own slice and 3D views, drawn off screen, and what they show in a layout."""

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from CCFNetSlicerLib.scene import add_volume
from CCFNetSlicerLib.study import add_study
from CCFNetSlicerLib.views import fit_names, frame_spine, look_at
from off_screen import pixels_of
from PIL import Image

from CCFNetCore.images.volume import Volume
from CCFNetCore.result import Result

PLANES = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}

Box = tuple[int, int, int, int]
LAYOUTS: dict[str, dict[str, Box]] = {
    "default": {
        "Red": (0, 0, 500, 400),
        "1": (504, 0, 500, 400),
        "Green": (0, 404, 500, 400),
        "Yellow": (504, 404, 500, 400),
    },
    "spine": {"Yellow": (0, 0, 640, 804), "Red": (644, 0, 360, 400), "1": (644, 404, 360, 400)},
}
"""Left, top, width and height of each view, pixels: Slicer's default layout, and CCFNetSlicerLib.spine_layout's."""


def layout_picture(volume: Volume, result: Result, layout: str) -> Image.Image:
    """What the views of a layout show after Apply."""
    boxes = LAYOUTS[layout]
    views = Views(volume, {name: box[2:] for name, box in boxes.items()})
    study = add_study(views.volume_node, result)
    look_at(study)
    if layout == "spine":
        frame_spine(study.point_lists)
        fit_names(study.point_lists)
    picture = Image.new("RGB", (1004, 804), (60, 60, 60))
    for name, (left, top, *_) in boxes.items():
        picture.paste(Image.fromarray((views.picture(name) * 255).astype(np.uint8)), (left, top))
    views.close()
    return picture


class Views:
    """A scene with a volume and some of Slicer's views.

    Parameters
    ----------
    volume : Volume
        Shown in the background of the slice views.
    sizes : dict of str to tuple of int
        Width and height of each view, pixels, by its name: Red (axial), Yellow (sagittal), Green (coronal) or 1 (3D).
    """

    def __init__(self, volume: Volume, sizes: dict[str, tuple[int, int]]) -> None:
        from trame_slicer.core import SlicerApp
        from trame_slicer.views import NoScheduleRendering, SliceView, ThreeDView

        # Off screen VTK reports that there is no X server.
        self._was_warning = vtk.vtkObject.GetGlobalWarningDisplay()
        vtk.vtkObject.GlobalWarningDisplayOff()
        self.app, self.sizes = SlicerApp(), sizes
        self.scene = self.app.scene
        self.volume_node = add_volume(self.scene, volume)
        parts = (self.scene, self.app.app_logic)
        self.views = {
            name: (SliceView if name in PLANES else ThreeDView)(*parts, name, NoScheduleRendering()) for name in sizes
        }
        for name, view in self.views.items():
            view.render_window().SetOffScreenRendering(1)
            view.get_view_node().SetMappedInLayout(1)
            if name in PLANES:
                view.set_background_volume_id(self.volume_node.GetID())
                view.get_view_node().SetOrientation(PLANES[name])
            self.resize(name, sizes[name])

    def resize(self, name: str, size: tuple[int, int]) -> None:
        """Give a view another size; slice views show the whole volume again."""
        self.sizes[name] = size
        self.views[name].render_window().SetSize(*size)
        if name in PLANES:
            self.views[name]._logic.ResizeSliceNode(*size)
            self.views[name]._logic.FitSliceToBackground()

    def node(self, name: str) -> slicer.vtkMRMLAbstractViewNode:
        return self.views[name].get_view_node()

    def picture(self, name: str) -> np.ndarray:
        """Rows from above, columns, RGB; 0 to 1."""
        return pixels_of(self.views[name]) / 255

    def pixel(self, name: str, place_ras_mm: Sequence[float]) -> tuple[int, int]:
        """Row and column of a place."""
        if name in PLANES:
            to_xy = vtk.vtkMatrix4x4()
            vtk.vtkMatrix4x4.Invert(self.node(name).GetXYToRAS(), to_xy)
            x, y = to_xy.MultiplyPoint((*place_ras_mm, 1.0))[:2]
        else:
            renderer = self.views[name].renderer()
            renderer.SetWorldPoint(*place_ras_mm, 1.0)
            renderer.WorldToDisplay()
            x, y = renderer.GetDisplayPoint()[:2]
        return int(self.sizes[name][1] - 1 - round(y)), round(x)

    def close(self) -> None:
        for view in self.views.values():
            view.finalize()
        vtk.vtkObject.SetGlobalWarningDisplay(self._was_warning)
