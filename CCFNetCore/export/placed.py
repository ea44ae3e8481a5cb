"""The structures that can be given to programs that ask for millimetres."""

from ..errors import InputError
from ..result import Result, Structure


def placed_structures(result: Result) -> list[Structure]:
    """The structures with a place in the patient, head to foot; those outside the picture have none.

    Raises
    ------
    InputError
        If the result is that of a single picture, whose millimetres are unknown.
    """
    if result.input.spacing_mm is None:
        raise InputError(f"{result.input.name}: is a single picture, whose places in the patient are not known.")
    return [s for s in result.structures if s.state != "outside" and s.position_lps_mm is not None]
