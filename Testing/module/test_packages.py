"""The section Packages; what is there is looked up for real, and installing is the host's mock."""

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture
def constraints(clean_host, monkeypatch):
    """Texts of the constraint files that the installer was given."""
    import slicer.packaging

    texts, ensure = [], slicer.packaging.pip_ensure

    def note(requirements, constraints=None, **options):
        texts.append(Path(constraints).read_text())
        ensure(requirements, constraints=constraints, **options)

    monkeypatch.setattr(slicer.packaging, "pip_ensure", note)
    return texts


def test_everything_present_leaves_nothing_to_install(panel):
    assert "torch" in panel.ui.packagesLabel.text
    assert "missing" not in panel.ui.packagesLabel.text
    assert not panel.ui.installButton.enabled


def test_module_opens_and_says_what_is_missing(lacking, panel):
    lacking("torch", "safetensors")
    panel.enter()
    assert "torch: missing (torch>=2.4, about 0.2 to 3 GB)" in panel.ui.packagesLabel.text
    assert "safetensors: missing" in panel.ui.packagesLabel.text
    assert panel.ui.installButton.enabled
    assert not panel.ui.packagesButton.collapsed


def test_apply_says_what_is_missing_and_starts_nothing(lacking, load, panel, clean_host):
    from CCFNetCore.phantom import phantom_volume

    load(phantom_volume(7))
    panel.initializeParameterNode()
    lacking("torch")
    clean_host.click(panel.ui.applyButton)
    assert panel.ui.statusLabel.text == "Missing: torch. The section Packages installs what is missing."
    assert panel._job is None
    assert panel.ui.applyButton.enabled


def test_state_is_looked_up_afresh(lacking, panel, clean_host):
    lacking("safetensors")
    clean_host.click(panel.ui.packagesButton) if panel.ui.packagesButton.collapsed else None
    clean_host.click(panel.ui.checkPackagesButton)
    assert "safetensors: missing" in panel.ui.packagesLabel.text
    clean_host.packages.missing.clear()
    clean_host.click(panel.ui.checkPackagesButton)
    assert "safetensors: missing" not in panel.ui.packagesLabel.text


def test_install_asks_and_never_moves_what_slicer_brings(lacking, panel, clean_host, constraints):
    lacking("torch", "safetensors")
    panel.enter()
    clean_host.dialogs.answer(True, True)
    clean_host.click(panel.ui.installButton)
    assert clean_host.packages.torch_requirements == [">=2.4"]
    assert [call.requirements for call in clean_host.packages.calls] == [["torch>=2.4"], ["safetensors>=0.4.3"]]
    assert f"numpy=={importlib.metadata.version('numpy')}" in constraints[0]
    assert f"simpleitk=={importlib.metadata.version('SimpleITK')}" in constraints[0].lower()
    assert panel.ui.statusLabel.text == "The packages are installed."
    assert not panel.ui.installButton.enabled


@pytest.mark.parametrize("name", ["torch", "safetensors"])
def test_declined_installation_is_one_sentence(lacking, panel, clean_host, name):
    lacking(name)
    panel.enter()
    clean_host.dialogs.answer(False)
    clean_host.click(panel.ui.installButton)
    assert "declined" in panel.ui.statusLabel.text
    assert panel.ui.installButton.enabled


@pytest.mark.parametrize("name", ["torch", "safetensors"])
def test_failed_installation_says_what_failed(lacking, panel, clean_host, name):
    lacking(name)
    panel.enter()
    clean_host.packages.outcome = clean_host.FAILED
    clean_host.dialogs.answer(True)
    clean_host.click(panel.ui.installButton)
    assert "could not be installed" in panel.ui.statusLabel.text
    assert panel.ui.installButton.enabled


