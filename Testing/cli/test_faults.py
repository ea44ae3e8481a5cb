"""What the command says and leaves when something goes wrong that is no fault of its input."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from CCFNetCore.cli import main
from CCFNetCore.phantom import phantom_volume


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """Quickly read."""
    file = tmp_path_factory.mktemp("inputs") / "picture.png"
    middle = phantom_volume(21).array[6]
    Image.fromarray((middle / middle.max() * 255).astype(np.uint8)).save(file)
    return file


@pytest.fixture(scope="module")
def another(picture):
    return Path(shutil.copy(picture, picture.with_name("another.png")))


def predict(*inputs, output):
    return main(["predict", *map(str, inputs), "--output", str(output), "--device", "cpu"])


@pytest.fixture
def failing_reader(monkeypatch):
    """A reader that raises what nobody foresaw for the input of one name."""

    def fail_with(error, name="picture"):
        from CCFNetCore import detector

        def read(path, series=None, real=detector.read_volume):
            if path.stem == name:
                raise error
            return real(path, series)

        monkeypatch.setattr(detector, "read_volume", read)

    return fail_with


def test_an_unexpected_error_is_a_sentence_and_a_log_file_and_the_next_input_is_read(
    failing_reader, picture, another, tmp_path, capsys
):
    failing_reader(ZeroDivisionError("division by zero"))
    assert predict(picture, another, output=tmp_path) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    log = tmp_path / "picture.error.log"
    assert str(picture) in sentence
    assert "ZeroDivisionError: division by zero" in sentence
    assert str(log) in sentence
    assert "in read\n" in log.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another.json", "picture.error.log"]


def test_the_log_goes_to_the_temporary_folder_where_there_is_no_room_beside_the_results(
    failing_reader, picture, read_only_disk, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    failing_reader(RecursionError("maximum recursion depth exceeded"))
    assert predict(picture, output=read_only_disk) == 1
    (log,) = tmp_path.glob("ccfnet-*.error.log")
    assert str(log) in capsys.readouterr().err
    assert "RecursionError" in log.read_text()


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")]
)
def test_too_little_memory_is_said_and_the_next_input_is_read(
    error, failing_reader, picture, another, tmp_path, capsys
):
    failing_reader(error)
    assert predict(picture, another, output=tmp_path) == 1
    assert capsys.readouterr().err == f"ccfnet: {picture}: There is too little memory for this.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["another.json"]


def test_any_other_command_ends_with_a_sentence_and_a_log_file_too(monkeypatch, tmp_path, capsys):
    def list_models():
        raise UnicodeError("no such letter")

    monkeypatch.setattr("CCFNetCore.model_file.shipped_models", list_models)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["models"]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    (log,) = tmp_path.iterdir()
    assert sentence == f"ccfnet: an unexpected error (UnicodeError: no such letter); the details are in {log}."


def test_a_full_disk_is_said_for_each_input_and_nothing_is_half_written(picture, another, small_disk, capsys):
    (small_disk / "filling").write_bytes(bytes(64 * 1024))
    assert predict(picture, another, output=small_disk) == 1
    sentences = capsys.readouterr().err.splitlines()
    assert [
        sentence.endswith(f"{name}.json: No space left on device.")
        for sentence, name in zip(sentences, ("picture", "another"), strict=True)
    ] == [True, True]
    assert [path.name for path in small_disk.iterdir()] == ["filling"]


def test_a_read_only_disk_is_one_sentence(picture, read_only_disk, capsys):
    assert predict(picture, output=read_only_disk) == 1
    assert capsys.readouterr().err == f"ccfnet: {picture}: {read_only_disk}/picture.json: Read-only file system.\n"


@pytest.mark.parametrize(
    ("output", "reason"), [("file", "is a file, but a folder is needed there"), ("file/below", "Not a directory")]
)
def test_an_output_folder_that_cannot_be_is_one_sentence(picture, output, reason, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert predict(picture, output=tmp_path / output) == 1
    assert capsys.readouterr().err == f"ccfnet: {tmp_path / output}: {reason}.\n"


def test_an_output_folder_that_is_removed_meanwhile_is_one_sentence(picture, tmp_path, monkeypatch, capsys):
    from CCFNetCore import detector

    def remove_and_read(path, series=None, real=detector.read_volume):
        (tmp_path / "out").rmdir()
        return real(path, series)

    monkeypatch.setattr(detector, "read_volume", remove_and_read)
    assert predict(picture, output=tmp_path / "out") == 1
    assert capsys.readouterr().err == f"ccfnet: {picture}: {tmp_path}/out/picture.json: No such file or directory.\n"


def test_a_result_whose_name_would_be_too_long_is_one_sentence_and_the_next_input_is_read(
    picture, another, tmp_path, capsys
):
    long = Path(shutil.copy(picture, picture.with_name("n" * 251 + ".png")))
    assert predict(long, another, output=tmp_path) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.endswith("File name too long.")
    assert [path.name for path in tmp_path.iterdir()] == ["another.json"]


def ccfnet(*arguments, **options):
    command = [sys.executable, "-m", "CCFNetCore.cli", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)


def test_nobody_who_reads_the_output_is_no_word():
    reading, writing = os.pipe()
    os.close(reading)
    process = ccfnet("models", stdout=writing)
    os.close(writing)
    assert process.communicate()[1] == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_without_room_is_one_sentence():
    with open("/dev/full", "wb") as full:
        process = ccfnet("models", stdout=full)
        assert process.communicate()[1] == b"ccfnet: No space left on device.\n"
    assert process.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="names of files are Unicode there")
def test_a_name_that_is_not_unicode_is_read(picture, tmp_path):
    odd = os.path.join(os.fsencode(tmp_path), b"\xff\xe9.png")
    shutil.copy(os.fsencode(picture), odd)
    process = ccfnet("predict", os.fsdecode(odd), "--output", tmp_path / "out", stdout=subprocess.PIPE)
    assert process.communicate()[1] == b""
    assert process.returncode == 0


def test_two_runs_into_one_folder_leave_whole_results(picture, tmp_path):
    arguments = ("predict", picture, "--output", tmp_path, "--device", "cpu")
    processes = [ccfnet(*arguments, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in processes] == [(b"", 0)] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["picture.json"]
