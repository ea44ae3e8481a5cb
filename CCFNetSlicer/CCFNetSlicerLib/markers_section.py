"""The section of the panel that shows and hides the markers, and lists them as segments."""

from typing import TYPE_CHECKING

import slicer
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from .study import Study


class MarkersSection(VTKObservationMixin):
    """The check box says what the segmentation's display says, whoever changed it, and changes it when clicked.

    Parameters
    ----------
    ui : object
        Has the panel's widgets as attributes.
    """

    def __init__(self, ui: object) -> None:
        VTKObservationMixin.__init__(self)
        self.ui = ui
        self.node: slicer.vtkMRMLSegmentationNode | None = None
        ui.showMarkersCheckBox.connect("clicked(bool)", self.show)

    def update(self, study: "Study | None") -> None:
        """Follow the markers of a study; None hides the section."""
        node = study.nodes.segmentation if study else None
        if node is not self.node:
            self.removeObservers()
            self.node = node
            self.ui.segmentsTableView.setSegmentationNode(node)
            if node is not None:
                self.addObserver(node, slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent, self._follow)
        self.ui.segmentsButton.visible = node is not None
        self._follow()

    def show(self, shown: bool) -> None:
        """Show or hide the markers in the views."""
        self.node.SetDisplayVisibility(shown)

    def _follow(self, _node: object = None, _event: object = None) -> None:
        self.ui.showMarkersCheckBox.checked = self.node is not None and bool(self.node.GetDisplayVisibility())
