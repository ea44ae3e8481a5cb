"""The layout for reading a spine, offered by a button of the panel: sagittal large, axial and 3D beside it."""

from collections.abc import Callable

import qt
import slicer

LAYOUT = 52208
"""Slicer's layouts have numbers; those of extensions are any that no other has."""

SETTING = "CCFNet/SpineLayout"

_SLICE_VIEW = (
    '<view class="vtkMRMLSliceNode" singletontag="{name}">'
    '<property name="orientation" action="default">{orientation}</property>'
    '<property name="viewlabel" action="default">{label}</property>'
    '<property name="viewcolor" action="default">{colour}</property></view>'
)
_SAGITTAL = _SLICE_VIEW.format(name="Yellow", orientation="Sagittal", label="Y", colour="#EDD54C")
_AXIAL = _SLICE_VIEW.format(name="Red", orientation="Axial", label="R", colour="#F34A33")
_3D = '<view class="vtkMRMLViewNode" singletontag="1"><property name="viewlabel" action="default">1</property></view>'
DESCRIPTION = (
    f'<layout type="horizontal" split="true"><item splitSize="640">{_SAGITTAL}</item>'
    '<item splitSize="360"><layout type="vertical" split="true">'
    f"<item>{_AXIAL}</item><item>{_3D}</item></layout></item></layout>"
)


class SpineLayout:
    """Switches Slicer's views to the layout and back to the one before; remembers the choice over sessions.

    Parameters
    ----------
    button : QPushButton
        Checkable; pressed while the layout is shown.
    on_change : callable
        Told when the views were rearranged, by this button or elsewhere.
    """

    def __init__(self, button: object, on_change: Callable[[], None]) -> None:
        self.button, self.on_change = button, on_change
        self._before = slicer.vtkMRMLLayoutNode.SlicerLayoutInitialView
        self._layouts = slicer.app.layoutManager()
        node = self._layouts.layoutLogic().GetLayoutNode()
        if not node.IsLayoutDescription(LAYOUT):
            node.AddLayoutDescription(LAYOUT, DESCRIPTION)
        button.checked = self.is_shown
        button.connect("toggled(bool)", self._on_toggled)
        self._layouts.connect("layoutChanged(int)", self._on_layout_changed)

    @property
    def is_shown(self) -> bool:
        return self._layouts.layout == LAYOUT

    @property
    def is_wanted(self) -> bool:
        """Whether the user chose the layout the last time."""
        return slicer.util.settingsValue(SETTING, False, converter=slicer.util.toBool)

    def show(self) -> None:
        """Show the layout; :meth:`leave` goes back to the one that is shown now."""
        if not self.is_shown:
            self._before = self._layouts.layout
            self._layouts.setLayout(LAYOUT)

    def leave(self) -> None:
        if self.is_shown:
            self._layouts.setLayout(self._before)

    def close(self) -> None:
        """Stop following Slicer's layouts; what is shown stays."""
        self._layouts.disconnect("layoutChanged(int)", self._on_layout_changed)

    def _on_toggled(self, checked: bool) -> None:
        if checked != self.is_shown:
            qt.QSettings().setValue(SETTING, checked)
            self.show() if checked else self.leave()

    def _on_layout_changed(self, _layout: int) -> None:
        self.button.checked = self.is_shown
        self.on_change()
