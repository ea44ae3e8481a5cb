#!/usr/bin/env bash
# A point list of Slicer's Markups has a colour for selected and one for unselected points. A slice view goes by the
# point for those in the slice alone. With projection on, points beside it have one colour for the whole list: that of
# selected points if all of the list are selected, else that of unselected ones. So a single unselected point, anywhere,
# repaints every selected point beside the slice, although the switch is called SliceProjectionUseFiducialColor; the
# flag "selected" cannot carry a meaning through the slices, and a point list for each meaning can.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet slicer-core==5.11.0.6 trame-slicer==2.0.0 slicer-layer-dm==2.0.0 numpy
env -u DISPLAY "$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata

import numpy as np
import vtk
from trame_slicer.core import SlicerApp
from trame_slicer.views import NoScheduleRendering, SliceView
from vtk.util.numpy_support import vtk_to_numpy

UNSELECTED, SELECTED = (0.0, 0.0, 1.0), (1.0, 0.5, 0.0)
SIZE = 200

vtk.vtkObject.GlobalWarningDisplayOff()  # off screen VTK reports that there is no X server
app = SlicerApp()
view = SliceView(app.scene, app.app_logic, "Red", NoScheduleRendering())
view.render_window().SetOffScreenRendering(1)
view.render_window().SetSize(SIZE, SIZE)
node = view.get_view_node()
node.SetDimensions(SIZE, SIZE, 1)
node.SetFieldOfView(100, 100, 1)
points = app.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
points.CreateDefaultDisplayNodes()
display = points.GetDisplayNode()
display.SetColor(*UNSELECTED)
display.SetSelectedColor(*SELECTED)
display.SetPointLabelsVisibility(False)
display.SetGlyphScale(10)
display.SliceProjectionOn()
display.SliceProjectionUseFiducialColorOn()
points.AddControlPoint(0, 0, 0)
points.AddControlPoint(40, 40, 0)


def colour_with_slice_at(offset_mm):
    node.SetSliceOffset(offset_mm)
    view.render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(view.render_window())
    grab.ReadFrontBufferOff()
    grab.Update()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(SIZE, SIZE, -1)
    red, green, blue = (int(part) for part in pixels[SIZE // 2, SIZE // 2, :3])
    return "unselected" if blue > red else "selected", (red, green, blue)


print("slicer-core", importlib.metadata.version("slicer-core"))
seen = {}
for others in ("selected", "unselected"):
    points.SetNthControlPointSelected(1, others == "selected")
    for offset_mm in (0.0, 5.0):
        seen[others, offset_mm], rgb = colour_with_slice_at(offset_mm)
        print(f"selected point, the other {others}, slice {offset_mm} mm beside: colour of {seen[others, offset_mm]}, {rgb}")
assert points.GetNthControlPointSelected(0)
assert list(seen.values()) == ["selected", "selected", "selected", "unselected"], seen
PYTHON
