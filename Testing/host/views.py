# Names are those of Qt and Slicer.
# ruff: noqa: N802, N815
"""Slicer's views and layouts: real nodes, logics, cameras and displayable managers, drawn only for a picture."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import slicer
import vtk
from off_screen import pixels_of
from PIL import Image
from PySide6 import QtCore, QtWidgets
from trame_slicer.core import SlicerApp
from trame_slicer.views import NoScheduleRendering, SliceView, ThreeDView
from trame_slicer.views.abstract_view import AbstractView

from .pythonqt import class_of

_SIZE = (400, 400)
"""Of a view, pixels."""


@contextmanager
def _quietly() -> Iterator[None]:
    """Off screen VTK reports that there is no X server."""
    was_warning = vtk.vtkObject.GetGlobalWarningDisplay()
    vtk.vtkObject.GlobalWarningDisplayOff()
    yield
    vtk.vtkObject.SetGlobalWarningDisplay(was_warning)


def _make_view(kind: type[AbstractView], app: SlicerApp, node: slicer.vtkMRMLAbstractViewNode) -> AbstractView:
    """A view of a node that is there; trame-slicer's own classes make a node of their own."""

    class View(kind):
        def set_scene(self, scene: slicer.vtkMRMLScene) -> None:
            AbstractView.set_scene(self, scene)
            self._logic.SetMRMLScene(scene)
            if kind is SliceView:
                self._logic.SetSliceNode(node)
            self.set_view_node(node)

    with _quietly():
        view = View(app.scene, app.app_logic, node.GetLayoutName(), NoScheduleRendering())
    view.render_window().SetOffScreenRendering(1)
    view.render_window().SetSize(*_SIZE)
    return view


class SliceWidget:
    """Stands for qMRMLSliceWidget."""

    def __init__(self, app: SlicerApp, node: slicer.vtkMRMLSliceNode):
        self._node, self._view = node, _make_view(SliceView, app, node)
        self.resize(*_SIZE)

    def resize(self, width: int, height: int) -> None:
        self._view.render_window().SetSize(width, height)
        self.sliceLogic().ResizeSliceNode(width, height)

    def mrmlSliceNode(self) -> slicer.vtkMRMLSliceNode:
        return self._node

    def mrmlSliceCompositeNode(self) -> slicer.vtkMRMLSliceCompositeNode:
        return self.sliceLogic().GetSliceCompositeNode()

    def sliceLogic(self) -> slicer.vtkMRMLSliceLogic:
        return self._view._logic

    def picture(self, width: int, height: int) -> Image.Image:
        """What it shows, drawn in this size."""
        self.resize(width, height)
        with _quietly():
            picture = Image.fromarray(pixels_of(self._view))
        self.resize(*_SIZE)
        return picture


class LayoutManager(class_of("QObject")):
    """Stands for qSlicerLayoutManager, around the real layout logic, which also makes the nodes of the views.

    3D views are there with their cameras, and have no widgets.
    """

    layoutChanged = QtCore.Signal(int)

    def __init__(self, app: SlicerApp):
        super().__init__()
        self._app, self._slice_widgets, self._three_d_views = app, {}, {}
        # The displayable managers look for it.
        interaction = slicer.vtkMRMLInteractionNode()
        interaction.SetSingletonTag("Singleton")
        app.scene.AddNode(interaction)
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(app.scene)
        self._logic.GetLayoutNode().AddObserver(vtk.vtkCommand.ModifiedEvent, self._update)
        app.scene.AddObserver(slicer.vtkMRMLScene.EndBatchProcessEvent, self._update)
        self.reset()

    def reset(self) -> None:
        """Back to how the application shows its views at the start."""
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        for widget in self._slice_widgets.values():
            widget.resize(*_SIZE)

    def _update(self, *_event) -> None:
        if self._app.scene.IsBatchProcessing():
            return
        shown = self._logic.GetViewNodes()
        shown = [shown.GetItemAsObject(index) for index in range(shown.GetNumberOfItems())] if shown else []
        for node in shown:
            if node.IsA("vtkMRMLSliceNode") and node not in self._slice_widgets:
                self._slice_widgets[node] = SliceWidget(self._app, node)
            elif node.IsA("vtkMRMLViewNode") and node not in self._three_d_views:
                self._three_d_views[node] = _make_view(ThreeDView, self._app, node)
        for node in (*self._slice_widgets, *self._three_d_views):
            node.SetMappedInLayout(node in shown)
        self.layoutChanged.emit(self._read_layout())

    def setLayout(self, layout: int) -> None:
        """Show the layout of this number, or the conventional one if there is none."""
        node = self._logic.GetLayoutNode()
        is_known = node.IsLayoutDescription(layout)
        node.SetViewArrangement(layout if is_known else slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalView)

    def _read_layout(self) -> int:
        return self._logic.GetLayoutNode().GetViewArrangement()

    layout = QtCore.Property(int, _read_layout, setLayout, notify=layoutChanged)

    def layoutLogic(self) -> slicer.vtkMRMLLayoutLogic:
        return self._logic

    def sliceViewNames(self) -> tuple[str, ...]:
        """Those of all layouts shown so far."""
        return tuple(node.GetName() for node in self._slice_widgets)

    def sliceWidget(self, name: str) -> SliceWidget | None:
        return next((widget for node, widget in self._slice_widgets.items() if node.GetName() == name), None)

    def mrmlSliceLogics(self) -> vtk.vtkCollection:
        return self._app.app_logic.GetSliceLogics()


def widget_picture(widget: QtWidgets.QWidget, width: int) -> Image.Image:
    """The widget as it looks at this width and at the height that it then wants."""
    window = widget.window()
    heights = window.heightForWidth(width), window.sizeHint().height(), window.minimumSizeHint().height()
    window.resize(width, max(heights))
    process_events()
    buffer = QtCore.QBuffer()
    widget.grab().save(buffer, "PNG")
    return Image.open(io.BytesIO(buffer.data().data())).convert("RGB")


def process_events(milliseconds: int = 0) -> None:
    """Let Qt do what is due; wait for more if there is nothing."""
    QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, milliseconds)
