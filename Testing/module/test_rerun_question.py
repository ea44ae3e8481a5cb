"""What a new run does with points that were placed by hand: the user is asked, and may think better of it."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
from host import ESCAPE


@pytest.fixture
def corrected(with_study):
    """The panel on a study whose point of L4 was placed by hand."""
    from CCFNetSlicerLib import corrections

    study = with_study._study
    fourth = next(structure for structure in study.result.structures if structure.name == "L4")
    moved = tuple(np.add(fourth.position_lps_mm, [0.0, -3.0, 4.0]).tolist())
    study.amend(corrections.placed(study.result, [replace(fourth, placed_by="hand", position_lps_mm=moved)]))
    return with_study


def places(panel):
    return {s.name: s.position_lps_mm for s in panel._study.result.structures}


@pytest.mark.parametrize(("answer", "keeps"), [("Keep", True), ("Replace", False)])
def test_points_placed_by_hand_are_kept_or_replaced(corrected, apply, clean_host, answer, keeps):
    before = corrected._study.result
    moved = places(corrected)["L4"]
    clean_host.dialogs.answer(answer)
    apply(corrected)
    assert "You placed or named L4 by hand" in clean_host.dialogs.shown[-1].text
    assert (places(corrected)["L4"] == moved) is keeps
    clean_host.click(corrected.ui.undoButton)
    assert places(corrected) == {s.name: s.position_lps_mm for s in before.structures}


@pytest.mark.parametrize("answer", ["Cancel", ESCAPE])
def test_cancel_and_escape_change_nothing(corrected, clean_host, answer):
    before = corrected._study.result
    corrected.say("What was said before.")
    clean_host.dialogs.answer(answer)
    clean_host.click(corrected.ui.applyButton)
    assert "L4" in clean_host.dialogs.shown[-1].text
    assert corrected._job is None
    assert corrected.ui.statusLabel.text == "What was said before."
    assert places(corrected) == {s.name: s.position_lps_mm for s in before.structures}


def test_nobody_is_asked_in_testing_mode(corrected, apply, clean_host):
    moved = places(corrected)["L4"]
    slicer.app.is_testing = True
    apply(corrected)
    assert not clean_host.dialogs.shown
    assert places(corrected)["L4"] == moved
