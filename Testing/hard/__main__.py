"""``python -m hard [NAME ...]`` in Testing: run cases, all or some, and show what came of each.

A name may be the first part of several. What was built stays with ``--keep FOLDER``.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from . import cases
from .judge import Verdict
from .runner import Tell, run_cases
from .table import table


def main() -> int:
    parser = argparse.ArgumentParser(prog="hard", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="build there, and run in this process")
    options = parser.parse_args()
    names = [name for name in cases.CASES if not options.names or name.startswith(tuple(options.names))]
    tell = partial(show, is_long=bool(options.names))
    verdicts = _run_here(names, options.keep, tell) if options.keep else run_cases(names, tell=tell)
    print(table(verdicts))
    return 0 if all(v.came != "wrong" for v in verdicts.values()) else 1


def _run_here(names: list[str], keep: Path, tell: Tell) -> dict[str, Verdict]:
    from .worker import handle, keep_detector

    keep_detector()
    verdicts = {}
    for name in names:
        (keep / name).mkdir(parents=True)
        verdicts[name] = handle(name, folder=keep / name)
        tell(name, verdicts[name])
    return verdicts


def show(name: str, verdict: Verdict, is_long: bool) -> None:
    worst = "" if verdict.worst_mm is None else f", {verdict.worst_mm:.1f} mm"
    lines = [f"{verdict.came:8}{name} ({verdict.seconds:.1f} s{worst})", *verdict.faults]
    if is_long:
        lines += [f"| {line}" for line in verdict.said.splitlines()]
    print("\n            ".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
