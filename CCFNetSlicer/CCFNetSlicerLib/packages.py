"""The Python packages that the network needs: which are there, and how the missing ones come into Slicer."""

import importlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

_RESOURCES = Path(__file__).resolve().parents[1] / "Resources"
REQUIREMENTS = _RESOURCES / "requirements.txt"
REPORT_REQUIREMENTS = _RESOURCES / "requirements-reports.txt"
TORCH, TORCHVISION = "torch>=2.4", "torchvision>=0.19"
BUNDLED = ("numpy>=1.26", "SimpleITK>=2.3")
"""Come with Slicer and are never installed or moved from here."""

_KEPT = (*BUNDLED, "pydicom", "Pillow")
"""Come with Slicer and must stay what they are, whatever is installed beside them."""

_SIZES = {"torch": "0.2 to 3 GB", "torchvision": "2 to 10 MB", "safetensors": "1 MB"}


class InstallError(Exception):
    """Packages could not be installed, or the user declined; its text is one sentence."""


class _DeclinedError(Exception):
    pass


@dataclass(frozen=True)
class Package:
    """One package that is needed.

    Attributes
    ----------
    requirement : str
        Such as "torch>=2.4".
    installed : str or None
        Version that is there.
    fits : bool
        Whether that version meets the requirement.
    needs_restart : bool
        Whether another version is still loaded in this process.
    """

    requirement: str
    installed: str | None
    fits: bool
    needs_restart: bool

    @property
    def name(self) -> str:
        return _name_of(self.requirement)

    def __str__(self) -> str:
        if self.installed is None:
            text = _("{name}: missing ({requirement}, about {size})") if self.name in _SIZES else _("{name}: missing")
        elif not self.fits:
            text = _("{name} {installed}: too old, {requirement} is needed")
        elif self.needs_restart:
            text = _("{name} {installed}: present; restart Slicer to use it")
        else:
            text = _("{name} {installed}: present")
        size = _SIZES.get(self.name)
        return text.format(name=self.name, installed=self.installed, requirement=self.requirement, size=size)


def check_packages() -> list[Package]:
    """The state of every package that is needed, looked up afresh."""
    importlib.invalidate_caches()
    return [_check(requirement) for requirement in (TORCH, TORCHVISION, *_requirements(REQUIREMENTS), *BUNDLED)]


def missing(packages: list[Package]) -> list[Package]:
    """Those that are absent or too old."""
    return [package for package in packages if not package.fits]


def missing_sentence() -> str:
    """Which packages are absent or too old, looked up afresh, in a sentence; empty if none."""
    lacking = ", ".join(package.name for package in missing(check_packages()))
    if not lacking:
        return ""
    return _("Missing: {names}. The section Packages installs what is missing.").format(names=lacking)


def graphics_sentence() -> str:
    """What the network will run on, in a sentence; empty while torch is missing."""
    version = _torch_version_file()
    if version is None:
        return ""
    if not has_nvidia_gpu():
        return _("No NVIDIA graphics processor was found; the network runs on the CPU.")
    if "cuda: Optional[str] = None" in version:
        return _(
            "An NVIDIA graphics processor is there, but this PyTorch is a CPU build: reinstall it in the module "
            "PyTorch Utils to use it."
        )
    return _("The network runs on the NVIDIA graphics processor.")


