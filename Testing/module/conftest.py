"""The module, loaded in the host as Slicer loads it."""

import importlib.metadata
from pathlib import Path

import pytest
from host.fixtures import *  # noqa: F403
from panel_use import READ_S
from phantom_result import make_result

from CCFNetCore.phantom import draw_phantom, phantom_volume

MODULE = Path(__file__).resolve().parents[2] / "CCFNetSlicer" / "CCFNetSlicer.py"


@pytest.fixture
def panel(clean_host, warm_worker):
    """The panel, entered; the worker that a test before it warmed stays warm."""
    panel = clean_host.load_module(MODULE)
    logic = type(panel.logic)
    logic._worker = warm_worker
    yield panel
    # The panel ends its worker when it is closed.
    if warm_worker.jobs:
        warm_worker.cancel()
    logic._worker = None


@pytest.fixture(scope="session")
def warm_worker(host):
    host.load_module(MODULE)
    from CCFNetSlicerLib.process import wait_until_gone
    from CCFNetSlicerLib.worker_client import WorkerClient

    host.close()
    worker = WorkerClient()
    yield worker
    worker.stop()
    wait_until_gone()


@pytest.fixture
def load(clean_host):
    """Put a core volume into the scene and into the views, as loading a file does."""
    import slicer
    from CCFNetSlicerLib.scene import add_volume

    def load_volume(volume):
        node = add_volume(slicer.mrmlScene, volume)
        slicer.util.setSliceViewerLayers(background=node, fit=True)
        return node

    return load_volume


@pytest.fixture
def lacking(clean_host, monkeypatch):
    """Let packages seem absent, to the host's installer and to whoever looks, until they are "installed"."""
    version = importlib.metadata.version

    def look(name):
        if name.lower() in clean_host.packages.missing:
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", look)
    return clean_host.packages.pretend_missing


@pytest.fixture
def phantom_node(load):
    return load(phantom_volume(7))


@pytest.fixture
def apply(clean_host):
    def press_and_wait(panel):
        clean_host.click(panel.ui.applyButton)
        assert clean_host.wait_until(lambda: panel._job is None, READ_S)

    return press_and_wait


@pytest.fixture
def applied(phantom_node, panel, apply):
    """The panel after a run on the phantom."""
    apply(panel)
    return panel


@pytest.fixture
def with_study(phantom_node, panel):
    """The panel on a study that nothing had to be read for: L1 is uncertain and T12-L1 outside."""
    from CCFNetSlicerLib.study import add_study

    add_study(phantom_node, make_result(draw_phantom(7), phantom_volume(7)))
    panel.enter()
    return panel
