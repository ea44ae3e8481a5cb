import io

from rich.console import Console

from CCFNetCore import anatomy
from CCFNetCore.result import Input, Model, Result, Structure
from CCFNetCore.table import print_result


def test_every_row_and_unit_fits_an_ordinary_terminal():
    structures = tuple(
        Structure(level.name, level.kind, "uncertain", (-123.4, -123.4, -123.4), (0, 0, 0), 0.5, 0.5, "abnormal")
        for level in anatomy.LEVELS
    )
    result = Result(Input("a [b] c", (1, 1, 1), None), Model("ccfnet-r18", "0" * 64), structures, ("odd [x]",))
    console = Console(file=io.StringIO(), width=80)
    print_result(result, console)
    lines = console.file.getvalue().splitlines()
    assert sum("uncertain abnormal" in line and line.count("-123.4") == 3 for line in lines) == anatomy.COUNT
    assert any("L [mm]" in line and "S [mm]" in line for line in lines)
    assert "a [b] c" in lines[0]
    assert "Warning: odd [x]" in lines[-1]
