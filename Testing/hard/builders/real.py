"""The real volumes, where they are on this machine."""

from pathlib import Path

from real_data import DATA

from ..case import NotHereError


def real_file(name: str) -> Path:
    """The file of a real volume."""
    file = DATA / "volumes" / f"{name}_img.nii.gz"
    if not file.exists():
        raise NotHereError(f"the real volume {name} is not on this machine")
    return file
