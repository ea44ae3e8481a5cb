"""What the line below the button Apply says, and for how long."""

import pytest
import slicer
from panel_use import READ_S, move, settle

from CCFNetCore.phantom import phantom_volume

CANCELLED = "Cancelled; nothing was changed."


@pytest.fixture
def said(panel):
    """What the user sees there, empty if nothing."""
    label = panel.ui.statusLabel
    return lambda: label.text if label.isVisibleTo(label.window()) else ""


@pytest.fixture
def cancelled(applied, clean_host, said):
    """The panel after a run that was cancelled."""
    clean_host.click(applied.ui.applyButton)
    clean_host.click(applied.ui.cancelButton)
    assert said() == CANCELLED
    return applied


def test_the_step_is_told_from_the_first_moment_of_a_run(phantom_node, panel, clean_host, said):
    panel.logic.cancel()
    told = []
    tell_step = panel._status.tell_step
    panel._status.tell_step = lambda words: (tell_step(words), told.append(said()))
    clean_host.click(panel.ui.applyButton)
    assert said() == "Starting the network's process..."
    clean_host.wait_until(lambda: panel._job is None, READ_S)
    steps = list(dict.fromkeys(filter(None, told)))
    assert len(steps) > 2
    assert said() == ""


def test_what_is_read_again_is_told_until_it_is_read(applied, clean_host, said):
    move(applied, "L4", [0, 3, 4])
    clean_host.wait_until(lambda: said().startswith("Reading L4 again"), 5)
    settle(clean_host, applied)
    assert said() == ""


def test_what_a_cancel_stopped_is_read_again(applied, clean_host, said):
    before = {s.name: s.confidence for s in applied._study.result.structures}
    move(applied, "L4", [0, 3, 24])
    clean_host.wait_until(lambda: said().startswith("Reading L4 again"), 5)
    clean_host.dialogs.answer("Keep")
    clean_host.click(applied.ui.applyButton)
    clean_host.click(applied.ui.cancelButton)
    assert said().startswith("Reading L4 again")
    settle(clean_host, applied)
    assert {s.name: s.confidence for s in applied._study.result.structures}["L4"] != before["L4"]
    assert said() == CANCELLED


def test_message_is_gone_after_a_correction(cancelled, clean_host, said):
    move(cancelled, "L4", [0, 3, 4])
    settle(clean_host, cancelled)
    assert said() == ""


def test_message_is_gone_after_a_point_was_removed(cancelled, clean_host, said):
    points, index = cancelled._study.point_lists.find("L1")
    points.RemoveNthControlPoint(index)
    settle(clean_host, cancelled)
    assert said() == ""


def test_message_is_gone_after_an_undo(cancelled, clean_host, said):
    clean_host.click(cancelled.ui.namesUpButton)
    settle(clean_host, cancelled)
    cancelled.say(CANCELLED)
    clean_host.click(cancelled.ui.undoButton)
    assert said() == ""


def test_message_belongs_to_its_volume(cancelled, load, said):
    cancelled._parameterNode.inputVolume = load(phantom_volume(8))
    assert said() == ""


def test_message_is_gone_when_the_scene_is_closed(cancelled, said):
    slicer.mrmlScene.Clear(0)
    assert said() == ""


def test_scene_closed_in_mid_run_leaves_no_message(phantom_node, panel, clean_host, said):
    clean_host.click(panel.ui.applyButton)
    slicer.mrmlScene.Clear(0)
    assert said() == ""


def test_result_of_another_volume_says_nothing_here(phantom_node, panel, clean_host, load, said):
    clean_host.click(panel.ui.applyButton)
    panel._parameterNode.inputVolume = load(phantom_volume(8))
    clean_host.wait_until(lambda: panel._job is None, READ_S)
    assert panel._study is None
    assert said() == ""
