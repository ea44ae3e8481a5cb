"""Configures, builds and installs the extension with CMake, and looks at what would reach the user.

A Slicer build tree is many gigabytes, so a stand-in for its CMake package takes its place.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("slicer-stand-in")
TOOLS = ("cmake", "make", "cc", "c++")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"building the extension needs {', '.join(MISSING)}")


@dataclass(frozen=True)
class Extension:
    source: Path
    folder: Path

    @property
    def build(self) -> Path:
        return self.folder / "build"

    @property
    def modules(self) -> Path:
        (modules,) = (self.folder / "installed").glob("lib/*/qt-scripted-modules")
        return modules

    @property
    def installed(self) -> set[str]:
        return _files(self.folder / "installed")

    @property
    def description(self) -> dict[str, str]:
        (path,) = (self.folder / "installed").glob("share/*/*.s4ext")
        return dict(line.split(" ", 1) for line in path.read_text().splitlines())

    def configure(self) -> None:
        prefix = self.folder / "installed"
        _run(
            "cmake", "-S", self.source, "-B", self.build, f"-DSlicer_DIR={STAND_IN}", f"-DCMAKE_INSTALL_PREFIX={prefix}"
        )

    def install(self) -> None:
        _run("cmake", "--build", self.build)
        _run("cmake", "--install", self.build)

    def not_installed(self) -> set[str]:
        module = _files(self.source / "CCFNetSlicer")
        core = {f"CCFNetCore/{path}" for path in _files(self.source / "CCFNetCore")}
        return (module | core) - _files(self.modules)


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    extension = Extension(ROOT, tmp_path_factory.mktemp("extension"))
    extension.configure()
    extension.install()
    return extension


@pytest.fixture
def copied(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(ROOT / "CMakeLists.txt", source)
    for name in ("CCFNetCore", "CCFNetSlicer"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Extension(source, tmp_path)


def test_every_script_and_resource_is_installed(extension):
    assert extension.not_installed() == set()


def test_nothing_else_is_installed(extension):
    folder = extension.modules.relative_to(extension.folder / "installed")
    source = _files(ROOT / "CCFNetSlicer") | {f"CCFNetCore/{path}" for path in _files(ROOT / "CCFNetCore")}
    extra = extension.installed - {(folder / path).as_posix() for path in source}
    assert [Path(path).name for path in extra] == ["CCFNet.s4ext"]


def test_slicer_sees_one_module(extension):
    assert [path.name for path in extension.modules.glob("*.py")] == ["CCFNetSlicer.py"]


def test_the_core_is_imported_from_there_before_any_package_is_installed(extension):
    # -I and -S: neither this checkout nor site-packages.
    assert _python(extension, "import CCFNetCore; print(CCFNetCore.__file__)", "-S") == [
        str(extension.modules / "CCFNetCore" / "__init__.py")
    ]


def test_the_core_runs_from_there_with_its_weights(extension):
    program = """
import importlib, pkgutil
import CCFNetCore
CCFNetCore.load_detector(device="cpu")
for module in pkgutil.walk_packages(CCFNetCore.__path__, "CCFNetCore."):
    print(importlib.import_module(module.name).__file__)
"""
    files = _python(extension, program)
    assert len(files) > 10
    assert all(Path(file).is_relative_to(extension.modules) for file in files)


def test_both_kinds_of_tests_are_registered(extension):
    tests = json.loads(_run("ctest", "--show-only=json-v1", cwd=extension.build))["tests"]
    assert {test["name"] for test in tests} == {
        "py_CCFNetSlicer",
        "py_nomainwindow_qSlicerCCFNetSlicerModuleGenericTest",
    }


def test_the_description_agrees_with_the_catalogue_entry(extension):
    entry = json.loads((ROOT / "CCFNet.json").read_text())
    assert extension.description["NAME"] == "CCFNet"
    assert extension.description["HOMEPAGE"] == entry["scm_url"]
    assert extension.description["DEPENDS"].split() == entry["build_dependencies"]


def test_the_catalogue_can_read_the_description_as_text(extension):
    text = (ROOT / "CMakeLists.txt").read_text()
    for keyword, value in extension.description.items():
        line = f"project({value})" if keyword == "NAME" else f'set(EXTENSION_{keyword} "{value}")'
        assert line in text


def test_icon_and_screenshots_are_files_of_this_repository(extension):
    entry = json.loads((ROOT / "CCFNet.json").read_text())
    raw = entry["scm_url"].replace("//github.com/", "//raw.githubusercontent.com/") + f"/{entry['scm_revision']}/"
    screenshots = extension.description["SCREENSHOTURLS"].split()
    assert screenshots
    for url in [extension.description["ICONURL"], *screenshots]:
        assert url.startswith(raw)
        assert (ROOT / url.removeprefix(raw)).is_file(), url


def test_a_helper_that_is_not_listed_is_noticed(copied):
    (copied.source / "CCFNetSlicer" / "CCFNetSlicerLib" / "forgotten.py").touch()
    copied.configure()
    copied.install()
    assert "CCFNetSlicerLib/forgotten.py" in copied.not_installed()


def test_a_listed_helper_that_is_gone_stops_the_build(copied):
    (copied.source / "CCFNetSlicer" / "CCFNetSlicerLib" / "scene.py").unlink()
    with pytest.raises(AssertionError, match=r"nonexistent file CCFNetSlicerLib/scene\.py"):
        copied.configure()


def test_a_new_file_of_the_core_comes_along_by_itself(copied):
    copied.configure()
    copied.install()
    (copied.source / "CCFNetCore" / "network" / "new.py").touch()
    copied.install()
    assert (copied.modules / "CCFNetCore" / "network" / "new.py").is_file()


def _files(folder: Path) -> set[str]:
    """All that belongs to the user below a folder: neither build files nor what Python leaves behind."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.name != "CMakeLists.txt"
        and path.suffix != ".partial"
    }


def _python(extension: Extension, program: str, *options: str) -> list[str]:
    program = f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(extension.modules)!r})\n{program}"
    return _run(sys.executable, "-I", *options, "-c", program, cwd=extension.folder).splitlines()


def _run(*command: object, cwd: Path | None = None) -> str:
    process = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout
