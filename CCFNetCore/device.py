"""What the network runs on."""

import warnings
from functools import cache
from typing import TYPE_CHECKING

from .errors import InputError
from .unexpected import gist

if TYPE_CHECKING:
    import torch


def choose_device(device: "str | torch.device") -> "torch.device":
    """The device of this name; "auto" takes the graphics processor where there is one that can be used.

    Raises
    ------
    InputError
        If the device is not there.
    """
    import torch

    if device != "auto" and not str(device).startswith("cuda"):
        return torch.device(device)
    complaint = complaint_about_cuda()
    if torch.cuda.is_available():
        return torch.device("cuda" if device == "auto" else device)
    if device == "auto":
        return torch.device("cpu")
    because = f" ({complaint})" if complaint else ""
    raise InputError(f"No CUDA device can be used on this machine{because}; choose the device 'cpu' or 'auto'.")


@cache
def complaint_about_cuda() -> str | None:
    """What PyTorch says against a graphics processor that is there, such as that its driver is too old."""
    import torch

    # It says so in a warning, and only the first time that it is asked.
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        torch.cuda.is_available()
    return gist(str(said[0].message)) if said else None
