"""The module, loaded in the host as Slicer loads it."""

import importlib.metadata
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
