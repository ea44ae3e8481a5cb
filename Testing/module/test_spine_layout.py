"""The layout for the spine: offered, remembered, undone; and where the views look after a run."""

import numpy as np
import pytest
import qt
import slicer

from CCFNetCore.phantom import phantom_volume


@pytest.fixture
def applied(load, panel, apply):
    """The panel after a run on the phantom."""
    load(phantom_volume(7))
    panel.initializeParameterNode()
    apply(panel)
    return panel


@pytest.fixture
def settle_views(clean_host):
    def wait(panel):
        clean_host.wait_until(lambda: not panel._spineLayout._settling.active, 10)

    return wait


def layout():
    return slicer.app.layoutManager().layout


def view(name):
    return slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")


def test_a_run_leaves_the_layout_and_turns_the_views_to_the_spine(applied):
    from CCFNetSlicerLib.spine_layout import LAYOUT

    places = [place for _, place in applied._study.point_lists.places_ras_mm()]
    assert layout() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView != LAYOUT
    assert not applied.ui.spineLayoutButton.checked
    axial = view("Red").GetSliceToRAS().GetElement(2, 3)
    assert min(abs(place[2] - axial) for place in places) < 0.1


def test_the_button_shows_the_spine_large_and_goes_back(applied, clean_host, settle_views):
    from CCFNetSlicerLib.spine_layout import LAYOUT

    clean_host.click(applied.ui.spineLayoutButton)
    settle_views(applied)
    assert layout() == LAYOUT
    assert view("Yellow").IsMappedInLayout()
    assert not view("Green").IsMappedInLayout()
    places = np.array([place for _, place in applied._study.point_lists.places_ras_mm()])
    height = np.ptp(places[:, 2])
    assert 1.2 * height < view("Yellow").GetFieldOfView()[1] < 1.8 * height
    clean_host.click(applied.ui.spineLayoutButton)
    assert layout() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_the_choice_is_kept_for_the_next_study(applied, clean_host, load, apply):
    from CCFNetSlicerLib.spine_layout import LAYOUT

    clean_host.click(applied.ui.spineLayoutButton)
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert not applied.ui.spineLayoutButton.checked
    applied._parameterNode.inputVolume = load(phantom_volume(8))
    apply(applied)
    assert layout() == LAYOUT
    assert applied.ui.spineLayoutButton.checked
    assert slicer.util.toBool(qt.QSettings().value("CCFNet/SpineLayout"))


def test_a_rerun_leaves_the_views_where_the_user_turned_them(applied, apply):
    view("Red").JumpSliceByOffsetting(0, 0, 12.3)
    apply(applied)
    assert view("Red").GetSliceToRAS().GetElement(2, 3) == pytest.approx(12.3)


def test_views_of_another_layout_show_the_points_too(applied, settle_views):
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutDual3DView)
    settle_views(applied)
    views = [node for node in slicer.util.getNodesByClass("vtkMRMLViewNode") if node.IsMappedInLayout()]
    assert len(views) == 2
    for points in applied._study.point_lists:
        assert all(points.GetDisplayNode().IsViewNodeIDPresent(node.GetID()) for node in views)


def test_another_volumes_points_are_hidden(applied, load, apply):
    first = list(applied._study.point_lists)
    applied._parameterNode.inputVolume = load(phantom_volume(8))
    apply(applied)
    assert not any(points.GetDisplayVisibility() for points in first)
    assert all(points.GetDisplayVisibility() for points in applied._study.point_lists)


def test_slicer_without_its_window_has_no_layouts(clean_host, monkeypatch, load, apply):
    from module.conftest import MODULE

    monkeypatch.setattr(slicer.app, "layoutManager", lambda: None)
    panel = clean_host.load_module(MODULE)
    load_volume = load(phantom_volume(7))
    panel._parameterNode.inputVolume = load_volume
    apply(panel)
    assert panel._study is not None
    assert not panel.ui.spineLayoutButton.visible