def _torch_version_file() -> str | None:
    """Text of the file in which torch says what it was built for; found without importing torch."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    return (Path(spec.origin).parent / "version.py").read_text()


def has_nvidia_gpu() -> bool:
    """Whether a driver for an NVIDIA graphics processor is installed."""
    return shutil.which("nvidia-smi") is not None or os.path.exists("/proc/driver/nvidia/version")


def install_missing() -> None:
    """Ask, then install what is missing: torch through the PyTorch extension, the rest through Slicer.

    Raises
    ------
    InstallError
        If the user declined or something failed.
    """
    lacking = missing(check_packages())
    bundled = [package for package in lacking if package.requirement in BUNDLED]
    if bundled:
        sentence = _("{packages}. This comes with Slicer and is not changed from here; install a current Slicer.")
        raise InstallError(sentence.format(packages=_listed(bundled)))
    names = {package.name for package in lacking}
    if names & {"torch", "torchvision"}:
        _install_torch()
    if names.intersection(map(_name_of, _requirements(REQUIREMENTS))):
        _install_rest(_requirements(REQUIREMENTS))
    still = missing(check_packages())
    if still:
        sentence = _("After the installation: {packages}. Slicer's log says why.")
        raise InstallError(sentence.format(packages=_listed(still)))


def ensure(*names: str) -> bool:
    """Ask, then install what a file needs to be written, unless it is there.

    Parameters
    ----------
    *names : str
        Packages of ``Resources/requirements-reports.txt``.

    Returns
    -------
    bool
        Whether anything was installed.

    Raises
    ------
    InstallError
        If the user declined or something failed.
    """
    importlib.invalidate_caches()
    wanted = [requirement for requirement in _requirements(REPORT_REQUIREMENTS) if _name_of(requirement) in names]
    lacking = [requirement for requirement in wanted if not _check(requirement).fits]
    if lacking:
        _install_rest(lacking)
    return bool(lacking)


def _listed(packages: list[Package]) -> str:
    return "; ".join(map(str, packages))


def _name_of(requirement: str) -> str:
    return requirement.split(">")[0]


def _check(requirement: str) -> Package:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        installed = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        # What Slicer was built with may lack the files that pip looks at.
        is_bundled = requirement in BUNDLED and importlib.util.find_spec(wanted.name) is not None
        return Package(requirement, "of Slicer" if is_bundled else None, fits=is_bundled, needs_restart=False)
    loaded = getattr(sys.modules.get(wanted.name), "__version__", installed)
    fits = wanted.specifier.contains(installed, prereleases=True)
    return Package(requirement, installed, fits, needs_restart=not str(loaded).startswith(installed.split("+")[0]))


def _requirements(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _install_torch() -> None:
    try:
        import PyTorchUtils
    except ImportError as error:
        raise InstallError(
            _(
                "PyTorch comes through the extension PyTorch: install it in the Extensions Manager, restart Slicer, "
                "and try again."
            )
        ) from error
    requirement = TORCH.removeprefix("torch")
    try:
        torch = PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=True, torchVersionRequirement=requirement)
    except Exception as error:
        raise InstallError(_("PyTorch could not be installed: {error}").format(error=error)) from error
    if torch is None:
        raise InstallError(_("PyTorch was not installed, since the installation was declined."))


def _install_rest(requirements: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in _bundled_versions()))
        try:
            _ask_and_install(requirements, constraints)
        except _DeclinedError as error:
            raise InstallError(_("The packages were not installed, since the installation was declined.")) from error
        except Exception as error:
            raise InstallError(_("The packages could not be installed: {error}").format(error=error)) from error


def _ask_and_install(requirements: list[str], constraints: Path) -> None:
    import slicer

    try:
        from slicer.packaging import pip_ensure
    except ImportError:
        # Slicer before 5.12.
        question = _("CCF-Net needs {packages}. Install?").format(packages=", ".join(requirements))
        if not slicer.util.confirmOkCancelDisplay(question):
            raise _DeclinedError from None
        slicer.util.pip_install([*requirements, "-c", os.fspath(constraints)])
    else:
        try:
            pip_ensure(requirements, constraints=constraints, requester="CCF-Net")
        except RuntimeError as error:
            # Slicer tells it from failures by its text alone.
            if "declined" not in str(error):
                raise
            raise _DeclinedError from error


def _bundled_versions() -> list[tuple[str, str]]:
    return [(d.name, d.version) for d in map(_distribution, map(_name_of, _KEPT)) if d is not None]


def _distribution(name: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
