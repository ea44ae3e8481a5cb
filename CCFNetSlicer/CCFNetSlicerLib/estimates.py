"""What is estimated from a result's points, in words."""

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

if TYPE_CHECKING:
    from CCFNetCore.measurements import Measurement
    from CCFNetCore.result import Result


def estimate_lines(result: "Result") -> list[str]:
    """One line an estimate, such as "Estimated spacing L1: 34 mm"; those that cannot be had are left out."""
    from CCFNetCore.measurements import measure

    return [_line(measurement) for measurement in measure(result) if measurement.value is not None]


def definitions(result: "Result") -> list[str]:
    """What is estimated and how, each once."""
    from CCFNetCore.measurements import measure

    return list(dict.fromkeys(measurement.definition for measurement in measure(result)))


def _line(measurement: "Measurement") -> str:
    unit = _("degrees") if measurement.unit == "deg" else measurement.unit
    line = f"{measurement.name}: {measurement.value:.0f} {unit}"
    if not measurement.uncertain:
        return line
    return _("{line} (uncertain: {names})").format(line=line, names=", ".join(measurement.uncertain))
