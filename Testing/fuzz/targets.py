"""What is fuzzed: for each target whole inputs to begin with, and how one is read."""

import io
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import SimpleITK
from PIL import Image

from CCFNetCore.errors import CCFNetError
from CCFNetCore.images.dicom import read_dicom_files
from CCFNetCore.images.source import read_volume
from CCFNetCore.model_file import find_model, load_model, load_reader
from CCFNetCore.phantom import draw_phantom, phantom_volume
from CCFNetCore.phantom.study import write_series
from CCFNetCore.result import Result


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes
    ----------
    seeds : callable
        Yields whole inputs.
    read : callable
        Takes an input and a folder to work in; ends as the reader does with any input, or raises what it must not.
    """

    seeds: Callable[[], Iterator[bytes]]
    read: Callable[[bytes, Path], None]


def _small_volume():
    """A drawn study of few voxels: three slices, every tenth row and column."""
    whole = phantom_volume(4)
    return replace(whole, array=whole.array[5:8, ::10, ::10].copy(), spacing_mm=(9.0, 9.0, 4.4))


def _dicom_seeds() -> Iterator[bytes]:
    from pydicom import dcmread
    from pydicom.uid import JPEGLSLossless, RLELossless

    with TemporaryDirectory() as folder:
        write_series(_small_volume(), Path(folder))
        file = min(Path(folder).iterdir())
        yield file.read_bytes()
        for syntax in (RLELossless, JPEGLSLossless):
            image, packed = dcmread(file), io.BytesIO()
            image.compress(syntax)
            image.save_as(packed)
            yield packed.getvalue()


def _read_dicom(data: bytes, folder: Path) -> None:
    """The input as one slice of a series, beside the two others."""
    beside = folder / "series"
    if not beside.exists():
        write_series(_small_volume(), beside)
        min(beside.iterdir()).unlink()
    (beside / "input.dcm").write_bytes(data)
    with suppress(CCFNetError):
        read_dicom_files(sorted(beside.iterdir()), "series", "series")


def _file_target(ending: str, write: Callable[[Path], None]) -> Target:
    def seeds() -> Iterator[bytes]:
        with TemporaryDirectory() as folder:
            file = Path(folder, f"seed{ending}")
            write(file)
            yield file.read_bytes()

    def read(data: bytes, folder: Path) -> None:
        file = folder / f"input{ending}"
        file.write_bytes(data)
        with suppress(CCFNetError):
            read_volume(file)

    return Target(seeds, read)


def _write_volume(file: Path) -> None:
    SimpleITK.WriteImage(_small_volume().to_sitk(), str(file))


def _write_picture(file: Path) -> None:
    Image.fromarray(_small_volume().array[1]).save(file)


def _result_seeds() -> Iterator[bytes]:
    from phantom_result import make_result

    result = make_result(draw_phantom(4), phantom_volume(4))
    yield json.dumps(result.to_dict()).encode()


def _read_result(data: bytes, folder: Path) -> None:
    from CCFNetCore.export.csv_table import write_csv
    from CCFNetCore.export.slicer_markups import write_markups

    file = folder / "result.json"
    file.write_bytes(data)
    with suppress(CCFNetError):
        result = Result.read(file)
        result.write(folder / "again.json")
        write_csv([result], folder / "table.csv")
        write_markups(result, folder / "points.mrk.json")


def _weights_seeds() -> Iterator[bytes]:
    # The header, which says where each tensor lies; with none of the tensors a file is small enough to be changed.
    whole = find_model("default").read_bytes()
    yield whole[: 8 + int.from_bytes(whole[:8], "little")]


def _read_weights(data: bytes, folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(data)
    for load in (load_model, load_reader):
        with suppress(CCFNetError):
            load(file)


warnings.simplefilter("ignore")

TARGETS = {
    "dicom": Target(_dicom_seeds, _read_dicom),
    "nifti": _file_target(".nii", _write_volume),
    "nifti-gz": _file_target(".nii.gz", _write_volume),
    "nrrd": _file_target(".nrrd", _write_volume),
    "mha": _file_target(".mha", _write_volume),
    "picture": _file_target(".png", _write_picture),
    "result": Target(_result_seeds, _read_result),
    "weights": Target(_weights_seeds, _read_weights),
}
