"""The table of levels in the panel: one row a structure, head to foot, narrow enough for Slicer's module panel."""

from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from .scene import COLOURS, LPS_TO_RAS, UNCERTAIN_MARK

if TYPE_CHECKING:
    from CCFNetCore.result import Result, Structure

LEVEL, READING, PROBABILITY, CONFIDENCE, STATE = range(5)
"""Columns; where a structure lies, who placed it and how sure its name is, is in the tool tip of its row."""

NOTHING = "-"
"""Stands where there is no reading and no probability."""

TINT = 110
"""Opacity, of 255, of a reading's colour behind its word, which stays readable on light and on dark ground."""


class LevelTable:
    """Shows a result, and which of its structures the user selected.

    Parameters
    ----------
    widget : QTableWidget
        With the five columns; its selection says when it changes, but not when :meth:`select` changes it.
    """

    def __init__(self, widget: object) -> None:
        self.widget = widget
        self._names: list[str] = []
        widget.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        widget.horizontalHeader().setSectionResizeMode(STATE, qt.QHeaderView.Stretch)

    @property
    def selected_name(self) -> str | None:
        """Name of the structure whose row is selected, or None."""
        selected = self.widget.selectedItems()
        return self._names[selected[0].row()] if selected else None

    def select(self, name: str | None) -> None:
        """Select a structure's row; None leaves no row selected."""
        self.widget.blockSignals(True)
        if name is None:
            self.widget.clearSelection()
        else:
            self.widget.selectRow(self._names.index(name))
        self.widget.blockSignals(False)

    def show(self, result: "Result | None") -> None:
        """Fill the rows; the selected row stays selected. Without a result there are none."""
        structures = result.structures if result else ()
        self._names = [structure.name for structure in structures]
        self.widget.rowCount = len(structures)
        for row, structure in enumerate(structures):
            self._show_row(row, structure)
        self._fit_height()

    def _fit_height(self) -> None:
        """Make the table ask for the height of its rows."""
        header = self.widget.horizontalHeader()
        # It gets its height only when it is laid out.
        header.setFixedHeight(header.sizeHint.height())
        self.widget.resizeRowsToContents()
        self.widget.updateGeometry()

    def _show_row(self, row: int, structure: "Structure") -> None:
        is_sure = structure.state == "found"
        for column, text in enumerate(_cells(structure)):
            item = qt.QTableWidgetItem(text)
            item.setFlags(qt.Qt.ItemIsSelectable | qt.Qt.ItemIsEnabled)
            item.setToolTip(_tool_tip(structure))
            font = item.font()
            font.setItalic(not is_sure)
            font.setBold(column == LEVEL and structure.kind == "vertebra")
            item.setFont(font)
            if column in (PROBABILITY, CONFIDENCE):
                item.setTextAlignment(qt.Qt.AlignCenter)
            if column == READING and structure.label is not None:
                item.setBackground(qt.QBrush(_tint(structure.label)))
            self.widget.setItem(row, column, item)


def numbering_lines(result: "Result") -> list[str]:
    """How sure the names are as a whole, such as "Numbering: 97 % sure"; no line where that is not known."""
    from CCFNetCore.wording import per_cent

    share = result.numbering_confidence
    return [] if share is None else [_("Numbering: {share} sure").format(share=per_cent(share))]


def _cells(structure: "Structure") -> tuple[str, ...]:
    probability = structure.abnormal_probability
    return (
        structure.name + UNCERTAIN_MARK if structure.state == "uncertain" else structure.name,
        {"normal": _("normal"), "abnormal": _("abnormal"), None: NOTHING}[structure.label],
        NOTHING if probability is None else f"{probability:.2f}",
        f"{structure.confidence:.2f}",
        {"found": _("found"), "uncertain": _("uncertain"), "outside": _("outside")}[structure.state],
    )


def _tool_tip(structure: "Structure") -> str:
    if structure.name_confidence is None:
        return _place(structure)
    sure = _(
        "Probability that the point lies within 6 mm of {name}: {point:.2f}; that its name is right: {of_name:.2f}"
    ).format(name=structure.name, point=structure.confidence, of_name=structure.name_confidence)
    return f"{_place(structure)}\n{sure}"


def _place(structure: "Structure") -> str:
    kind = {"vertebra": _("vertebra"), "disc": _("disc")}[structure.kind]
    placed_by = {"network": _("placed by the network"), "hand": _("placed or named by hand")}[structure.placed_by]
    if structure.position_lps_mm is None:
        return _("{name}, {kind}: not in the picture, {placed_by}").format(
            name=structure.name, kind=kind, placed_by=placed_by
        )
    right, anterior, superior = LPS_TO_RAS @ structure.position_lps_mm
    return _("{name}, {kind}: R {r:.1f}, A {a:.1f}, S {s:.1f} mm, {placed_by}").format(
        name=structure.name, kind=kind, r=right, a=anterior, s=superior, placed_by=placed_by
    )


def _tint(label: str) -> qt.QColor:
    return qt.QColor(*(round(255 * part) for part in COLOURS[label]), TINT)
