"""A phantom volume, a result of it with known places and readings, and a way to read a bundle back."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
from phantom_result import make_result

from CCFNetCore.phantom import draw_phantom, phantom_volume


@pytest.fixture(scope="session")
def phantom():
    return draw_phantom(seed=1)


@pytest.fixture(scope="session")
def volume():
    return phantom_volume(seed=1)


@pytest.fixture(scope="session")
def result(phantom, volume):
    return make_result(phantom, volume)


@pytest.fixture(scope="session")
def oblique(phantom, volume):
    """The phantom turned about two axes, and what turns its LPS positions with it."""
    turn = _rotation(0.3, 0, 1) @ _rotation(0.2, 1, 2)
    origin = tuple((turn @ phantom.origin_lps_mm).tolist())
    return replace(volume, origin_lps_mm=origin, direction=turn @ volume.direction), turn


def _rotation(angle, first, second):
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = np.cos(angle)
    turn[second, first], turn[first, second] = np.sin(angle), -np.sin(angle)
    return turn


@pytest.fixture
def scene():
    return slicer.vtkMRMLScene()


@pytest.fixture
def read_bundle():
    """Read a bundle as the application does, into a fresh scene."""
    from trame_slicer.core import SlicerApp

    app = SlicerApp()

    def read(file):
        assert app.io_manager.load_scene(file)
        return app.scene

    return read
