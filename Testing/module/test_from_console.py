"""What is read or corrected without the panel appears in it."""

import pytest
import slicer


@pytest.fixture
def shown(panel, clean_host):
    """Wait until the panel shows the study of a volume."""

    def wait(volume_node):
        clean_host.wait_until(lambda: panel._study and panel._study.volume_node is volume_node, 5)
        return panel._study

    return wait


def test_result_of_the_console_appears_in_the_open_panel(phantom_node, panel, shown):
    from CCFNetSlicer import CCFNetSlicerLogic

    nodes = CCFNetSlicerLogic().process(phantom_node)
    assert shown(phantom_node).table is nodes.table
    assert panel.ui.resultButton.isVisibleTo(panel.ui.resultButton.window())
    assert not nodes.segmentation.GetDisplayVisibility()


def test_result_of_the_console_appears_when_the_panel_is_entered(phantom_node, panel):
    from CCFNetSlicer import CCFNetSlicerLogic

    slicer.util.moduleSelector().leave()
    nodes = CCFNetSlicerLogic().process(phantom_node)
    slicer.util.selectModule("CCFNetSlicer")
    assert panel._study.table is nodes.table


def test_correction_of_the_console_appears_in_the_open_panel(with_study, clean_host):
    from CCFNetSlicerLib import corrections
    from CCFNetSlicerLib.study import find_study

    from CCFNetCore.measurements import measure

    study = find_study(with_study._study.volume_node)
    study.correct(corrections.removed(study.result, ["L5-S1"]))
    known = [measurement for measurement in measure(study.result) if measurement.value is not None]
    assert len(known) < len(measure(study.result))
    clean_host.wait_until(lambda: len(with_study.ui.estimatesLabel.text.splitlines()) == len(known), 5)
