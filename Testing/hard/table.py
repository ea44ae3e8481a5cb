"""What came of the cases, as the table of the README."""

from collections import Counter
from collections.abc import Mapping

from . import cases
from .judge import Verdict

_FAULTS = ("traceback", "hang", "half-written", "misplaced", "foreign line")


def table(verdicts: Mapping[str, Verdict]) -> str:
    """In Markdown: kinds and what came, and how often each fault that nothing excuses was seen."""
    lines = ["| kind | cases | read | doubted | refused | wrong | skipped |", "|---|---|---|---|---|---|---|"]
    for kind in cases.KINDS:
        lines += _row(kind, [verdict for name, verdict in verdicts.items() if cases.KIND_OF[name] == kind])
    lines += _row("all", list(verdicts.values()))
    faults = Counter(fault.split(":")[0] for verdict in verdicts.values() for fault in verdict.faults)
    longest = max((verdict.seconds for verdict in verdicts.values()), default=0.0)
    seen = ", ".join(f"{faults[kind]} {kind}" for kind in _FAULTS)
    return "\n".join([*lines, "", f"{seen}; the longest case took {longest:.1f} s."])


def _row(kind: str, verdicts: list[Verdict]) -> list[str]:
    came = Counter(verdict.came for verdict in verdicts)
    counts = [len(verdicts), *(came[name] for name in ("read", "doubted", "refused", "wrong", "skipped"))]
    return [f"| {kind} | {' | '.join(map(str, counts))} |"] if verdicts else []
