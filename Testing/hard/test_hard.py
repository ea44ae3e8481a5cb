"""Every case of the corpus meets its outcome. All of them: ``make hard``; the quick third runs with all other tests."""

import pytest

from . import cases
from .runner import run_cases
from .table import table


def _parameters():
    return [
        pytest.param(name, id=name, marks=[] if name in cases.QUICK else [pytest.mark.hard]) for name in cases.CASES
    ]


@pytest.fixture(scope="module")
def verdicts(request):
    """What came of the cases that were asked for, all run at once."""
    names = [
        item.callspec.params["name"]
        for item in request.session.items
        if hasattr(item, "callspec") and item.function is test_the_outcome_is_the_right_one
    ]
    found = run_cases(names)
    print("\n" + table(found))
    return found


@pytest.mark.parametrize("name", _parameters())
def test_the_outcome_is_the_right_one(name, verdicts):
    verdict = verdicts[name]
    if verdict.came == "skipped":
        pytest.skip(verdict.faults[0])
    assert verdict.is_met, "\n".join(verdict.faults)
