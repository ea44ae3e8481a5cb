"""What the program does when a graphics processor fails.

No test here has a graphics processor: PyTorch's device "meta", to which networks and pictures can be brought, stands in
for one, and the network raises there what PyTorch was seen to raise on a card that is full or too old.
"""

import warnings

import pytest
import torch

from CCFNetCore import device, load_detector
from CCFNetCore.phantom import phantom_volume
from CCFNetCore.processor import Processor

FULL = "The graphics processor has too little free memory; the CPU was used."
ADVICE = (
    "\nCUDA kernel errors might be asynchronously reported at some other API call.\nCompile with `TORCH_USE_CUDA_DSA`."
)
OUT_OF_MEMORY = [
    torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has 2 MiB free."),
    RuntimeError(f"CUDA error: out of memory{ADVICE}"),
    getattr(torch, "AcceleratorError", RuntimeError)(f"CUDA error: out of memory{ADVICE}"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
]


class Failing(torch.nn.Module):
    """Doubles on the CPU, raises elsewhere, and counts how often it is asked there."""

    def __init__(self, error):
        super().__init__()
        self.error, self.asked = error, []

    def forward(self, x):
        if x.device.type != "cpu":
            self.asked.append(x.device)
            raise self.error
        return 2 * x


@pytest.fixture
def graphics():
    processor = Processor("cpu")
    processor.device = torch.device("meta")
    return processor


def ask(processor, network):
    return processor.ask(network, torch.ones(1), lambda n, x: n(x).cpu())


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=lambda error: f"{type(error).__name__}: {error}"[:40])
def test_a_full_card_is_said_in_one_sentence_and_the_cpu_answers(graphics, error, caplog):
    assert ask(graphics, Failing(error)) == 2
    assert graphics.notes == (FULL,)
    assert [record.getMessage() for record in caplog.records] == [FULL]


def test_a_card_that_this_pytorch_cannot_use_is_left_with_the_gist_of_why(graphics):
    ask(
        graphics, Failing(RuntimeError(f"CUDA error: no kernel image is available for execution on the device{ADVICE}"))
    )
    (note,) = graphics.notes
    assert "RuntimeError: CUDA error: no kernel image is available for execution on the device" in note
    assert "\n" not in note


def test_a_card_that_failed_is_not_asked_again(graphics, caplog):
    first, second = Failing(OUT_OF_MEMORY[1]), Failing(OUT_OF_MEMORY[1])
    for network in (first, first, second):
        assert ask(graphics, network) == 2
    assert graphics.device == torch.device("cpu")
    assert len(caplog.records) == 1


def test_what_is_wrong_everywhere_is_raised(graphics):
    with pytest.raises(ZeroDivisionError):
        graphics.ask(Failing(OUT_OF_MEMORY[0]), torch.ones(1), lambda n, x: 1 / 0)


def test_a_volume_is_read_on_the_cpu_and_its_result_says_so(detector, caplog):
    failing = load_detector(device="cpu")
    failing.processor.device = torch.device("meta")
    analysis = failing.analyse(phantom_volume(5))
    expected = detector.detect(phantom_volume(5))
    assert analysis.result.structures == expected.structures
    assert len(analysis.result.notes) == len(expected.notes) + 1
    assert "the CPU was used" in analysis.result.notes[-1]
    assert len(caplog.records) == 1


def test_places_are_read_again_on_the_cpu_when_the_card_fails_in_between():
    failing = load_detector(device="cpu")
    analysis = failing.analyse(phantom_volume(5))
    places = {s.name: s.position_lps_mm for s in analysis.result.structures[3:6]}
    expected = analysis.read_at(places)
    failing.processor.device = torch.device("meta")
    assert analysis.read_at(places) == expected
    assert failing.processor.notes


@pytest.fixture
def old_driver(monkeypatch):
    """PyTorch as it is where the card's driver is too old for it."""

    def is_available():
        warnings.warn(
            "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040). Please update "
            "your GPU driver (Triggered internally at /pytorch/c10/cuda/CUDAFunctions.cpp:119.)",
            stacklevel=1,
        )
        return False

    monkeypatch.setattr("torch.cuda.is_available", is_available)
    device.complaint_about_cuda.cache_clear()
    yield
    device.complaint_about_cuda.cache_clear()


@pytest.mark.filterwarnings("ignore:CUDA initialization")
def test_a_driver_that_is_too_old_is_said_and_the_cpu_is_used(old_driver):
    processor = Processor("auto")
    assert processor.device == torch.device("cpu")
    assert "The NVIDIA driver on your system is too old (found version 11040)); the CPU was used." in processor.notes[0]


@pytest.mark.filterwarnings("ignore:CUDA initialization")
def test_who_asks_for_the_cpu_hears_nothing_of_the_card(old_driver, caplog, recwarn):
    assert Processor("cpu").notes == ()
    assert not [*caplog.records, *recwarn]
