"""Model files: the network's weights with what is needed to use them, in one safetensors file."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from .calibration import Calibration, Calibrations
from .confidence import Confidences
from .errors import InputError, WeightsError
from .kinds import is_of
from .whole_file import whole_file

if TYPE_CHECKING:
    import torch

    from .network import CCFNet, Reader

DEFAULT_MODEL = "ccfnet-lite0"
_ENDING = ".safetensors"
_HEADER_KEY = "ccfnet"
_PIXEL_SIZES_MM = (0.1, 10.0)
"""Pixels of pictures of a spine are not smaller, nor larger."""

_READER = "reader."
"""What the names of a reader's weights begin with."""


@dataclass(frozen=True)
class NetworkDescription:
    """What a model file says of its network.

    Attributes
    ----------
    trunk, context
        As for :class:`~CCFNetCore.network.CCFNet`.
    frame_pixel_mm : float
        Size of a pixel of the pictures it was trained on.
    folds, held_out_fold : int, optional
        Patients of which fold of how many it was not trained on; None if unknown.
    datasets : tuple of str, optional
        Names of the folders that its last training read; None if unknown.
    calibrations : dict
        How its readings are believed, by kind; empty where that was not measured.
    confidences : Confidences, optional
        How its places and names are believed; None where that was not measured.
    """

    trunk: str
    context: bool
    frame_pixel_mm: float
    folds: int | None = None
    held_out_fold: int | None = None
    datasets: tuple[str, ...] | None = None
    calibrations: Calibrations = field(default_factory=dict)
    confidences: Confidences | None = None


def shipped_models() -> dict[str, Path]:
    """Files of the models that come with the package, by name."""
    folder = Path(str(resources.files(__package__) / "weights"))
    return {file.name.removesuffix(_ENDING): file for file in sorted(folder.glob(f"*{_ENDING}"))}


def find_model(name_or_file: str | Path) -> Path:
    """File of a model: "default", the name of a shipped model, or a path.

    Raises
    ------
    WeightsError
        If there is no such model.
    """
    shipped = shipped_models()
    name = DEFAULT_MODEL if name_or_file == "default" else str(name_or_file)
    file = shipped.get(name, Path(name))
    if not file.is_file():
        raise WeightsError(f"{name_or_file}: no such model; shipped are {', '.join(shipped)}, or name a file.")
    return file


def file_sha256(file: Path) -> str:
    """SHA256 of a whole file, as ``sha256sum`` prints it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def save_model(network: "CCFNet", description: NetworkDescription, file: Path, reader: "Reader | None" = None) -> None:
    """Write weights as 16-bit floats, with the description and a SHA256 of the weights in the file's header."""
    from safetensors.torch import save

    values = network.state_dict()
    if reader is not None:
        values |= {_READER + name: value for name, value in reader.state_dict().items()}
    tensors = {name: _to_store(value.detach().cpu()) for name, value in values.items()}
    header = {**asdict(description), "sha256": _tensors_sha256(tensors)}
    # One entry only: safetensors writes several in random order, and equal models should be equal files.
    content = save(tensors, metadata={_HEADER_KEY: json.dumps(header)})
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as partial:
        partial.write_bytes(content)


def _to_store(value: "torch.Tensor") -> "torch.Tensor":
    """As 16-bit floats, unless one is too large for them: variances of a batch normalisation can be."""
    if not value.is_floating_point():
        return value.contiguous()
    half = value.half()
    return (half if half.isfinite().all() else value).contiguous()


def read_description(file: Path) -> NetworkDescription:
    """What a model file says of its network, without loading the weights.

    Raises
    ------
    WeightsError
        If the file is damaged or is not a model of this kind.
    """
    return _described(file, _read(file, with_tensors=False)[0])


def load_model(file: Path) -> tuple["CCFNet", NetworkDescription]:
    """The network of a model file, ready for use; its reader has :func:`load_reader`.

    Raises
    ------
    WeightsError
        If the file is damaged or is not a model of this kind.
    """
    from .network import CCFNet

    description, tensors = _read_whole(file)
    try:
        network = CCFNet(description.trunk, description.context)
    except InputError as error:
        raise WeightsError(f"{file}: cannot be used. {error}") from error
    _load_weights(network, {name: value for name, value in tensors.items() if not name.startswith(_READER)}, file)
    return network.eval(), description


def load_reader(file: Path) -> "Reader | None":
    """The reader of a model file, ready for use; None where the file holds none, and the network alone reads.

    Raises
    ------
    WeightsError
        If the file is damaged or is not a model of this kind.
    """
    from .network import Reader

    _, tensors = _read_whole(file)
    weights = {name.removeprefix(_READER): value for name, value in tensors.items() if name.startswith(_READER)}
    if not weights:
        return None
    reader = Reader(knows_lower=any(name.startswith("lower.") for name in weights))
    _load_weights(reader, weights, file)
    return reader.eval()


def _read_whole(file: Path) -> tuple[NetworkDescription, dict[str, "torch.Tensor"]]:
    header, tensors = _read(file)
    description = _described(file, header)
    if header.get("sha256") != _tensors_sha256(tensors):
        raise WeightsError(f"{file}: is damaged, the SHA256 of its weights is not the one in its header.")
    return description, tensors


def _load_weights(network: "torch.nn.Module", weights: dict[str, "torch.Tensor"], file: Path) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(f"{file}: holds weights of another network than its header says.") from error
    if not all(bool(values.isfinite().all()) for values in network.state_dict().values()):
        raise WeightsError(f"{file}: is damaged, some of its weights are infinite or no numbers.")


def _read(file: Path, with_tensors: bool = True) -> tuple[object, dict[str, "torch.Tensor"]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            header = json.loads((opened.metadata() or {}).get(_HEADER_KEY, "{}"))
            names = opened.keys() if with_tensors else ()
            return header, {name: opened.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{file}: cannot be read as a model file; it may be damaged ({error}).") from error


def _described(file: Path, header: object) -> NetworkDescription:
    if not header:
        raise WeightsError(f"{file}: is not a CCF-Net model file, its header says nothing of the network.")
    try:
        values = {key: value for key, value in header.items() if key != "sha256"}
        calibrations = values.get("calibrations", {})
        values["calibrations"] = {kind: Calibration(*weights) for kind, weights in calibrations.items()}
        if values.get("confidences") is not None:
            values["confidences"] = Confidences.from_lists(values["confidences"])
        if values.get("datasets") is not None:
            values["datasets"] = tuple(values["datasets"])
        description = NetworkDescription(**values)
    except (AttributeError, TypeError, ValueError) as error:
        raise WeightsError(f"{file}: is not a CCF-Net model file, its header is of another kind ({error}).") from error
    senseless = _senseless(description)
    if senseless:
        raise WeightsError(f"{file}: is not a CCF-Net model file, its header's {senseless[0]} makes no sense.")
    return description


def _senseless(description: NetworkDescription) -> list[str]:
    """Names of the fields whose value is not of the kind that it should be."""
    wrong = [each.name for each in fields(description) if not is_of(each.type, getattr(description, each.name))]
    if description.confidences is not None and not wrong and not description.confidences.fits:
        wrong = ["confidences"]
    smallest, largest = _PIXEL_SIZES_MM
    return wrong or ([] if smallest <= description.frame_pixel_mm <= largest else ["frame_pixel_mm"])


def _tensors_sha256(tensors: dict[str, "torch.Tensor"]) -> str:
    import torch

    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        # By their bytes, since NumPy does not know all kinds of numbers that PyTorch does.
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
