"""A result as the point list that 3D Slicer opens by itself, without the extension (``.mrk.json``)."""

import json
from pathlib import Path

from ..result import Result
from ..wording import describe, point_label
from .placed import placed_structures

# The name of the format; nothing is fetched from there.
_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)


# A point list has one colour in every view; which reading a point has stands in its description.
POINT_COLOUR = (1.0, 1.0, 1.0)


def write_markups(result: Result, file: Path) -> None:
    """Write the points as Slicer's markups JSON, LPS millimetres, with the reading in each description.

    Raises
    ------
    InputError
        If the result is that of a single picture, whose millimetres are unknown.
    """
    Path(file).write_text(json.dumps(_markups(result), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _markups(result: Result) -> dict[str, object]:
    points = [
        {
            "id": str(number),
            "label": point_label(structure),
            "description": describe(structure),
            "position": structure.position_lps_mm,
            "positionStatus": "defined",
        }
        for number, structure in enumerate(placed_structures(result), start=1)
    ]
    point_list = {
        "type": "Fiducial",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "controlPoints": points,
        "display": {
            "color": POINT_COLOUR,
            "selectedColor": POINT_COLOUR,
            "sliceProjection": True,
            "sliceProjectionUseFiducialColor": True,
        },
    }
    return {"@schema": _SCHEMA, "markups": [point_list]}
