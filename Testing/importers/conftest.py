import json

import numpy as np
import pytest
from PIL import Image

from CCFNetCore.phantom import draw_phantom, phantom_volume

SEED = 41


@pytest.fixture(scope="session")
def dotted():
    """A phantom's volume with a bright dot at each structure in every slice, and where they are in LPS."""
    volume = phantom_volume(SEED)
    places = draw_phantom(SEED).spine.landmarks_lps_mm()
    for place in places.values():
        i, j, _ = np.rint(volume.lps_mm_to_index(place)).astype(int)
        volume.array[:, j - 2 : j + 3, i - 2 : i + 3] = 4095
    return volume, places


@pytest.fixture
def read_entries():
    def read(folder):
        return json.loads((folder / "landmarks.json").read_text())

    return read


@pytest.fixture
def dots_under():
    """How bright a written picture is at its entry's points, 0 to 255."""

    def look(folder, entry, right=0):
        pixels = np.asarray(Image.open(folder / entry["image"]))
        assert pixels.dtype == np.uint8
        assert pixels.shape == (entry["height"], entry["width"])
        return [int(pixels[round(s["y"]), round(s["x"]) + right]) for s in entry["structures"]]

    return look
