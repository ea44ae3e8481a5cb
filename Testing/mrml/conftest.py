"""A phantom volume, a result of it with known places and readings, and a way to read a bundle back."""

from dataclasses import replace

import numpy as np
import pytest
import slicer

from CCFNetCore import anatomy
from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.result import Input, Model, Result, Structure


@pytest.fixture(scope="session")
def phantom():
    return draw_phantom(seed=1)


@pytest.fixture(scope="session")
def volume():
    return phantom_volume(seed=1)


@pytest.fixture(scope="session")
def result(phantom, volume):
    """T12-L1 is outside, L1 uncertain, L2-L3 and L5 are abnormal, all else is found and normal."""
    landmarks = phantom.spine.landmarks_lps_mm()
    structures = tuple(_structure(level, landmarks[level.name], volume) for level in anatomy.LEVELS)
    return Result(Input(volume.name, volume.size, volume.spacing_mm), Model("made by hand", "0" * 64), structures)


def _structure(level, position, volume):
    is_abnormal = level.name in ("L2-L3", "L5")
    found = Structure(
        level.name,
        level.kind,
        state="uncertain" if level.name == "L1" else "found",
        position_lps_mm=tuple(position.tolist()),
        index_ijk=tuple(volume.lps_mm_to_index(position).tolist()),
        confidence=0.91,
        abnormal_probability=0.83 if is_abnormal else 0.12,
        label="abnormal" if is_abnormal else "normal",
    )
    if level.name != "T12-L1":
        return found
    nothing = dict.fromkeys(("position_lps_mm", "index_ijk", "abnormal_probability", "label"))
    return replace(found, state="outside", confidence=0.02, **nothing)


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
