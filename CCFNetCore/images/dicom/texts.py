"""What stands in the header of a DICOM file, and whether DICOM allows it there (DICOM PS3.5, 6.1 and 6.2)."""

import math
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

_UNDECLARED = "iso8859"
"""How pydicom calls the character set where none is declared, or one that nobody knows; it would read Latin-1."""

_LEFT_ESCAPE = "\x1b$)A"
"""Pydicom (3.0.2) decodes the Chinese characters of ISO 2022 IR 58, and leaves what announces them in the text."""

_MOST_NAME_PARTS = 5
"""Family, given and middle name, prefix and suffix."""

_UID_ROOTS = ("0", "1", "2")
"""Of all object identifiers (ISO/IEC 9834-1)."""

_ALLOWED_WORDS = {"PatientSex": ("M", "F", "O")}


def read_header(file: Path) -> "Dataset":
    """The header of a file, without its pixels.

    Where no known character set is declared, what is not ASCII is taken for UTF-8, which few other texts look like.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    from pydicom import dcmread

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = dcmread(file, stop_before_pixels=True, force=True)
    except Exception as error:  # Damaged files raise whatever they happen to run into.
        raise InputError(f"{file}: cannot be read as a DICOM file ({error}).") from error
    declared = header.original_character_set
    names = [declared] if isinstance(declared, str) else declared
    sets = ["utf8" if name == _UNDECLARED else name for name in names]
    header.set_original_encoding(*header.original_encoding, sets)
    return header


def text_of(header: "Dataset", keyword: str) -> str | None:
    """A single value as text.

    Parameters
    ----------
    header : Dataset
        From :func:`read_header`.
    keyword : str
        Of an attribute that holds one value.

    Returns
    -------
    str or None
        Empty where there is none; None where DICOM forbids what stands there, or it cannot be decoded.
    """
    try:
        with warnings.catch_warnings():
            # Of what it would replace or pass over, pydicom warns.
            warnings.simplefilter("error")
            if keyword not in header or header[keyword].is_empty:
                return ""
            text = str(header[keyword].value).replace(_LEFT_ESCAPE, "").strip(" ")
            return text if _is_allowed(keyword, header[keyword], text) else None
    except Exception:  # What is forbidden raises whatever pydicom happens to run into.
        return None


def numbers_of(header: "Dataset", keyword: str) -> tuple[float, ...]:
    """The values of an attribute that holds numbers; none where there are none, or something else stands there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = header[keyword].value
            numbers = tuple(map(float, [value] if isinstance(value, str | int | float) else value))
    except Exception:  # As in text_of.
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def _is_allowed(keyword: str, element: "DataElement", text: str) -> bool:
    """Whether DICOM allows a value; if not, this may also raise a ValueError."""
    from pydicom.config import RAISE
    from pydicom.datadict import dictionary_VR
    from pydicom.valuerep import DA, TM, validate_value

    kind = dictionary_VR(keyword)
    validate_value(kind, text, RAISE)
    # The pattern of a date allows February 31st, and two dates with a hyphen between.
    if text and kind in ("DA", "TM"):
        {"DA": DA, "TM": TM}[kind](text)
    return (
        element.VM == 1
        and not isinstance(element.value, bytes)
        and not any(unicodedata.category(character) == "Cc" for character in text)
        and text in _ALLOWED_WORDS.get(keyword, (text,))
        and (kind != "UI" or text.split(".")[0] in ("", *_UID_ROOTS))
        and (kind != "PN" or all(group.count("^") < _MOST_NAME_PARTS for group in text.split("=")))
    )
