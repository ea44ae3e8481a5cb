"""When what is done to points in the views is taken over: a drag at its end, what a script does after a pause."""

import time

import numpy as np
import pytest
import slicer
from panel_use import move, settle
from phantom_result import with_names
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

LONGER_THAN_A_PAUSE_S = 0.3


@pytest.fixture
def node(clean_host):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    node.AddControlPoint(0, 0, 0)
    return node


@pytest.fixture
def told(node):
    """The point's positions of which was told that they were taken over."""
    from CCFNetSlicerLib.point_edits import PointEdits

    positions = []
    edits = PointEdits(lambda: positions.append(node.GetNthControlPointPosition(0)))
    edits.watch([node])
    yield positions
    edits.stop()


@pytest.fixture
def wait(clean_host):
    def run_events(seconds):
        end = time.monotonic() + seconds
        clean_host.wait_until(lambda: time.monotonic() > end)

    return run_events


def take(node):
    """As Slicer's markups widget tells when the mouse takes a point."""
    node.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointStartInteractionEvent)


def let_go(node):
    node.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent)


def test_a_slow_drag_is_told_once_when_it_is_over(node, told, wait, clean_host):
    take(node)
    for step in (1, 2, 3):
        node.SetNthControlPointPosition(0, step, 0, 0)
        wait(LONGER_THAN_A_PAUSE_S)
    assert not told
    let_go(node)
    clean_host.wait_until(lambda: told, 5)
    wait(LONGER_THAN_A_PAUSE_S)
    assert told == [(3, 0, 0)]


def test_what_a_script_does_at_once_is_told_once(node, told, wait):
    for step in (1, 2, 3):
        node.SetNthControlPointPosition(0, step, 0, 0)
    wait(LONGER_THAN_A_PAUSE_S)
    assert told == [(3, 0, 0)]


def test_a_point_that_a_key_took_is_let_go_after_a_while(node, told, clean_host):
    """Slicer's key for snapping a point to the slice begins a drag and never ends it."""
    take(node)
    node.SetNthControlPointPosition(0, 1, 0, 0)
    clean_host.wait_until(lambda: told, 5)
    assert told == [(1, 0, 0)]


def test_a_point_that_the_mouse_holds_still_is_not_let_go(node, told, wait, panel):
    from CCFNetSlicerLib.point_edits import STILL_MS

    window = panel.parent.window().windowHandle()
    QTest.mousePress(window, Qt.MouseButton.LeftButton)
    take(node)
    node.SetNthControlPointPosition(0, 1, 0, 0)
    wait(STILL_MS / 1000 + LONGER_THAN_A_PAUSE_S)
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton)
    assert not told


def test_a_list_that_is_watched_no_more_tells_nothing(node, clean_host, wait):
    from CCFNetSlicerLib.point_edits import PointEdits

    told = []
    edits = PointEdits(lambda: told.append(True))
    edits.watch([node])
    edits.watch([])
    node.SetNthControlPointPosition(0, 1, 0, 0)
    wait(LONGER_THAN_A_PAUSE_S)
    assert not told


def test_a_slow_drag_is_one_undo_step(with_study, clean_host, wait):
    before = with_study._study.result
    points, index = with_study._study.point_lists.find("L4")
    start = np.array(points.GetNthControlPointPosition(index))
    take(points)
    for _ in range(3):
        move(with_study, "L4", [0, 1, 2])
        wait(LONGER_THAN_A_PAUSE_S)
    let_go(points)
    settle(clean_host, with_study)
    points, index = with_study._study.point_lists.find("L4")
    assert np.array(points.GetNthControlPointPosition(index)) - start == pytest.approx([0, 3, 6])
    clean_host.click(with_study.ui.undoButton)
    assert with_study._study.result == before


def test_a_moved_point_has_no_confidence_of_its_name_even_before_it_is_read_again(with_study):
    study = with_study._study
    study.amend(with_names(study.result))
    move(with_study, "L3", [0, 1, 2])
    study.follow_points()
    assert [s.name for s in study.result.structures if s.name_confidence is None] == ["T12-L1", "L3"]
