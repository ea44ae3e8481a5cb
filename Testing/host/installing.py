# Names are those of Qt and Slicer.
# ruff: noqa: N802
"""``slicer.packaging`` and ``PyTorchUtils``, which here install nothing.

What is there is found out for real; installing is A MOCK that notes what it was asked for and ends as the test says.
"""

import subprocess
from dataclasses import dataclass, field
from importlib import metadata
from types import ModuleType, SimpleNamespace

import slicer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

INSTALLED, FAILED = "installed", "failed"


@dataclass
class Packages:
    """What was asked for, and how it shall end.

    Whether the user agrees is the answer to the dialog: ``dialogs.answer(True)``. Unanswered means declined.
    """

    outcome: str = INSTALLED
    calls: list[SimpleNamespace] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    torch_requirements: list[str] = field(default_factory=list)

    def pretend_missing(self, *names: str) -> None:
        """Let these seem not installed until they are "installed"."""
        self.missing |= {canonicalize_name(name) for name in names}

    def clear(self) -> None:
        self.__init__()


packages = Packages()


def pip_install(requirements: list[str], **options) -> None:
    """A MOCK: notes the call.

    Raises
    ------
    subprocess.CalledProcessError
        If the test set ``packages.outcome = FAILED``.
    """
    packages.calls.append(SimpleNamespace(requirements=requirements, **options))
    if packages.outcome == FAILED:
        raise subprocess.CalledProcessError(1, ["pip", "install", *requirements])
    packages.missing -= {canonicalize_name(Requirement(each).name) for each in requirements}


def pip_ensure(requirements: list[str], constraints=None, requester: str | None = None) -> None:
    """Look, ask, "install" by :func:`pip_install`.

    Raises
    ------
    RuntimeError
        If the user declines.
    """
    missing = [each for each in requirements if not _is_there(Requirement(each))]
    if not missing:
        return
    question = f"{len(missing)} Python packages need to be installed."
    if not slicer.util.confirmOkCancelDisplay(question, requester, detailedText="\n".join(missing)):
        raise RuntimeError("User declined package installation")
    pip_install(missing, constraints=constraints, requester=requester)


def _is_there(requirement: Requirement) -> bool:
    if canonicalize_name(requirement.name) in packages.missing:
        return False
    try:
        return requirement.specifier.contains(metadata.version(requirement.name))
    except metadata.PackageNotFoundError:
        return False


class PyTorchUtilsLogic:
    """A MOCK of the PyTorch extension's logic."""

    def installTorch(self, askConfirmation: bool, torchVersionRequirement: str):  # noqa: N803
        """The module torch, or None if the user declines."""
        if not _is_there(Requirement("torch")):
            if askConfirmation and not slicer.util.confirmOkCancelDisplay("PyTorch will be downloaded and installed."):
                return None
            packages.torch_requirements.append(torchVersionRequirement)
            pip_install([f"torch{torchVersionRequirement}"])
        import torch

        return torch


def make_modules() -> dict[str, ModuleType]:
    """The importable stand-ins, by name."""
    packaging, torch_utils = ModuleType("slicer.packaging"), ModuleType("PyTorchUtils")
    packaging.pip_install, packaging.pip_ensure = pip_install, pip_ensure
    torch_utils.PyTorchUtilsLogic = PyTorchUtilsLogic
    return {"slicer.packaging": packaging, "PyTorchUtils": torch_utils}
