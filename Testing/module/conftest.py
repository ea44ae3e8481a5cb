"""The module, loaded in the host as Slicer loads it."""

import sys
from pathlib import Path

import pytest
from host.fixtures import *  # noqa: F403

MODULE = Path(__file__).resolve().parents[2] / "CCFNetSlicer" / "CCFNetSlicer.py"


@pytest.fixture
def panel(clean_host):
    """The panel, entered; the worker that a test before it warmed stays warm."""
    return clean_host.load_module(MODULE)


@pytest.fixture(scope="session", autouse=True)
def _stop_worker(host):
    yield
    module = sys.modules.get("CCFNetSlicer")
    if module is not None:
        module.CCFNetSlicerLogic.stopWorker()


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
