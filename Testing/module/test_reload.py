"""Slicer's Reload, and what it leaves behind."""

import sys
from pathlib import Path

import psutil
import pytest
import slicer

MODULE = Path(__file__).resolve().parents[2] / "CCFNetSlicer" / "CCFNetSlicer.py"


def worker_processes():
    """The workers that this process has started and that still run."""
    children = psutil.Process().children()
    return {child for child in children if "CCFNetSlicerLib.worker" in " ".join(child.cmdline())}


@pytest.fixture
def own_workers():
    """The processes of the test's own workers, for another may be warm."""
    others = worker_processes()
    return lambda: worker_processes() - others


@pytest.fixture
def loaded(clean_host):
    """Gives the panel as it is after the last reload."""
    clean_host.load_module(MODULE)
    return lambda: slicer.modules.CCFNetSlicerWidget


@pytest.fixture
def start_worker(clean_host):
    def start_and_wait(panel):
        from CCFNetSlicerLib.worker_client import Job

        answers = []
        panel.logic.worker().ask({"do": "dance"}, Job(lambda *_: None, answers.append, answers.append))
        clean_host.wait_until(lambda: answers)

    return start_and_wait


def test_a_reload_ends_the_worker_of_the_module_before_and_closing_ends_the_last(
    loaded, start_worker, own_workers, clean_host
):
    for _ in range(2):
        start_worker(loaded())
        assert len(own_workers()) == 1
        loaded().onReload()
        assert not own_workers()
    start_worker(loaded())
    clean_host.close()
    assert not own_workers()


def test_a_reload_from_elsewhere_ends_the_worker_too(loaded, start_worker, own_workers):
    start_worker(loaded())
    slicer.util.reloadScriptedModule("CCFNetSlicer")
    assert not own_workers()


def test_nothing_waits_for_the_end_of_slicer_after_a_reload(loaded, start_worker):
    start_worker(loaded())
    stop = loaded().logic.stopWorker
    loaded().onReload()
    assert not slicer.app.disconnect("aboutToQuit()", stop)


def test_a_reload_reads_the_library_anew(loaded):
    before = sys.modules["CCFNetSlicerLib.packages"]
    loaded().onReload()
    assert sys.modules["CCFNetSlicer"].packages is sys.modules["CCFNetSlicerLib.packages"] is not before


def test_a_panel_that_was_reloaded_is_of_use(loaded, load):
    from CCFNetCore.phantom import phantom_volume

    old = loaded()
    old.onReload()
    assert loaded() is not old
    load(phantom_volume(7))
    loaded().enter()
    assert loaded().ui.applyButton.enabled
