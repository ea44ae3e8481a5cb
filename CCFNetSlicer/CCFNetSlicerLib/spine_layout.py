"""The layout for reading a spine, offered by a button of the panel: sagittal large, axial and 3D beside it."""

from typing import TYPE_CHECKING

import qt
import slicer

from .views import fit_names, frame_spine, look_at, show_points

if TYPE_CHECKING:
    from .study import Study

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
    """Switches Slicer's views to the layout and back to the one before; the choice holds for the next session too.

    Parameters
    ----------
    button : QPushButton
        Checkable; pressed while the layout is shown.
    """

    # Slicer tells of another layout before its views have their sizes.
    SETTLED_MS = 100

    def __init__(self, button: object) -> None:
        self.button = button
        self.study: Study | None = None
        self._layouts = slicer.app.layoutManager()
        # Slicer without its window has none.
        button.visible = self._layouts is not None
        if self._layouts is None:
            return
        self._before = self._layouts.layout
        node = self._layouts.layoutLogic().GetLayoutNode()
        if not node.IsLayoutDescription(LAYOUT):
            node.AddLayoutDescription(LAYOUT, DESCRIPTION)
        self._settling = qt.QTimer()
        self._settling.singleShot = True
        self._settling.connect("timeout()", self._arrange)
        button.checked = self.is_shown
        button.connect("clicked(bool)", self._on_clicked)
        self._layouts.connect("layoutChanged(int)", self._on_layout_changed)

    @property
    def is_shown(self) -> bool:
        return self._layouts.layout == LAYOUT

    def update(self, study: "Study | None") -> None:
        """Know which study the views are for."""
        self.study = study

    def show_new(self, study: "Study") -> None:
        """Let the views look at a study that was just made, in the layout if the user chose it the last time."""
        self.study = study
        if self._layouts is None:
            return
        look_at(study)
        if slicer.util.settingsValue(SETTING, False, converter=slicer.util.toBool):
            self._show()

    def close(self) -> None:
        """Follow Slicer's layouts no longer; what is shown stays."""
        if self._layouts is not None:
            self._layouts.disconnect("layoutChanged(int)", self._on_layout_changed)
            self._settling.stop()

    def _show(self) -> None:
        if not self.is_shown:
            self._before = self._layouts.layout
            self._layouts.setLayout(LAYOUT)

    def _on_clicked(self, checked: bool) -> None:
        qt.QSettings().setValue(SETTING, checked)
        if checked:
            self._show()
        elif self.is_shown:
            self._layouts.setLayout(self._before)

    def _on_layout_changed(self, _layout: int) -> None:
        self.button.checked = self.is_shown
        self._settling.start(self.SETTLED_MS)

    def _arrange(self) -> None:
        if self.study is None or not self.study.is_whole:
            return
        show_points(self.study.point_lists)
        if self.is_shown:
            frame_spine(self.study.point_lists)
        fit_names(self.study.point_lists)
