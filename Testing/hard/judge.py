"""Judges what a command did with a case: met its outcome, or what is wrong with it, in words."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .case import Case
from .outcome import Either, Listed, Read, Refused, Some, Unsure
from .truth import Points, Truth, in_phantom_lps_mm

_CAME = {Refused: "refused", Unsure: "doubted"}

FARTHEST_MM = 3.0
"""No point that is called "found" may lie farther from the anatomy, whatever else is right."""

_OTHERS = re.compile(
    r"WARNING: In |itk::|ITK|GDCM|gdcm|site-packages|Warning: (?=[A-Z]\w+Warning)|\w+Warning:|^[WE]: |\[W|torch\."
)


@dataclass(frozen=True)
class Run:
    """What a command did.

    Attributes
    ----------
    inputs : tuple of Path
    exit_code : int
    stdout, stderr : str
    seconds : float
    output : Path
        Folder of what it wrote.
    """

    inputs: tuple[Path, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    output: Path


@dataclass(frozen=True)
class Verdict:
    """What came of a case.

    Attributes
    ----------
    came : str
        "read", "doubted" (a result that says that it is none), "refused", "wrong", or "skipped".
    faults : tuple of str
        What is wrong, one phrase each, begun by its kind; none where the outcome is met.
    """

    came: str
    faults: tuple[str, ...] = ()
    worst_mm: float | None = None
    seconds: float = 0.0
    said: str = field(default="", repr=False)

    @property
    def is_met(self) -> bool:
        return self.came in ("read", "doubted", "refused")


def judge(case: Case, run: Run, truth: Truth | None) -> Verdict:
    """Whether a run met its case's outcome.

    Parameters
    ----------
    case : Case
    run : Run
    truth : Truth or None
        None where the input holds no lumbar spine whose place is known.
    """
    results, faults = _results(run.output)
    faults += _manners(run)
    away = {name: away_mm(case, result, truth) for name, result in results.items()} if truth else {}
    outcomes = case.outcome.outcomes if isinstance(case.outcome, Either) else (case.outcome,)
    unmet = [_unmet(outcome, run, results, away) for outcome in outcomes]
    met = next((outcome for outcome, why in zip(outcomes, unmet, strict=True) if not why), None)
    if not isinstance(met, Unsure):
        faults += [f"misplaced: {a.where} is {a.from_anatomy:.1f} mm off" for a in away.values() if a.is_far]
    if met is None:
        faults.append(f"outcome: {' or '.join(', '.join(why) for why in unmet)}")
    worst = max((a.from_clean for a in away.values()), default=None)
    came = "wrong" if faults else _CAME.get(type(met), "read")
    return Verdict(came, tuple(faults), worst, run.seconds, _said(run, results))


# --------------------------------------------------------------------------- what holds for every case


def _results(output: Path) -> tuple[dict[str, dict], list[str]]:
    """The results in a folder by name, and which files there are no whole JSON file."""
    results, faults = {}, []
    files = [file for file in sorted(output.rglob("*")) if file.is_file()] if output.is_dir() else []
    for file in files:
        if file.suffix in (".partial", ".tmp"):
            faults.append(f"half-written: {file.name} was left behind")
        elif file.suffix == ".json":
            try:
                content = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
            except ValueError as error:
                faults.append(f"half-written: {file.name} is no JSON ({error})")
            else:
                if isinstance(content, dict) and "structures" in content:
                    results[file.stem] = content
    return results, faults


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} in it")


def _manners(run: Run) -> list[str]:
    """Faults that no input excuses."""
    faults = []
    if "Traceback (most recent call last)" in run.stderr:
        faults.append(f"traceback: {run.stderr.strip().splitlines()[-1][:200]}")
    elif strange := [line for line in run.stderr.splitlines() if line.strip() and not line.startswith("ccfnet: ")]:
        faults.append(f"foreign line: {strange[0][:200]}")
    if strange := [line for line in run.stdout.splitlines() if _OTHERS.search(line)]:
        faults.append(f"foreign line: {strange[0][:200]}")
    return faults


# --------------------------------------------------------------------------- how far points are


@dataclass(frozen=True)
class Away:
    """Greatest distances of a result's points in mm, and where the first is."""

    from_anatomy: float
    from_clean: float
    where: str

    @property
    def is_far(self) -> bool:
        return self.from_anatomy > FARTHEST_MM


def away_mm(case: Case, result: dict, truth: Truth) -> Away:
    """How far the points that are called found lie from the anatomy, and from those of the clean study, at most."""
    found = [s for s in result["structures"] if s["state"] == "found"]
    if not found:
        return Away(0.0, 0.0, "nothing")
    each = [(*_distances(found, truth.anatomy, move), *_distances(found, truth.clean, move)) for move in case.moves]
    anatomy, where, clean, _ = min(each)
    return Away(anatomy, clean, where)


