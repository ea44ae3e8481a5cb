import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from CCFNetCore import anatomy
from CCFNetCore.training.augment import Placing
from CCFNetCore.training.config import TrainingConfig

SMALL = Placing(size=(64, 80), turn_degrees=20.0, zoom=0.25, wander=0.5)
TINY = TrainingConfig(placing=SMALL, steps=4, batch=2, phantoms=1, checkpoint_every=2, log_every=1)


@pytest.fixture
def data(tmp_path):
    return write_pictures(tmp_path)


def write_pictures(folder):
    """Four pictures with a bright dot at each structure."""
    entries = []
    for patient in range(4):
        pixels = np.zeros((220, 200), dtype=np.uint8)
        places = [(20 + 17 * k, 100 + 3 * k) for k in range(anatomy.COUNT)]
        for row, column in places:
            pixels[row - 2 : row + 3, column - 2 : column + 3] = 255
        pixels[0, 0] = 1
        Image.fromarray(pixels).save(folder / f"{patient}.png")
        structures = [
            {"name": level.name, "kind": level.kind, "x": x, "y": y, "grade": "v2" if (patient + k) % 2 else "v1"}
            for k, (level, (y, x)) in enumerate(zip(anatomy.LEVELS, places, strict=True))
        ]
        entries.append({"id": str(patient), "image": f"{patient}.png", "structures": structures})
    (folder / "landmarks.json").write_text(json.dumps(entries))
    return folder


@pytest.fixture
def config_file(tmp_path):
    """The tiny config as a file."""
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(asdict(TINY)))
    return file
