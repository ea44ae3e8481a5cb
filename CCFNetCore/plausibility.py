"""Whether what was found could be a living person's spine."""

import numpy as np

from .measurements import polyline_length_mm

LEVELS = 5
ADULT_LENGTH_MM = (138.0, 228.0)
"""Least and greatest length of an adult's lumbar spine, from disc to disc, T12-L1 to L5-S1.

Four standard deviations about the mean of 56 adults, 182 mm and 11 mm, of whom the shortest has 158 mm and the longest
203 mm: five quarters of the line through the middles of their vertebral bodies, as marked by Burian et al. (BMC
Musculoskelet Disord 2019, doi 10.1186/s12891-019-2528-x), Chu et al. (PLoS One 2015, doi 10.1371/journal.pone.0143327)
and Zukic et al. (Comput Graph Forum 2014). It agrees with bodies of 28 mm (Cook and Baker, Int J Spine Surg
2021;15:1072-81, L5 of 196 patients) and discs of 8 to 12 mm. A pixel size that is wrong by half, either way, takes all
56 out of this range.
"""

FEWEST_LEVELS = 2
"""One level alone may be fractured, or its disc narrow."""


def length_warning(discs_lps_mm: np.ndarray, certain: np.ndarray) -> list[str]:
    """A sentence if the spine is longer or shorter than an adult's can be, else nothing.

    Names, and places in the picture, do not hang on it: the structures' states stay as they are. Where enough discs
    are certain, the others have no say.

    Parameters
    ----------
    discs_lps_mm : numpy.ndarray
        (6, 3), head to foot; not-a-number where a disc is not there. Discs in between may be missing.
    certain : numpy.ndarray
        (6,), whether a disc was found for certain.
    """
    there = np.flatnonzero(~np.isnan(discs_lps_mm).any(axis=1))
    there = there[certain[there]] if np.count_nonzero(certain) > FEWEST_LEVELS else there
    levels = np.ptp(there) if there.size else 0
    if levels < FEWEST_LEVELS:
        return []
    length = polyline_length_mm(discs_lps_mm[there])
    least, most = (levels / LEVELS * limit for limit in ADULT_LENGTH_MM)
    if least <= length <= most:
        return []
    part = "The lumbar spine" if levels == LEVELS else f"The {levels} levels seen"
    return [
        f"{part} would be {length:.0f} mm long, which no adult has ({least:.0f} to {most:.0f} mm); "
        "the pixel size in the header may be wrong."
    ]