def _distances(found: list[dict], points: Points, move: np.ndarray) -> tuple[float, str]:
    far = []
    for structure in found:
        place, shown = _place(structure, move)
        name = structure["name"]
        distance = np.linalg.norm((place - points[name])[shown]) if name in points else np.inf
        far.append((float(distance), name))
    return max(far)


def _place(structure: dict, move: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Where a point lies in the clean patient, and which of left, posterior, superior are known."""
    back = np.linalg.inv(move)
    if structure["position_lps_mm"] is not None:
        return back[:3, :3] @ np.array(structure["position_lps_mm"]) + back[:3, 3], [0, 1, 2]
    index = back[:3, :3] @ np.array(structure["index_ijk"]) + back[:3, 3]
    return in_phantom_lps_mm(index.tolist()), [1, 2]


# --------------------------------------------------------------------------- each kind of outcome


def _unmet(outcome: object, run: Run, results: dict[str, dict], away: dict[str, Away]) -> list[str]:
    """Why an outcome is not met; empty where it is."""
    if isinstance(outcome, Refused):
        return _not_refused(outcome, run, results)
    if isinstance(outcome, Some):
        return _not_some(outcome, run, results, away)
    if run.exit_code != 0:
        return [f"exit code {run.exit_code}, {run.stderr.strip()[:300]!r}"]
    if isinstance(outcome, Listed):
        return [] if _matches(outcome.shows, run.stdout) else [f"{outcome.shows!r} is not in the list"]
    if len(results) != len(run.inputs):
        return [f"{len(results)} results of {len(run.inputs)} inputs"]
    not_met = _not_unsure if isinstance(outcome, Unsure) else _not_read
    return [why for name, result in results.items() for why in not_met(outcome, result, away.get(name))]


def _not_read(outcome: Read, result: dict, away: Away | None) -> list[str]:
    structures, warnings = result["structures"], " ".join(result["warnings"])
    found = [s for s in structures if s["state"] == "found"]
    has_place = [s["position_lps_mm"] is not None for s in found]
    why = []
    if len(found) < outcome.found:
        why.append(f"only {len(found)} structures found")
    if away is not None and away.from_clean > outcome.within_mm:
        why.append(f"{away.from_clean:.1f} mm from the points of the clean study")
    if has_place and not (all(has_place) if outcome.millimetres else not any(has_place)):
        why.append("no millimetres" if outcome.millimetres else "millimetres that nobody can know")
    if not _matches(outcome.warns, warnings):
        why.append(f"no warning of {outcome.warns!r}, but {warnings!r}")
    if outcome.quiet and warnings:
        why.append(f"nothing is odd, but {warnings!r}")
    told = " ".join([*result.get("notes", []), warnings])
    if not _matches(outcome.notes, told):
        why.append(f"{outcome.notes!r} is not told, but {told!r}")
    return why


def _not_unsure(outcome: Unsure, result: dict, away: Away | None) -> list[str]:
    found = sum(s["state"] == "found" for s in result["structures"])
    if not found or _matches(outcome.warns, " ".join(result["warnings"])):
        return []
    return [f"{found} structures found and no warning of {outcome.warns!r}, but {result['warnings']}"]


def _not_refused(outcome: Refused, run: Run, results: dict[str, dict]) -> list[str]:
    why = []
    if run.exit_code != outcome.exit_code:
        why.append(f"exit code {run.exit_code} instead of {outcome.exit_code}")
    if len(results) >= len(run.inputs):
        why.append("a result was written")
    if not _matches(outcome.says, run.stderr):
        why.append(f"stderr does not say {outcome.says!r}: {run.stderr.strip()[:300]!r}")
    names = [path.name.split(".")[0] for source in run.inputs for path in (source, *source.rglob("*"))]
    if outcome.names_input and not any(name in run.stderr for name in names) and "series" not in run.stderr:
        why.append(f"stderr names neither file nor series: {run.stderr.strip()[:300]!r}")
    return why


def _not_some(outcome: Some, run: Run, results: dict[str, dict], away: dict[str, Away]) -> list[str]:
    table = run.output / "failures.csv"
    failures = table.read_text(encoding="utf-8").splitlines()[1:] if table.exists() else run.stderr.splitlines()
    failed = len(failures)
    why = []
    if (len(results), failed) != (outcome.read, outcome.failed):
        why.append(f"{len(results)} read and {failed} failed, instead of {outcome.read} and {outcome.failed}")
    if run.exit_code != (1 if outcome.failed else 0):
        why.append(f"exit code {run.exit_code}")
    if not _matches(outcome.says, "\n".join(failures)):
        why.append(f"the failures do not say {outcome.says!r}: {failures}")
    why += [f"{a.from_clean:.1f} mm off" for a in away.values() if a.from_clean > outcome.within_mm]
    return why


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def _said(run: Run, results: dict[str, dict]) -> str:
    told = [f"{name}: {result.get('notes')} {result['warnings']}" for name, result in results.items()]
    return "\n".join([*told, run.stderr.strip()[-1500:]]).strip()
