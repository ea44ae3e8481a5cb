"""What the CCF-Net module does, free of its window.

Importing it makes ``CCFNetCore`` importable: installed as an extension it lies beside the module, in a checkout whose
module folder was added to Slicer by hand it lies one folder further up.
"""

import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("CCFNetCore") is None:
    sys.path.append(str(Path(__file__).resolve().parents[2]))
