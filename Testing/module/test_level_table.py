"""The table of levels in the panel, and what its selection follows."""

from dataclasses import replace

import pytest
import qt
from panel_use import select, settle
from phantom_result import with_names


def texts(panel, row):
    table = panel.ui.levelTable
    return [table.item(row, column).text() for column in range(table.columnCount)]


def test_each_row_gives_level_reading_probability_confidence_and_state(with_study):
    assert texts(with_study, 9) == ["L5", "abnormal", "0.83", "0.91", "found"]


def test_uncertain_rows_are_marked(with_study):
    assert texts(with_study, 1)[0] == "L1 ?"
    fonts = [with_study.ui.levelTable.item(row, 4).font() for row in (1, 2)]
    assert [font.italic() for font in fonts] == [True, False]


def test_what_is_not_in_the_picture_has_no_reading(with_study):
    assert texts(with_study, 0) == ["T12-L1", "-", "-", "0.02", "outside"]


def test_sure_numbers_have_as_many_decimals_as_others(with_study):
    study = with_study._study
    first, *rest = study.result.structures
    study.amend(replace(study.result, structures=(replace(first, confidence=1.0), *rest)))
    with_study.updatePanel()
    assert texts(with_study, 0)[3] == "1.00"


def test_tool_tip_says_where_a_structure_lies_and_who_placed_it(with_study):
    left, posterior, superior = with_study._study.result.structures[9].position_lps_mm
    place = f"R {-left:.1f}, A {-posterior:.1f}, S {superior:.1f} mm"
    tool_tip = with_study.ui.levelTable.item(9, 2).toolTip()
    assert tool_tip == f"L5, vertebra: {place}, placed by the network"


@pytest.fixture
def sure_of_names(with_study):
    """The panel on the same study, read by a model that tells how sure it is of names."""
    study = with_study._study
    study.amend(with_names(study.result))
    with_study.updatePanel()
    return with_study


def test_tool_tip_says_what_the_confidences_are_where_there_is_one_of_the_name(sure_of_names):
    place, sure = sure_of_names.ui.levelTable.item(7, 2).toolTip().splitlines()
    assert place.startswith("L4, vertebra: R ")
    assert sure == "Probability that the point lies within 6 mm of L4: 0.91; that its name is right: 0.86"


def test_confidence_in_the_row_stays_that_of_the_point(sure_of_names):
    assert texts(sure_of_names, 7)[3] == "0.91"


def test_how_sure_the_numbering_is_stands_above_the_table(sure_of_names):
    label = sure_of_names.ui.numberingLabel
    assert label.isVisibleTo(label.window())
    assert label.text == "Numbering: 97 % sure"


def test_nothing_is_said_of_the_numbering_where_the_model_does_not_tell(with_study):
    label = with_study.ui.numberingLabel
    assert not label.isVisibleTo(label.window())


def test_nothing_is_said_of_the_numbering_once_the_names_were_shifted(sure_of_names, press):
    label = sure_of_names.ui.numberingLabel
    press("namesUpButton")
    assert not label.isVisibleTo(label.window())
    press("undoButton")
    assert label.isVisibleTo(label.window())


def test_readings_are_told_apart_by_colour(with_study):
    from CCFNetSlicerLib.scene import COLOURS

    for row, reading in ((9, "abnormal"), (10, "normal")):
        colour = with_study.ui.levelTable.item(row, 1).background().color()
        assert [colour.red(), colour.green(), colour.blue()] == [round(255 * part) for part in COLOURS[reading]]


def test_no_cell_can_be_typed_over(with_study):
    table = with_study.ui.levelTable
    items = (table.item(row, column) for row in range(11) for column in range(5))
    assert not any(item.flags() & qt.Qt.ItemIsEditable for item in items)


def test_arrow_keys_go_from_row_to_row(with_study):
    select(with_study, "L3")
    for what in (qt.QEvent.KeyPress, qt.QEvent.KeyRelease):
        key = qt.QKeyEvent(what, qt.Qt.Key_Down, qt.Qt.NoModifier)
        qt.QCoreApplication.sendEvent(with_study.ui.levelTable, key)
    assert with_study._levelTable.selected_name == "L3-L4"


def test_another_volume_has_no_selected_row(with_study, load):
    from CCFNetCore.phantom import phantom_volume

    select(with_study, "L3")
    with_study._parameterNode.inputVolume = load(phantom_volume(8))
    assert with_study._levelTable.selected_name is None


@pytest.fixture
def press(with_study, clean_host):
    """Press a button of corrections and wait until all is read again."""

    def press_and_wait(name):
        clean_host.click(getattr(with_study.ui, name))
        settle(clean_host, with_study)

    return press_and_wait


def test_the_same_disc_stays_selected_under_its_new_name(with_study, press):
    select(with_study, "L4-L5")
    press("lastDiscButton")
    assert with_study._levelTable.selected_name == "L5-S1"
    assert not with_study.ui.lastDiscButton.enabled


def test_the_same_vertebra_stays_selected_when_names_shift_and_shift_back(with_study, press):
    select(with_study, "L3")
    press("namesUpButton")
    assert with_study._levelTable.selected_name == "L2"
    press("undoButton")
    assert with_study._levelTable.selected_name == "L3"


def test_nothing_is_selected_where_the_structure_lost_its_name(with_study, press):
    select(with_study, "L5-S1")
    press("namesDownButton")
    assert with_study._levelTable.selected_name is None


def test_undo_of_a_move_leaves_the_structure_selected(with_study, press):
    from CCFNetSlicerLib import corrections

    study = with_study._study
    fourth = study.result.structures[7]
    study.correct(corrections.placed(study.result, [replace(fourth, position_lps_mm=(0.0, 0.0, 0.0))]))
    with_study.updatePanel()
    select(with_study, "L4")
    press("undoButton")
    assert with_study._levelTable.selected_name == "L4"
