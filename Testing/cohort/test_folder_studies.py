"""Which studies there are below a folder, and what they are called."""

import shutil

import pytest
from cohort_runs import BAD, GOOD, write_named_series

from CCFNetCore.cohort.folder_studies import FolderStudies
from CCFNetCore.errors import InputError


@pytest.fixture
def find(tmp_path):
    """The studies below the folder ``in``."""

    def found(folder=None):
        return FolderStudies(folder or tmp_path / "in", leave_out=tmp_path / "in" / "out")

    (tmp_path / "in").mkdir()
    return found


@pytest.fixture
def volume_files(tmp_path):
    def write(*paths):
        for path in paths:
            (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / path).write_text("")

    return write


def test_every_study_is_found_once_and_in_order(find, studies):
    assert tuple(find(studies).names) == tuple(sorted(GOOD + BAD))


def test_a_study_in_several_folders_is_one(find, studies):
    study = find(studies).study("two-folders")
    assert {file.parent.name for file in study.files} == {"dicom", "rest"}
    assert study.place == str(studies / "two-folders")


def test_studies_in_one_folder_come_apart(find, studies):
    found = find(studies)
    prefixes = [{file.name[0] for file in found.study(name).files} for name in GOOD[:2]]
    assert sorted(prefixes, key=sorted) == [{"2"}, {"3"}]


def test_names_do_not_depend_on_where_the_folder_lies(find, studies, tmp_path):
    shutil.copytree(studies, tmp_path / "elsewhere")
    assert find(tmp_path / "elsewhere").names == find(studies).names


def test_names_hold_no_patient(find, tmp_path):
    write_named_series(1, "Secret", tmp_path / "in")
    assert find().names == ["in"]


def test_like_names_become_different(find, volume_files):
    volume_files("a/b.nii.gz", "a_b.nrrd", "A_B.mha")
    names = find().names
    assert len({name.casefold() for name in names}) == 3
    assert all(name.casefold().startswith("a_b-") for name in names)


def test_names_are_safe(find, volume_files):
    volume_files("=1 & 2/ü;(x).nii", f"{'long' * 50}.nrrd")
    short, long = find().names
    assert short == "_1___2_ü__x_"
    assert len(long) < 140


def test_hidden_files_and_the_output_are_left_out(find, volume_files):
    volume_files("a.nii", ".b.nii", ".hidden/c.nii", "out/d.nii")
    assert find().names == ["a"]


def test_a_damaged_file_belongs_to_the_study_beside_it(find, tmp_path):
    write_named_series(1, "one", tmp_path / "in")
    (tmp_path / "in" / "damaged.dcm").write_bytes((tmp_path / "in" / "IM0001.dcm").read_bytes()[:200])
    (name,) = find().names
    assert tmp_path / "in" / "damaged.dcm" in find().study(name).files


def test_a_file_that_only_claims_to_be_dicom_is_named_not_passed_over(find, tmp_path):
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "empty.DCM").touch()
    (tmp_path / "in" / "a" / "notes.txt").write_text("nothing")
    studies = find()
    assert [studies.study(name).files for name in studies.names] == [(tmp_path / "in" / "a" / "empty.DCM",)]


@pytest.mark.parametrize(
    ("folder", "reason"), [("in", "no study in this folder"), ("absent", "there is no such folder")]
)
def test_nothing_to_read_is_said(find, tmp_path, folder, reason):
    with pytest.raises(InputError, match=reason):
        find(tmp_path / folder)
