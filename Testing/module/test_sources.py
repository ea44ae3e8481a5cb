"""What Slicer asks of a module's sources, read from the sources."""

import ast
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "CCFNetSlicer"
SOURCES = sorted(FOLDER.rglob("*.py"))
IN_SLICER = {"slicer", "vtk", "qt", "ctk", "numpy", "CCFNetSlicerLib"}
# Run by `make demo` and never by Slicer.
OUTSIDE_SLICER = {"__main__.py"}


def top_level_imports(file):
    """Packages imported whenever the file is; what stands under ``if TYPE_CHECKING`` is not."""
    names = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.name)
def test_signals_are_connected_by_signature(host, file):
    assert not host.connections_without_signature(file)
    assert not host.pyside_imports(file)


@pytest.mark.parametrize("file", [f for f in SOURCES if f.name not in OUTSIDE_SLICER], ids=lambda f: f.name)
def test_nothing_that_may_be_missing_is_imported_at_file_scope(file):
    assert top_level_imports(file) <= IN_SLICER | set(sys.stdlib_module_names)


def test_the_check_sees_what_it_should(tmp_path):
    (tmp_path / "bad.py").write_text("import os\nimport torch\nfrom slicer import app\n\n\ndef f():\n    import json\n")
    assert top_level_imports(tmp_path / "bad.py") == {"os", "torch", "slicer"}
