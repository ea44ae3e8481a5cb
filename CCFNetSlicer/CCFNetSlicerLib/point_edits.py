"""Tells when points were changed: a drag once it is over, what a script does after a short pause."""

from collections.abc import Callable, Iterable

import qt
import slicer
from slicer.util import VTKObservationMixin

PAUSE_MS = 150
"""What a script changes within such a pause is one change."""

STILL_MS = 2000
"""A point that lies still for so long, and no mouse button is down, was let go: the key that snaps a point to the
slice takes it as a drag does, and Slicer never tells the end of that."""


class PointEdits(VTKObservationMixin):
    """Watches point lists.

    Parameters
    ----------
    on_edited : callable
        Called after each change.
    """

    def __init__(self, on_edited: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self.on_edited = on_edited
        self._lists: set[slicer.vtkMRMLMarkupsFiducialNode] = set()
        self._held: set[slicer.vtkMRMLMarkupsFiducialNode] = set()
        self._timer = qt.QTimer()
        self._timer.singleShot = True
        self._timer.connect("timeout()", self._on_pause)

    @property
    def is_pending(self) -> bool:
        """Whether something was changed that was not told yet."""
        return bool(self._held) or self._timer.active

    def watch(self, lists: "Iterable[slicer.vtkMRMLMarkupsFiducialNode]") -> None:
        """Watch these lists and no others."""
        wanted = set(lists)
        for node in self._lists - wanted:
            for event, method in self._reactions():
                self.removeObserver(node, event, method)
        for node in wanted - self._lists:
            for event, method in self._reactions():
                self.addObserver(node, event, method)
        self._lists = wanted
        self._held &= wanted

    def stop(self) -> None:
        """Watch nothing any more."""
        self.watch([])
        self._timer.stop()

    def _reactions(self) -> list[tuple[int, Callable[..., None]]]:
        markups = slicer.vtkMRMLMarkupsNode
        changes = (markups.PointModifiedEvent, markups.PointAddedEvent, markups.PointRemovedEvent)
        return [
            *((event, self._on_changed) for event in changes),
            (markups.PointStartInteractionEvent, self._on_taken),
            (markups.PointEndInteractionEvent, self._on_let_go),
        ]

    def _on_changed(self, _node: object, _event: object) -> None:
        self._timer.start(STILL_MS if self._held else PAUSE_MS)

    def _on_taken(self, node: slicer.vtkMRMLMarkupsFiducialNode, _event: object) -> None:
        self._held.add(node)
        self._timer.stop()

    def _on_let_go(self, node: slicer.vtkMRMLMarkupsFiducialNode, _event: object) -> None:
        self._held.discard(node)
        # Slicer is still in the midst of letting go.
        self._timer.start(0)

    def _on_pause(self) -> None:
        if self._held and qt.QApplication.mouseButtons():
            self._timer.start(STILL_MS)
            return
        self._held.clear()
        self.on_edited()
