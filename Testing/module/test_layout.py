"""The panel is readable at the widths of Slicer's module panel: nothing is cut off, hidden, or lies on another."""

from dataclasses import replace

import pytest
import qt
from CCFNetSlicerLib.long_words import BREAK, LONGEST, breakable
from phantom_result import with_names

NARROWEST, WIDEST = 330, 450
SECTIONS = ("inputs", "result", "correct", "segments", "save", "batch", "advanced", "packages")
LONG_NAME = "a_volume_with_a_name_that_is_longer_than_the_panel_is_wide_" * 2


@pytest.fixture
def crowded(with_study):
    """The panel with all sections open and with much to say."""
    study = with_study._study
    first, *rest = study.result.structures
    warnings = ("All names 1 level further down would fit nearly as well (80% of the support of those given).",)
    study.amend(
        with_names(replace(study.result, structures=(replace(first, state="uncertain"), *rest), warnings=warnings)),
    )
    study.volume_node.SetName(LONG_NAME)
    for section in SECTIONS:
        getattr(with_study.ui, f"{section}Button").collapsed = False
    with_study.ui.inputVolumeSelector.setCurrentNode(study.volume_node)
    with_study.say(f"/home/somebody/{LONG_NAME}.nrrd: cannot be read.")
    with_study._saveSection._end(f"Written: /home/somebody/{LONG_NAME}.html")
    with_study.updatePanel()
    return with_study


@pytest.fixture(params=[NARROWEST, WIDEST])
def laid_out(crowded, clean_host, request):
    """The same in a module panel of the narrowest and the widest width."""
    area = qt.QScrollArea()
    area.widgetResizable = True
    area.setWidget(crowded.parent)
    area.resize(request.param, 700)
    area.show()
    clean_host.wait_until(lambda: crowded.parent.width > 0)
    yield crowded
    area.takeWidget()


def shown_parts(layout):
    """The widgets that a layout holds, and those of the layouts in it."""
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item.widget() is not None and item.widget().isVisibleTo(item.widget().window()):
            yield item.widget()
        elif item.layout() is not None:
            yield from shown_parts(item.layout())


def containers(panel):
    return [panel.ui.resultButton.parent(), *(getattr(panel.ui, f"{section}Button") for section in SECTIONS)]


def test_panel_is_no_wider_than_slicers_narrowest(crowded):
    assert crowded.parent.minimumSizeHint.width() <= NARROWEST


def test_no_part_lies_on_another(laid_out):
    for container in containers(laid_out):
        parts = list(shown_parts(container.layout()))
        assert parts
        for number, part in enumerate(parts):
            assert not [other for other in parts[:number] if other.geometry.intersects(part.geometry)]


def test_every_part_lies_in_its_section(laid_out):
    for container in containers(laid_out):
        for part in shown_parts(container.layout()):
            assert container.rect.contains(part.geometry), part.objectName


def test_every_text_has_the_height_that_it_needs(laid_out):
    labels = [part for container in containers(laid_out) for part in shown_parts(container.layout())]
    labels = [label for label in labels if isinstance(label, qt.QLabel) and label.wordWrap]
    assert len(labels) > 5
    for label in labels:
        assert label.height >= label.heightForWidth(label.width), label.text


def test_all_rows_and_columns_are_seen_without_scrolling(laid_out):
    table = laid_out.ui.levelTable
    view = table.viewport()
    assert table.verticalHeader().length() <= view.height
    assert table.horizontalHeader().length() <= view.width


def test_no_cell_and_no_heading_is_cut_off(laid_out):
    table = laid_out.ui.levelTable
    for column in range(table.columnCount):
        needed = max(table.sizeHintForColumn(column), table.horizontalHeader().sectionSizeHint(column))
        assert table.columnWidth(column) >= needed


def test_long_words_can_be_broken_and_short_ones_stay():
    text = f"/home/somebody/{LONG_NAME}.nrrd: cannot be read."
    broken = breakable(text)
    assert broken.replace(BREAK, "") == text
    assert max(map(len, broken.replace(BREAK, " ").split())) <= LONGEST + 1
    assert breakable("Cancelled; nothing was changed.") == "Cancelled; nothing was changed."
