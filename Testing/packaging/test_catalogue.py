"""What Slicer's extension catalogue asks of an entry and of its repository."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "CCFNet.json"
SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.2.json#"
)
REQUIRED = ("$schema", "category", "scm_url")
TYPES = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "dicom_support_rule": str,
    "enabled": bool,
    "tier": int,
}
# Those of the catalogue's categories that could hold this extension; it takes no new ones.
CATEGORIES = ("Analysis", "Quantification", "Segmentation")
LIMIT_MB = 100


def test_the_entry_keeps_the_rules():
    assert _violations(json.loads(ENTRY.read_text())) == []


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        ({"homepage": "https://example.org"}, "homepage is not known"),
        ({"scm_url": None}, "scm_url is missing"),
        ({"scm_url": "https://example.org/CCFNet"}, "scm_url does not name a Slicer repository"),
        ({"scm_url": "http://example.org/SlicerCCFNet"}, "scm_url is not https"),
        ({"scm_type": "svn"}, "scm_type is neither git nor local"),
        ({"build_dependencies": ["PyTorch", 1]}, "build_dependencies are not all names"),
        ({"category": "Spine"}, "category is not one of the catalogue's"),
        ({"enabled": "yes"}, "enabled is not a bool"),
        ({"tier": True}, "tier is not a int"),
        ({"tier": 6}, "tier is not 1 to 5"),
    ],
)
def test_each_rule_is_checked(change, violation):
    changed = json.loads(ENTRY.read_text()) | change
    assert _violations({key: value for key, value in changed.items() if value is not None}) == [violation]


@pytest.mark.parametrize("path", ["CCFNet.png", "CCFNetSlicer/Resources/Icons/CCFNetSlicer.png"])
def test_icons_are_png_of_128_pixels(path):
    with Image.open(ROOT / path) as icon:
        assert (icon.format, icon.size) == ("PNG", (128, 128))


def test_there_is_a_licence():
    assert (ROOT / "LICENSE").is_file()


def test_the_repository_is_small():
    try:
        listing = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git cannot list the files: {error}")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    assert paths
    assert sum(path.stat().st_size for path in paths if path.is_file()) < LIMIT_MB * 1e6


def _violations(entry: dict[str, object]) -> list[str]:
    shape = [f"{key} is missing" for key in REQUIRED if key not in entry]
    shape += [f"{key} is not known" for key in entry if key not in TYPES]
    # Not isinstance: True is an int to Python, but not to JSON.
    shape += [
        f"{key} is not a {kind.__name__}"
        for key, kind in TYPES.items()
        if key in entry and type(entry[key]) is not kind
    ]
    if shape:
        return shape
    url = urlsplit(entry["scm_url"])
    rules = {
        "$schema is not that of version 1.0.2": entry["$schema"] == SCHEMA,
        "category is not one of the catalogue's": entry["category"] in CATEGORIES,
        "scm_url is not https": url.scheme == "https",
        "scm_url does not name a Slicer repository": "slicer" in url.path.rpartition("/")[2].lower(),
        "scm_type is neither git nor local": entry.get("scm_type", "git") in ("git", "local"),
        "build_dependencies are not all names": all(type(name) is str for name in entry.get("build_dependencies", [])),
        "tier is not 1 to 5": 1 <= entry.get("tier", 1) <= 5,
    }
    return [rule for rule, kept in rules.items() if not kept]
