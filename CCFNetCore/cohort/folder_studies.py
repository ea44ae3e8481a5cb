"""Finds the studies below a folder: volume files, and DICOM files by their StudyInstanceUID, wherever they lie.

Which files are whose is kept in a database that SQLite holds in a temporary file, so that memory stays flat.
"""

import os
import sqlite3
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePath

import pydicom
from pydicom.uid import MediaStorageDirectoryStorage

from ..errors import InputError
from ..images.dicom import looks_like_dicom
from ..images.source import VOLUME_ENDINGS
from ..kinds import printable
from .names import safe_name, unique_names, with_hash
from .study import Study

_NO_STUDY = ""
"""The study of a DICOM file that is too damaged to name its own."""


class FolderStudies:
    """The studies below a folder.

    Parameters
    ----------
    folder : Path
    leave_out : Path
        Folder that is not looked into, as that of the results may lie below the other.

    Attributes
    ----------
    names : list of str
        In order.

    Raises
    ------
    InputError
        If there is no such folder, or no study in it.
    """

    def __init__(self, folder: Path, leave_out: Path) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder}: there is no such folder.")
        self._folder, self._leave_out = folder.resolve(), leave_out.resolve()
        # An empty name: a temporary file that goes when the connection does.
        self._files = sqlite3.connect("")
        self._files.execute("CREATE TABLE files (study BLOB, folder BLOB, file BLOB)")
        volumes, empty = self._scan()
        self._adopt_damaged_files()
        if not volumes and not self._has_dicom():
            raise InputError(f"{folder}: no study in this folder or below, neither DICOM nor volume files.")
        self._volumes, self._places = volumes, self._dicom_places()
        self._places |= {f"empty {path}": path for path in empty}
        self._identities = {name: identity for identity, name in unique_names(self._wanted_names()).items()}
        self.names = sorted(self._identities)

    def study(self, name: str) -> Study:
        """The study of this name, with its files."""
        identity = self._identities[name]
        if identity in self._volumes:
            file = self._folder / identity
            return Study(name, printable(str(file)), (file,), is_dicom=False)
        rows = self._files.execute("SELECT file FROM files WHERE study = ? ORDER BY file", (_bytes(identity),))
        files = tuple(self._folder / os.fsdecode(file) for (file,) in rows)
        return Study(name, printable(str(self._folder / self._places[identity])), files)

    def _scan(self) -> tuple[set[str], list[str]]:
        """Note the DICOM files; returns the paths of volume files and of folders in which nothing is."""
        volumes, empty = set(), []
        for folder, folders, files in self._walk():
            if not folders and not files and folder:
                empty.append(folder)
            for file in files:
                path = os.path.join(folder, file)
                if file.lower().endswith(VOLUME_ENDINGS):
                    volumes.add(path)
                elif (study := _study_uid(self._folder / path)) is not None:
                    self._files.execute("INSERT INTO files VALUES (?, ?, ?)", tuple(map(_bytes, (study, folder, path))))
        self._files.execute("CREATE INDEX by_study ON files (study)")
        self._files.execute("CREATE INDEX by_folder ON files (folder)")
        return volumes, empty

    def _walk(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """As os.walk, with folders relative to the top one, and without what is hidden."""
        for parent, folders, files in os.walk(self._folder, onerror=_raise):
            folders[:] = sorted(f for f in folders if f[0] != "." and Path(parent, f) != self._leave_out)
            folder = os.path.relpath(parent, self._folder)
            yield "" if folder == "." else folder, folders, [file for file in files if file[0] != "."]

    def _has_dicom(self) -> bool:
        return self._files.execute("SELECT 1 FROM files LIMIT 1").fetchone() is not None

    def _adopt_damaged_files(self) -> None:
        """Count a damaged file to the study in its folder if there is just one, else as a study of its own."""
        for (folder,) in self._files.execute("SELECT DISTINCT folder FROM files WHERE study = ?", (b"",)).fetchall():
            beside = "SELECT DISTINCT study FROM files WHERE folder = ? AND study != ?"
            studies = self._files.execute(beside, (folder, b"")).fetchall()
            own = b"damaged " + folder
            adopter = studies[0][0] if len(studies) == 1 else own
            self._files.execute("UPDATE files SET study = ? WHERE folder = ? AND study = ?", (adopter, folder, b""))

    def _dicom_places(self) -> dict[str, str]:
        """For each study, the folder that holds all of it."""
        folders = defaultdict(list)
        for study, folder in self._files.execute("SELECT DISTINCT study, folder FROM files"):
            folders[os.fsdecode(study)].append(os.fsdecode(folder))
        return {study: os.path.commonpath(paths) for study, paths in folders.items()}

    def _wanted_names(self) -> dict[str, str]:
        """A name for each identity: the path of a volume file, or a study's UID."""
        inside = self._studies_inside()
        names = {path: safe_name(_without_ending(path)) for path in self._volumes}
        for identity, place in self._places.items():
            name = safe_name(place or self._folder.name)
            is_alone = inside[place] <= {identity}
            names[identity] = name if is_alone else with_hash(name, identity)
        return names

    def _studies_inside(self) -> dict[str, set[str]]:
        """The DICOM studies that have files in a folder or below it."""
        inside = defaultdict(set)
        for study, folder in self._files.execute("SELECT DISTINCT study, folder FROM files"):
            path = PurePath(os.fsdecode(folder))
            for place in (path, *path.parents):
                inside["" if place == PurePath() else str(place)].add(os.fsdecode(study))
        return inside


def _study_uid(file: Path) -> str | None:
    """StudyInstanceUID of a DICOM file, None if it is no DICOM file of a study."""
    try:
        if not looks_like_dicom(file):
            return _NO_STUDY if file.suffix.lower() == ".dcm" else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["StudyInstanceUID"], force=True)
    except Exception:  # A damaged header can fail in any way.
        return _NO_STUDY
    if header.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        return None
    return str(header.get("StudyInstanceUID") or _NO_STUDY)


def _without_ending(path: str) -> str:
    ending = next(ending for ending in VOLUME_ENDINGS if path.lower().endswith(ending))
    return path[: -len(ending)]


def _bytes(text: str) -> bytes:
    """File names need not be Unicode, which SQLite's text is."""
    return os.fsencode(text)


def _raise(error: OSError) -> None:
    """A folder that cannot be looked into must not be passed over."""
    raise error