def test_failure_that_is_a_runtime_error_is_not_called_declined(lacking, panel, clean_host, monkeypatch):
    import slicer.packaging

    def ensure(*_args, **_options):
        raise RuntimeError("A non-blocking pip_install is already in progress.")

    lacking("safetensors")
    panel.enter()
    monkeypatch.setattr(slicer.packaging, "pip_ensure", ensure)
    clean_host.click(panel.ui.installButton)
    sentence = "The packages could not be installed: A non-blocking pip_install is already in progress."
    assert panel.ui.statusLabel.text == sentence


def test_what_slicer_brings_is_called_missing_where_it_is_missing_and_old_where_it_is_old(lacking, monkeypatch):
    from CCFNetSlicerLib import packages

    lacking("numpy")
    look = importlib.metadata.version
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "numpy" else find(name, *rest))
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0" if name == "SimpleITK" else look(name))
    with pytest.raises(
        packages.InstallError, match=r"^numpy: missing; SimpleITK 1.0: too old, SimpleITK>=2.3 is needed\. This comes"
    ):
        packages.install_missing()


def test_what_is_still_old_after_the_installation_is_not_called_missing(clean_host, monkeypatch):
    from CCFNetSlicerLib import packages

    look = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.1" if name == "safetensors" else look(name))
    clean_host.dialogs.answer(True)
    with pytest.raises(packages.InstallError, match=r"installation: safetensors 0.1: too old, safetensors>=0.4.3 is"):
        packages.install_missing()


def test_without_the_pytorch_extension_its_name_is_said(lacking, panel, clean_host, monkeypatch):
    lacking("torch")
    panel.enter()
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    clean_host.click(panel.ui.installButton)
    assert "install it in the Extensions Manager" in panel.ui.statusLabel.text


def test_older_slicer_installs_through_pip_install(lacking, panel, clean_host, monkeypatch):
    import slicer

    lacking("safetensors")
    panel.enter()
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)
    calls = []
    monkeypatch.setattr(slicer.util, "pip_install", calls.append)
    clean_host.dialogs.answer(True)
    clean_host.click(panel.ui.installButton)
    ((requirement, option, _),) = calls
    assert (requirement, option) == ("safetensors>=0.4.3", "-c")


def test_old_version_is_said(panel, monkeypatch):
    version = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0" if name == "torch" else version(name))
    panel.enter()
    assert "torch 1.0: too old, torch>=2.4 is needed" in panel.ui.packagesLabel.text


def test_other_version_still_loaded_needs_a_restart(panel, monkeypatch):
    import SimpleITK

    monkeypatch.setattr(SimpleITK, "__version__", "1.2.3")
    panel.enter()
    assert "restart Slicer" in panel.ui.packagesLabel.text
    assert not panel.ui.restartButton.isHidden()


@pytest.mark.parametrize(
    ("gpu", "version_file", "words"),
    [
        (False, "cuda: Optional[str] = None", "runs on the CPU"),
        (True, "cuda: Optional[str] = '13.0'", "runs on the NVIDIA graphics processor"),
        (True, "cuda: Optional[str] = None", "this PyTorch is a CPU build"),
    ],
)
def test_graphics_processor_is_spoken_of(host, monkeypatch, gpu, version_file, words):
    """Stands in for machines with and without a graphics processor: only what is looked at is changed."""
    from CCFNetSlicerLib import packages

    monkeypatch.setattr(packages, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(packages, "_torch_version_file", lambda: version_file)
    assert words in packages.graphics_sentence()


def test_torch_never_enters_the_applications_process(host):
    """In a process of its own, for other tests of this one import torch."""
    import subprocess

    root = Path(__file__).resolve().parents[2]
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import host; host.install()\n"
        "from pathlib import Path; host.load_module(Path(sys.argv[3])); print('torch' in sys.modules)"
    )
    arguments = [root / "Testing", root / "CCFNetSlicer", root / "CCFNetSlicer" / "CCFNetSlicer.py"]
    ended = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert ended.stdout.split()[-1] == "False", ended.stderr
