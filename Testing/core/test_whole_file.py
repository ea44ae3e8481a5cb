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
    assert (tmp_path / "a.json").read_text() == "old"
