"""What a view of Slicer shows, drawn without a display."""

from typing import TYPE_CHECKING

import numpy as np
import vtk
from vtk.util.numpy_support import vtk_to_numpy

if TYPE_CHECKING:
    from trame_slicer.views.abstract_view import AbstractView


def pixels_of(view: "AbstractView") -> np.ndarray:
    """Draw a view; gives rows from above, columns, RGB, 8 bits."""
    view.render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(view.render_window())
    grab.ReadFrontBufferOff()
    grab.Update()
    width, height, _ = grab.GetOutput().GetDimensions()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(height, width, -1)
    return np.ascontiguousarray(pixels[::-1, :, :3])
