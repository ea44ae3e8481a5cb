"""A structure in words and colours: the same in Slicer's scene, in files and in the report."""

from .result import Structure

UNCERTAIN_MARK = " ?"
"""Ends the label of a point whose level or reading the detector is not sure of."""

# Okabe and Ito's sky blue and orange: told apart with any colour vision, and both bright on a dark picture.
NORMAL_COLOUR = (86 / 255, 180 / 255, 233 / 255)
ABNORMAL_COLOUR = (230 / 255, 159 / 255, 0.0)


def colour_bytes(colour: tuple[float, float, float]) -> tuple[int, ...]:
    """Red, green and blue from 0 to 255."""
    return tuple(round(255 * part) for part in colour)


def point_label(structure: Structure) -> str:
    """The name, with :data:`UNCERTAIN_MARK` where the detector is not sure of the level or has no reading."""
    is_sure = structure.state == "found" and structure.label is not None
    return structure.name if is_sure else structure.name + UNCERTAIN_MARK


def describe(structure: Structure) -> str:
    """The reading in words, such as "abnormal, probability 0.83, confidence 0.91, of the name 0.98, found"."""
    reading = structure.label or "no reading"
    if structure.abnormal_probability is not None:
        reading += f", probability {structure.abnormal_probability:.2f}"
    confidence = f"confidence {structure.confidence:.2f}"
    if structure.name_confidence is not None:
        confidence += f", of the name {structure.name_confidence:.2f}"
    by_hand = ", placed by hand" if structure.placed_by == "hand" else ""
    return f"{reading}, {confidence}, {structure.state}{by_hand}"


def per_cent(share: float) -> str:
    """Such as "97 %"; nothing is called as sure as "0 %" or "100 %"."""
    if share <= 0.005:
        return "under 1 %"
    return f"{100 * share:.0f} %" if share < 0.995 else "over 99 %"
