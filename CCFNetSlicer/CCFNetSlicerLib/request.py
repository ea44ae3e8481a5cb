"""Takes apart what the worker is asked, and says in one sentence what is wrong with it.

Whoever writes the requests knows how; but a line may be cut off, and a file be gone or half written.
"""

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from CCFNetCore.images.volume import Volume

    from .handover import Inbox

Request = dict[str, Any]

_FINEST_MM, _COARSEST_MM, _FARTHEST_MM = 0.01, 1000.0, 1e6
"""Spacings and places beyond these are no scanner's; filters would fail or fill the memory."""

_SHOWN_BYTES = 200
_KINDS = {str: "a text", dict: "an object", list: "a list"}


def parse(line: bytes) -> Request | None:
    """The request of a line; None, with a line on the error output, if it is none or has no number to answer to."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    if isinstance(request, dict) and type(request.get("request")) is int:
        return request
    print(f"Not a request: {line[:_SHOWN_BYTES]!r}", file=sys.stderr)
    return None


def part(request: Request, key: str, kind: type) -> Any:
    """A part of a request.

    Raises
    ------
    InputError
        If it is missing, or of another kind.
    """
    from CCFNetCore.errors import InputError

    if not isinstance(request.get(key), kind):
        raise InputError(f"The request's '{key}' is not {_KINDS[kind]}.")
    return request[key]


def places_in(request: Request) -> dict[str, tuple[float, float, float]]:
    """The places to read, LPS millimetres by structure.

    Raises
    ------
    InputError
        If a structure is unknown, or a place is not three numbers.
    """
    from CCFNetCore.anatomy import NAMES
    from CCFNetCore.errors import InputError

    places = part(request, "places_lps_mm", dict)
    unknown = [name for name in places if name not in NAMES]
    if unknown:
        raise InputError(f"The request asks for {unknown[0]!r}, which is none of the structures {', '.join(NAMES)}.")
    return {name: tuple(_numbers(places, name, (3,)).tolist()) for name in places}


def volume_in(request: Request, inbox: "Inbox") -> "Volume":
    """The volume that the request describes, its voxels taken from its file.

    Raises
    ------
    InputError
        If its voxels are no numbers, or its geometry cannot be.
    OSError
        If its file cannot be read.
    """
    import numpy as np

    from CCFNetCore.errors import InputError
    from CCFNetCore.images.prepared import prepared
    from CCFNetCore.images.volume import Volume

    described = part(request, "volume", dict)
    name = part(described, "name", str)
    # Before anything else can fail, for the file is not to stay.
    voxels = _voxels(name, part(described, "file", str), inbox)
    spacing, origin = _numbers(described, "spacing_mm", (3,)), _numbers(described, "origin_lps_mm", (3,))
    direction = _numbers(described, "direction", (3, 3))
    are_axes = np.allclose(np.linalg.norm(direction, axis=0), 1, atol=0.01) and abs(np.linalg.det(direction)) > 0.01
    is_of_scanner = spacing.min() >= _FINEST_MM and spacing.max() <= _COARSEST_MM and abs(origin).max() <= _FARTHEST_MM
    if not (are_axes and is_of_scanner):
        raise InputError(f"{name}: its spacing, its place or its axes cannot be those of a volume.")
    volume = Volume(
        name=name,
        array=voxels,
        spacing_mm=tuple(spacing.tolist()),
        origin_lps_mm=tuple(origin.tolist()),
        direction=direction,
        series_instance_uid=described.get("series_instance_uid"),
        weighting=_weighting(described),
    )
    return prepared(volume)


def _weighting(described: dict[str, Any]) -> str:
    from typing import get_args

    from CCFNetCore.images.contrast import Weighting

    said = described.get("weighting")
    return said if said in get_args(Weighting) else "unknown"


def _voxels(name: str, file: str, inbox: "Inbox") -> "np.ndarray":
    from zipfile import BadZipFile

    import numpy as np

    from CCFNetCore.errors import InputError

    try:
        voxels = inbox.take(file)
    except (ValueError, EOFError, BadZipFile) as error:
        raise InputError(f"{name}: its voxels did not come over whole ({file}).") from error
    if not isinstance(voxels, np.ndarray) or voxels.dtype.kind not in "iuf" or not voxels.size:
        raise InputError(f"{name}: its voxels are not numbers ({file}).")
    return voxels


def _numbers(values: dict[str, Any], key: str, shape: tuple[int, ...]) -> "np.ndarray":
    """Finite numbers in this shape."""
    import numpy as np

    from CCFNetCore.errors import InputError

    try:
        numbers = np.array(values.get(key), dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        numbers = np.empty(0)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise InputError(f"The request's '{key}' is not {' x '.join(map(str, shape))} numbers.")
    return numbers
