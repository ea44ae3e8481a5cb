"""How a volume's voxels come to the worker: in a file that is removed as soon as it is read.

The files of one process begin alike, and both ends know how: whichever outlives the other removes what was not read.
"""

import contextlib
import os
import secrets
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from CCFNetCore.images.volume import Volume


class Outbox:
    """The application's end, for one process.

    Parameters
    ----------
    folder : str
        Where the files lie.

    Attributes
    ----------
    prefix : str
        Path with which the files begin.
    """

    def __init__(self, folder: str) -> None:
        self.prefix = os.path.join(folder, f"ccfnet-{secrets.token_hex(8)}-")
        self._file = ""
        self._described: dict[str, Any] | None = None

    def put(self, volume: "Volume", stamp: int) -> dict[str, Any]:
        """Describe a volume for :mod:`.worker`, and write its voxels as they are unless the process has it.

        Parameters
        ----------
        volume : Volume
        stamp : int
            Changes with the voxels.

        Raises
        ------
        OSError
            If the voxels cannot be written.
        """
        described = {
            "voxels": stamp,
            "name": volume.name,
            "spacing_mm": list(volume.spacing_mm),
            "origin_lps_mm": list(volume.origin_lps_mm),
            "direction": volume.direction.tolist(),
            "series_instance_uid": volume.series_instance_uid,
            "weighting": volume.weighting,
        }
        if described != self._described:
            self._file = self._write(volume.array)
            self._described = described
        return {"file": self._file, **described}

    def forget(self) -> None:
        """Write the next volume's voxels in any case, for the process may not have them."""
        self._described = None

    def empty(self) -> None:
        """Remove what the process has not read, once it is gone."""
        _remove(self.prefix)

    def _write(self, array: "np.ndarray") -> str:
        import numpy as np

        # Nobody else may read it.
        descriptor, file = tempfile.mkstemp(".npy", os.path.basename(self.prefix), os.path.dirname(self.prefix))
        try:
            with open(descriptor, "wb") as stream:
                np.save(stream, array, allow_pickle=False)
        except OSError:
            _unlink(Path(file))
            raise
        return file


class Inbox:
    """The worker's end.

    Parameters
    ----------
    prefix : str
        Path with which the files for this process begin.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        # Windows does not remove a file that is being read.
        self._reading = threading.Lock()

    def take(self, file: str) -> "np.ndarray":
        """Read an array and remove its file, whether or not it can be read.

        Raises
        ------
        ValueError, EOFError, BadZipFile
            If it is no array, or not a whole one.
        OSError
            If it cannot be read.
        """
        import numpy as np

        with self._reading:
            try:
                return np.load(file, allow_pickle=False)
            finally:
                self.remove(file)

    def remove(self, file: str) -> None:
        """Remove a file that is not needed."""
        _unlink(Path(file))

    def empty(self) -> None:
        """Remove what was not read."""
        with self._reading:
            _remove(self._prefix)


def _remove(prefix: str) -> None:
    folder, name = os.path.split(prefix)
    for file in Path(folder).glob(f"{name}*"):
        _unlink(file)


def _unlink(file: Path) -> None:
    # Neither end may stop at a file that something else holds.
    with contextlib.suppress(OSError):
        file.unlink()
