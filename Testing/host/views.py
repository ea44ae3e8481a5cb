# Names are those of Qt and Slicer.
# ruff: noqa: N802, N815
"""Slicer's slice views Red, Yellow and Green: real slice nodes and slice logics, drawn only for a picture."""

import numpy as np
import slicer
import vtk
from PIL import Image
from PySide6 import QtCore, QtGui, QtWidgets
from trame_slicer.core import SlicerApp
from trame_slicer.views import NoScheduleRendering, SliceView
from vtk.util.numpy_support import vtk_to_numpy

ORIENTATIONS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}
_COLOURS = {
    "Red": slicer.vtkMRMLSliceNode.GetRedColor,
    "Yellow": slicer.vtkMRMLSliceNode.GetYellowColor,
    "Green": slicer.vtkMRMLSliceNode.GetGreenColor,
}
_FIRST_SIZE = (400, 400)


class SliceWidget:
    """Stands for qMRMLSliceWidget: the node and logic of one view, without a window."""

    def __init__(self, app: SlicerApp, name: str):
        self.name = name
        self._node = _add_slice_node(app.scene, name)
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(app.app_logic)
        self._logic.SetMRMLScene(app.scene)
        self._logic.SetSliceNode(self._node)
        app.app_logic.GetSliceLogics().AddItem(self._logic)
        self.reset()

    def reset(self) -> None:
        """Back to how the application shows it at the start."""
        self._node.SetLayoutLabel(self.name[0])
        self._node.SetLayoutColor(*_COLOURS[self.name]())
        self._node.SetDefaultOrientation(ORIENTATIONS[self.name])
        self._node.SetOrientation(ORIENTATIONS[self.name])
        self._node.SetMappedInLayout(1)
        self._logic.ResizeSliceNode(*_FIRST_SIZE)

    def mrmlSliceNode(self):
        return self._node

    def mrmlSliceCompositeNode(self):
        return self._logic.GetSliceCompositeNode()

    def sliceLogic(self):
        return self._logic

    def sliceController(self):
        return self

    def fitSliceToBackground(self) -> None:
        self._logic.FitSliceToBackground()


class LayoutManager:
    """Stands for qSlicerLayoutManager with Slicer's three slice views and no 3D view."""

    threeDViewCount = tableViewCount = plotViewCount = 0

    def __init__(self, app: SlicerApp):
        self._app = app
        self._widgets = {name: SliceWidget(app, name) for name in ORIENTATIONS}
        self.layout = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._widgets)

    def sliceWidget(self, name: str) -> SliceWidget | None:
        return self._widgets.get(name)

    def mrmlSliceLogics(self) -> vtk.vtkCollection:
        return self._app.app_logic.GetSliceLogics()

    def setLayout(self, layout: int) -> None:
        self.layout = layout

    def resetSliceViews(self) -> None:
        for widget in self._widgets.values():
            widget.fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        pass

    def reset(self) -> None:
        for widget in self._widgets.values():
            widget.reset()


def _add_slice_node(scene: slicer.vtkMRMLScene, name: str) -> slicer.vtkMRMLSliceNode:
    # Made by the scene, for it gives the node the orientations that it knows by name.
    node = scene.CreateNodeByClass("vtkMRMLSliceNode")
    node.UnRegister(None)
    node.SetName(name)
    node.SetLayoutName(name)
    node.SetSingletonTag(name)
    return scene.AddNode(node)


def slice_picture(app: SlicerApp, name: str, size: tuple[int, int]) -> Image.Image:
    """What Slicer's slice view of this name shows now, drawn off screen by Slicer's own displayable managers.

    It is drawn in a view of its own, which shows the same and is removed again.
    """
    # Off screen VTK reports that there is no X server, and each manager that it came before the scene.
    was_warning = vtk.vtkObject.GetGlobalWarningDisplay()
    vtk.vtkObject.GlobalWarningDisplayOff()
    try:
        view = SliceView(app.scene, app.app_logic, "Picture", NoScheduleRendering())
        view.render_window().SetOffScreenRendering(1)
        view.render_window().SetSize(*size)
        view.render()
        _show_the_same(view, app.scene, name, size)
        picture = _draw(view)
        _remove(view, app)
    finally:
        vtk.vtkObject.SetGlobalWarningDisplay(was_warning)
    return picture


def _show_the_same(view: SliceView, scene: slicer.vtkMRMLScene, name: str, size: tuple[int, int]) -> None:
    """The same plane and layers; as high in millimetres, and as wide as the picture's shape allows."""
    composite = view._logic.GetSliceCompositeNode()
    model = scene.GetNodeByID(f"vtkMRMLSliceCompositeNode{name}")
    for what in ("BackgroundVolumeID", "ForegroundVolumeID", "LabelVolumeID", "ForegroundOpacity", "LabelOpacity"):
        getattr(composite, f"Set{what}")(getattr(model, f"Get{what}")())
    node, model = view.get_view_node(), scene.GetNodeByID(f"vtkMRMLSliceNode{name}")
    _, height_mm, thickness_mm = model.GetFieldOfView()
    node.GetSliceToRAS().DeepCopy(model.GetSliceToRAS())
    node.SetDimensions(*size, 1)
    node.SetFieldOfView(height_mm * size[0] / size[1], height_mm, thickness_mm)
    node.SetXYZOrigin(0, 0, 0)
    node.UpdateMatrices()


def _remove(view: SliceView, app: SlicerApp) -> None:
    nodes = [view.get_view_node(), view._logic.GetSliceCompositeNode()]
    app.app_logic.GetSliceLogics().RemoveItem(view._logic)
    view.finalize()
    view._logic.DeleteSliceModel()
    view._logic.SetMRMLScene(None)
    for node in nodes:
        app.scene.RemoveNode(node)


def _draw(view: SliceView) -> Image.Image:
    view.render()
    window_to_image = vtk.vtkWindowToImageFilter()
    window_to_image.SetInput(view.render_window())
    window_to_image.ReadFrontBufferOff()
    window_to_image.Update()
    image = window_to_image.GetOutput()
    width, height, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)
    return Image.fromarray(np.ascontiguousarray(pixels[::-1, :, :3]))


def widget_picture(widget: QtWidgets.QWidget, width: int) -> Image.Image:
    """The widget as it looks at this width and at the height that it then wants."""
    window = widget.window()
    height = max(window.heightForWidth(width), window.sizeHint().height(), window.minimumSizeHint().height())
    window.resize(width, height)
    QtWidgets.QApplication.processEvents()
    image = widget.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return Image.fromarray(data[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy())


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    picture = Image.new("RGB", (left.width + right.width, max(left.height, right.height)))
    picture.paste(left, (0, 0))
    picture.paste(right, (left.width, 0))
    return picture


def process_events(milliseconds: int = 0) -> None:
    """Let Qt do what is due; wait for more if there is nothing."""
    QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, milliseconds)
