import pytest

from CCFNetCore.whole_file import whole_file


def test_what_was_written_takes_the_files_place(tmp_path):
    with whole_file(tmp_path / "a.json") as partial:
        partial.write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.json": "new"}


def test_a_file_stays_as_it_is_when_writing_fails(tmp_path):
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(OSError, match="full"), whole_file(tmp_path / "a.json") as partial:
        partial.write_text("ne")
        raise OSError("the disk is full")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.json": "old"}


def test_a_full_disk_keeps_nothing_half_written_and_names_the_file(small_disk):
    with pytest.raises(OSError, match=r"No space left.*a\.json"), whole_file(small_disk / "a.json") as partial:
        partial.write_bytes(bytes(100_000))
    assert list(small_disk.iterdir()) == []


def test_two_can_write_one_file_at_once_and_it_is_whole(tmp_path):
    with whole_file(tmp_path / "a.json") as first, whole_file(tmp_path / "a.json") as second:
        first.write_text("first")
        second.write_text("second")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.json": "first"}


def test_a_name_as_long_as_the_system_allows_is_written(tmp_path):
    longest = tmp_path / ("a" * 250 + ".json")
    with whole_file(longest) as partial:
        partial.write_text("new")
    assert longest.read_text() == "new"
