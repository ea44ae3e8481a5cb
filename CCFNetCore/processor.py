"""Runs networks on a device, and on the CPU from the moment on that the device fails."""

import copy
import logging
import warnings
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from .device import choose_device, complaint_about_cuda
from .unexpected import named

Network = TypeVar("Network", bound=nn.Module)
Answer = TypeVar("Answer")


class Processor:
    """A device that networks are asked on. The networks themselves stay on the CPU; the device gets copies.

    Parameters
    ----------
    device : str or torch.device
        As for :func:`~CCFNetCore.device.choose_device`.

    Attributes
    ----------
    device : torch.device
        The CPU once another one failed.
    notes : tuple of str
        One sentence if the CPU stands in for a graphics processor.

    Raises
    ------
    InputError
        If the device is not there.
    """

    def __init__(self, device: str | torch.device = "cpu") -> None:
        self.device = choose_device(device)
        self.notes: tuple[str, ...] = ()
        self._copies: dict[nn.Module, nn.Module] = {}
        if device == "auto" and self.device.type == "cpu" and (complaint := complaint_about_cuda()):
            self._note(f"The graphics processor cannot be used ({complaint})")

    @torch.inference_mode()
    def ask(self, network: Network, pictures: Tensor, question: Callable[[Network, Tensor], Answer]) -> Answer:
        """What a network answers to a question about pictures.

        An error of the device is none of the caller's: the question is asked again on the CPU, and so are all that
        follow, for after an error of CUDA any further call of it may fail.

        Parameters
        ----------
        network : torch.nn.Module
            On the CPU.
        pictures : Tensor
            On the CPU.
        question : callable
            Takes the network and the pictures, both on the device, and brings the answer to the CPU.
        """
        if self.device.type != "cpu":
            try:
                return question(self._copy_of(network), pictures.to(self.device))
            except Exception as error:  # CUDA's have no class of their own; any other comes again on the CPU.
                self._give_up(error)
        return question(network, pictures)

    def _copy_of(self, network: Network) -> Network:
        if network not in self._copies:
            # What PyTorch thinks of the card is said in one sentence, should it fail.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._copies[network] = copy.deepcopy(network).to(self.device)
        return self._copies[network]

    def _give_up(self, error: Exception) -> None:
        self.device = torch.device("cpu")
        self._copies.clear()
        if is_out_of_memory(error):
            self._note("The graphics processor has too little free memory")
        else:
            self._note(f"The graphics processor failed ({named(error)})")

    def _note(self, reason: str) -> None:
        self.notes = (f"{reason}; the CPU was used.",)
        logging.getLogger(__name__).warning(self.notes[0])


def is_out_of_memory(error: Exception) -> bool:
    """Whether a graphics processor has too little free memory, by what PyTorch raises then.

    That is a ``torch.cuda.OutOfMemoryError`` where PyTorch's own store of memory does not suffice; where CUDA, cuBLAS
    or cuDNN find none, as on a card that others have filled, it is another ``RuntimeError``.
    """
    text = str(error).lower()
    return any(words in text for words in ("out of memory", "alloc_failed"))
