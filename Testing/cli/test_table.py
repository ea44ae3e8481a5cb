import io
from dataclasses import replace

import pytest
from rich.console import Console

from CCFNetCore import anatomy
from CCFNetCore.result import Input, Model, Result, Structure
from CCFNetCore.table import print_result


@pytest.fixture
def result():
    structures = tuple(
        Structure(level.name, level.kind, "uncertain", (-123.4, -123.4, -123.4), (0, 0, 0), 0.5, 0.5, "abnormal")
        for level in anatomy.LEVELS
    )
    return Result(Input("a [b] c", (1, 1, 1), None), Model("ccfnet-r18", "0" * 64), structures, ("odd [x]",))


def printed(result):
    console = Console(file=io.StringIO(), width=80)
    print_result(result, console)
    return console.file.getvalue().splitlines()


def test_every_row_and_unit_fits_an_ordinary_terminal(result):
    lines = printed(result)
    assert sum("uncertain abnormal" in line and line.count("-123.4") == 3 for line in lines) == anatomy.COUNT
    assert any("L [mm]" in line and "S [mm]" in line for line in lines)
    assert "a [b] c" in lines[0]
    assert "Warning: odd [x]" in lines[-1]


def test_confidences_of_names_fit_beside_those_of_points(result):
    *others, last = result.structures
    named = tuple(replace(structure, name_confidence=0.75) for structure in others)
    lines = printed(replace(result, structures=(*named, replace(last, placed_by="hand"))))
    assert any("probability point  name L [mm] P [mm] S [mm]" in line for line in lines)
    assert sum("0.50  0.50  0.75 -123.4 -123.4 -123.4" in line for line in lines) == len(named)
    assert any(line.startswith("L5-S1") and "0.50     - -123.4" in line for line in lines)


def test_how_sure_the_numbering_is_is_told_where_the_model_tells(result):
    assert printed(replace(result, numbering_confidence=0.734))[-2] == "Numbering: 73 % sure."
    assert not any("Numbering" in line for line in printed(result))
