"""What the network runs on."""

from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:
    import torch


def choose_device(device: "str | torch.device") -> "torch.device":
    """The device of this name; "auto" takes the graphics processor where there is one.

    Raises
    ------
    InputError
        If the device is not there.
    """
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if str(device).startswith("cuda") and not torch.cuda.is_available():
        raise InputError("No CUDA device can be used on this machine; choose the device 'cpu' or 'auto'.")
    return torch.device(device)
