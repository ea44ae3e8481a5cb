"""Lays the page out: one HTML file with everything in it, which asks for nothing else."""

from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..images.volume import Volume
from ..measurements import measure
from ..result import Result, Structure
from ..templates import load_template
from ..whole_file import whole_file
from ..wording import ABNORMAL_COLOUR, NORMAL_COLOUR, colour_bytes, per_cent, point_label
from .pictures import draw_pictures
from .source import check_image, find_image, read_image, read_patient_name

if TYPE_CHECKING:
    import jinja2


def write_report(result_file: Path, file: Path, image: Path | None = None, with_patient_name: bool = False) -> None:
    """Write the page of a result.

    Parameters
    ----------
    result_file : Path
        JSON file of the result.
    file : Path
        Where the page goes.
    image : Path, optional
        What the result was read from; by default what has its name and lies beside the result.
    with_patient_name : bool
        Whether to print the name that stands in the DICOM header; otherwise nothing of the header is printed but the
        series' UID and description.

    Raises
    ------
    InputError
        If the result or its image cannot be read, or they do not belong together.
    """
    result = Result.read(result_file)
    image = image or find_image(result, result_file)
    patient_name = read_patient_name(result, image) if with_patient_name else None
    page = render_report(result, read_image(result, image), patient_name)
    with whole_file(file) as partial:
        partial.write_text(page, encoding="utf-8")


def render_report(result: Result, volume: Volume, patient_name: str | None = None) -> str:
    """The page of a result, HTML.

    Parameters
    ----------
    result : Result
    volume : Volume
        What the result was read from.
    patient_name : str, optional
        Printed if it is given.

    Raises
    ------
    InputError
        If the result was read from another volume.
    """
    check_image(result, volume)
    sagittal, close_ups = draw_pictures(volume, result)
    return _template().render(
        result=result,
        patient_name=patient_name,
        sagittal=sagittal,
        close_ups=close_ups,
        estimates=[
            (definition, list(group)) for definition, group in groupby(measure(result), attrgetter("definition"))
        ],
        version=__version__,
    )


def _template() -> "jinja2.Template":
    return load_template(
        Path(__file__).with_name("page.html.jinja"),
        point_label=point_label,
        state=_state,
        reading=_reading,
        per_cent=per_cent,
        normal_colour=_css_colour(NORMAL_COLOUR),
        abnormal_colour=_css_colour(ABNORMAL_COLOUR),
    )


def _state(structure: Structure) -> str:
    """Such as "found", "by hand" or "uncertain, by hand"."""
    if structure.placed_by == "network":
        return structure.state
    return "by hand" if structure.state == "found" else f"{structure.state}, by hand"


def _reading(structure: Structure) -> str:
    """Such as "abnormal, probability 0.83"."""
    if structure.label is None or structure.abnormal_probability is None:
        return structure.label or "no reading"
    return f"{structure.label}, probability {structure.abnormal_probability:.2f}"


def _css_colour(colour: tuple[float, float, float]) -> str:
    return f"#{bytes(colour_bytes(colour)).hex()}"
