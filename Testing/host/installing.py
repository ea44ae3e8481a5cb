# Names are those of Qt and Slicer.
# ruff: noqa: N802, N803
"""``slicer.packaging``, ``PyTorchUtils`` and ``slicer.util.pip_install``, which here install nothing.

What is there is found out for real; installing is A MOCK that notes what it was asked for and ends as the test says.
"""

import subprocess
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace

import slicer
from packaging.requirements import InvalidRequirement, Requirement
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


def load_requirements(path: str | Path) -> list[Requirement]:
    lines = (line.strip() for line in Path(path).read_text().splitlines())
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pip_check(req, _seen=None) -> bool:
    return all(_is_satisfied(requirement) for requirement in _to_requirements(req))


def pip_install(requirements, constraints=None, **options) -> None:
    """A MOCK: notes the call.

    Raises
    ------
    subprocess.CalledProcessError
        If the test set ``packages.outcome = FAILED``.
    """
    requirements = [str(each) for each in _to_requirements(requirements)]
    packages.calls.append(SimpleNamespace(requirements=requirements, constraints=constraints, **options))
    if packages.outcome == FAILED:
        raise subprocess.CalledProcessError(1, ["pip", "install", *requirements])
    packages.missing -= {canonicalize_name(Requirement(each).name) for each in requirements}


def pip_ensure(
    requirements,
    constraints=None,
    skip_packages=None,
    prompt_install=True,
    prompt_restart=True,
    requester=None,
    skip_in_testing=True,
    show_progress=True,
) -> None:
    """Look, ask, "install" by :func:`pip_install`.

    Raises
    ------
    RuntimeError
        If the user declines.
    """
    missing = [each for each in _to_requirements(requirements) if not pip_check(each)]
    if not missing or (skip_in_testing and slicer.app.testingEnabled()):
        return
    details = "\n".join(f"- {each}" for each in missing)
    question = f"{len(missing)} Python packages need to be installed."
    if prompt_install and not slicer.util.confirmOkCancelDisplay(question, requester, detailedText=details):
        raise RuntimeError("User declined package installation")
    pip_install(missing, constraints, requester=requester)


def _to_requirements(given) -> list[Requirement]:
    if isinstance(given, Requirement):
        return [given]
    if isinstance(given, str):
        try:
            return [Requirement(given)]
        except InvalidRequirement:
            given = given.split()
    if not isinstance(given, list):
        raise TypeError(f"requirements are a str, a Requirement or a list, not {type(given).__name__}")
    return [Requirement(each) if isinstance(each, str) else each for each in given]


def _is_satisfied(requirement: Requirement) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    if canonicalize_name(requirement.name) in packages.missing:
        return False
    try:
        return requirement.specifier.contains(metadata.version(requirement.name))
    except metadata.PackageNotFoundError:
        return False


class PyTorchUtilsLogic:
    """A MOCK of the PyTorch extension's logic."""

    def torchInstalled(self) -> bool:
        return pip_check("torch")

    @property
    def torch(self):
        return self.installTorch()

    def installTorch(self, askConfirmation=False, forceComputationBackend=None, torchVersionRequirement=None, **_):
        """The module torch, or None if the user declines."""
        if not self.torchInstalled():
            if askConfirmation and not slicer.util.confirmOkCancelDisplay("PyTorch will be downloaded and installed."):
                return None
            packages.torch_requirements.append(torchVersionRequirement or "")
            pip_install(f"torch{torchVersionRequirement or ''}")
        import torch

        return torch


def make_modules() -> dict[str, ModuleType]:
    """The importable stand-ins, by name."""
    packaging = ModuleType("slicer.packaging")
    packaging.__dict__.update(
        load_requirements=load_requirements,
        pip_check=pip_check,
        pip_install=pip_install,
        pip_ensure=pip_ensure,
    )
    torch_utils = ModuleType("PyTorchUtils")
    torch_utils.PyTorchUtilsLogic = PyTorchUtilsLogic
    return {"slicer.packaging": packaging, "PyTorchUtils": torch_utils}
