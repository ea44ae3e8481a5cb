"""The section "Correct" of the panel: other names for all structures, and the way back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from . import corrections

if TYPE_CHECKING:
    from CCFNetCore.result import Result

    from .level_table import LevelTable
    from .study import Study

LAST_DISC = "L5-S1"


class CorrectSection:
    """What the buttons of the section do.

    Parameters
    ----------
    ui : object
        Has the panel's widgets as attributes.
    table : LevelTable
        Says which disc is selected.
    on_correct : callable
        Takes the corrected result.
    on_undo : callable
    """

    def __init__(
        self, ui: object, table: "LevelTable", on_correct: "Callable[[Result], None]", on_undo: Callable[[], None]
    ) -> None:
        self.ui, self.table, self.on_correct = ui, table, on_correct
        self.study: Study | None = None
        self._is_reading = False
        ui.namesUpButton.connect("clicked(bool)", lambda *_args: self.shift(-1))
        ui.namesDownButton.connect("clicked(bool)", lambda *_args: self.shift(1))
        ui.lastDiscButton.connect("clicked(bool)", lambda *_args: self.name_last_disc())
        ui.undoButton.connect("clicked(bool)", lambda *_args: on_undo())

    def update(self, study: "Study | None", is_reading: bool) -> None:
        """Make the buttons available where they can do something; without a study there is no section."""
        self.study, self._is_reading = study, is_reading
        self.ui.correctButton.visible = study is not None
        self.update_selected()

    def update_selected(self) -> None:
        """Name the selected disc on its button."""
        is_ready = self.study is not None and not self._is_reading
        name = self.table.selected_name
        is_disc = name is not None and "-" in name
        for button in (self.ui.namesUpButton, self.ui.namesDownButton):
            button.enabled = is_ready
        self.ui.lastDiscButton.enabled = is_ready and is_disc and name != LAST_DISC
        self.ui.lastDiscButton.text = _("{disc} is L5-S1").format(disc=name if is_disc else _("Selected disc"))
        self.ui.undoButton.enabled = is_ready and self.study.can_undo

    def shift(self, levels: int) -> None:
        """Name all structures this many levels further down, or up."""
        self.on_correct(corrections.shifted(self.study.result, levels))

    def name_last_disc(self) -> None:
        """Take the selected disc for the last one; all names follow."""
        self.shift(corrections.levels_to_name(self.table.selected_name, LAST_DISC))
