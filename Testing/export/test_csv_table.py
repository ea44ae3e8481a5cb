import csv
from dataclasses import replace

import pytest
from phantom_result import with_names

from CCFNetCore import anatomy
from CCFNetCore.export.csv_table import COLUMNS, rows, write_csv


@pytest.fixture
def read_back(tmp_path):
    def write_and_read(results):
        write_csv(results, tmp_path / "table.csv")
        with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return write_and_read


def test_one_row_a_structure_with_every_column(result):
    table = rows(result)
    assert [row["level"] for row in table] == list(anatomy.NAMES)
    assert all(tuple(row) == COLUMNS for row in table)


def test_the_study_is_the_first_column(result):
    assert COLUMNS[0] == "study"
    assert rows(result)[0]["study"] == result.input.name


def test_places_stand_under_their_own_heading(result):
    row, structure = rows(result)[5], result.structures[5]
    assert (row["left_mm"], row["posterior_mm"], row["superior_mm"]) == structure.position_lps_mm
    assert (row["i"], row["j"], row["k"]) == structure.index_ijk


def test_what_is_not_known_is_an_empty_field(read_back, result):
    outside = read_back([result])[0]
    assert outside["state"] == "outside"
    assert [outside[name] for name in ("left_mm", "i", "abnormal_probability", "label")] == [""] * 4


def test_numbers_come_back_exactly(read_back, result):
    written = read_back([result])[5]
    assert float(written["superior_mm"]) == result.structures[5].position_lps_mm[2]
    assert float(written["confidence"]) == result.structures[5].confidence


def test_confidences_of_names_stand_in_each_row(read_back, result):
    table = read_back([with_names(result)])
    assert [table[row]["name_confidence"] for row in (0, 7, 8)] == ["", "0.86", "0.98"]
    assert {row["numbering_confidence"] for row in table} == {"0.973"}


def test_confidences_of_names_that_are_not_told_are_empty_fields(read_back, result):
    table = read_back([result])
    assert {row["name_confidence"] + row["numbering_confidence"] for row in table} == {""}


def test_a_cohort_has_one_header(read_back, result):
    second = replace(result, input=replace(result.input, name='a "quoted", second\nstudy'))
    table = read_back([result, second])
    assert len(table) == 2 * anatomy.COUNT
    assert table[-1]["study"] == second.input.name
