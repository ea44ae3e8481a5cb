"""Where the real images lie: never in the repository, but in a folder beside the checkout, or where a variable says."""

import os
from pathlib import Path

DATA = Path(os.environ.get("CCFNET_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
