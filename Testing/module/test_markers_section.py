"""The section of the markers: its check box and Slicer's own eye icons say the same."""


def markers(panel):
    return panel._study.nodes.segmentation


def test_markers_are_hidden_at_first(with_study):
    assert not markers(with_study).GetDisplayVisibility()
    assert not with_study.ui.showMarkersCheckBox.checked


def test_check_box_shows_and_hides_the_markers(with_study, clean_host):
    with_study.ui.segmentsButton.collapsed = False
    for shown in (True, False):
        clean_host.click(with_study.ui.showMarkersCheckBox)
        assert bool(markers(with_study).GetDisplayVisibility()) is shown


def test_check_box_follows_the_eye_icon(with_study):
    markers(with_study).SetDisplayVisibility(True)
    assert with_study.ui.showMarkersCheckBox.checked
    markers(with_study).SetDisplayVisibility(False)
    assert not with_study.ui.showMarkersCheckBox.checked


def test_what_the_eye_icon_chose_outlasts_corrections_and_runs(with_study, apply, clean_host):
    markers(with_study).SetDisplayVisibility(True)
    clean_host.click(with_study.ui.namesUpButton)
    apply(with_study)
    assert markers(with_study).GetDisplayVisibility()
    assert with_study.ui.showMarkersCheckBox.checked
