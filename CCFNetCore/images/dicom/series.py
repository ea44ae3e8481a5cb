"""What a stack is, in the words of its headers, and whether it can be read."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from pydicom.uid import UID

from ..contrast import LONG_ECHO_MS, Weighting, weighting
from ..volume import COARSEST_IN_PLANE_MM, FEWEST_SLICES, LEFT, NEAR_ISOTROPIC, plane_name
from .frames import Frame
from .header import Header
from .stacks import Stack, across

PARALLEL_COSINE = 0.99

_SCOUT = re.compile(r"scout|locali[sz]er|survey|3.?plane|myelo")

_REGIONS = {
    "lumbar": r"lumb|\bl.?(spine|sp|ws)\b|\blws|lspine|lenden|lomba|lombo",
    "cervical": r"cervi|\bc.?(spine|sp|ws)\b|\bhws|cspine|\bneck\b|\bhals",
    "thoracic": r"thora|dorsal|\bt.?(spine|sp)\b|\bbws|tspine|torac|\bbrust",
    "other": r"\b(head|brain|knee|hip|shoulder|pelvis|abdomen|liver|prostate|ankle|wrist|breast|heart|cardiac)\b",
}
"""Regions of the body in the words of headers, English, German, French, Spanish and Italian."""

PREFERRED_KINDS = ("water", "in phase", "")
"""Contrasts like those that the network was trained on, the best one last."""

STATION_ABOVE_MM = 60.0
"""A stack whose middle lies this far above another one's is of an upper station of the spine."""

_MODALITY_OF_CLASS = {"MR": "MR", "EnhancedMR": "MR", "LegacyConvertedEnhancedMR": "MR", "CT": "CT", "EnhancedCT": "CT"}


@dataclass(frozen=True)
class Series:
    """A stack with what its headers say of it.

    Attributes
    ----------
    key : str
        What the option ``--series`` takes: the series number, with a second one where a series holds several stacks.
    stack : Stack
    is_upper_station : bool
        Whether another stack of the same study lies lower in the patient, as the lumbar one of a whole spine does.
    """

    key: str
    stack: Stack
    is_upper_station: bool = False

    @property
    def frames(self) -> tuple[Frame, ...]:
        """In the order of the slices."""
        return self.stack.frames

    @property
    def slices(self) -> int:
        return len(self.frames)

    @property
    def files(self) -> tuple:
        """Each file once, in the order of the slices."""
        return tuple(dict.fromkeys(frame.file for frame in self.frames))

    @property
    def uid(self) -> str:
        """SeriesInstanceUID; of series of one slice each that were put together that of the first slice."""
        return self.frames[0].origin.series_uid

    @property
    def uids(self) -> set[str]:
        """SeriesInstanceUID of all slices."""
        return {frame.origin.series_uid for frame in self.frames}

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID; empty where it is not in the headers."""
        return self.frames[0].origin.study_uid

    @property
    def number(self) -> str:
        return self._middle.header.text("SeriesNumber")

    @cached_property
    def description(self) -> str:
        header = self._middle.header
        return header.text("SeriesDescription") or header.text("ProtocolName")

    @cached_property
    def modality(self) -> str:
        """As the header says, or as the kind of its files; empty if neither tells."""
        header = self._middle.header
        return header.text("Modality") or _modality_of_class(header)

    @property
    def kind(self) -> str:
        """Such as water or phase; empty for plain pictures."""
        return self._middle.contrast.kind

    @property
    def normal(self) -> np.ndarray:
        """(3,), LPS direction across the slices."""
        return self.frames[0].normal

    @property
    def space(self) -> tuple[str, str]:
        """What places of two series must share to be compared: study and frame of reference."""
        return self.study_uid, self.frames[0].origin.frame_of_reference_uid

    @property
    def middle_lps_mm(self) -> np.ndarray:
        """(3,), the middle of the stack; only where its geometry is known."""
        first, last = self.frames[0], self.frames[-1]
        (rows, columns), (rows_mm, columns_mm) = first.size, first.pixel_mm
        reach = first.row * columns_mm * (columns - 1) + first.column * rows_mm * (rows - 1)
        return (first.place + last.place + reach) / 2

    @property
    def plane(self) -> str:
        """Sagittal, coronal or axial, whichever is nearest; "unknown" if the headers do not say."""
        return plane_name(self.normal) if self.normal.any() else "unknown"

    @cached_property
    def gaps_mm(self) -> np.ndarray:
        """Distances of the slices from one to the next."""
        return np.diff(across(self.frames))

    @property
    def slice_mm(self) -> float | None:
        """The usual distance of the slices; None for a single one."""
        return float(np.median(self.gaps_mm)) if self.gaps_mm.size and not self.frames[0].fault else None

    @cached_property
    def weighting(self) -> Weighting:
        """From description, protocol and sequence name, and times."""
        header, contrast = self._middle.header, self._middle.contrast
        words = " ".join((self._words, self.kind, *header.words("ScanOptions")))
        inverts = bool(contrast.inversion_time_ms)
        return weighting(words, contrast.echo_time_ms, header.number("RepetitionTime"), inverts)

    @cached_property
    def region(self) -> str | None:
        """Part of the body that the header names; None if it names none, or several."""
        words = self._middle.header.text("BodyPartExamined").lower(), self._words
        for said in words:
            named = [region for region, pattern in _REGIONS.items() if re.search(pattern, said)]
            if len(named) == 1:
                return named[0]
        return None

    @cached_property
    def is_scout(self) -> bool:
        return bool(_SCOUT.search(self._words)) or "localizer" in self.kind

    @property
    def is_sagittal(self) -> bool:
        """Whether the slices lie closer to the sagittal plane than to any other."""
        return self.plane == "sagittal"

    def is_like(self, other: "Series") -> bool:
        """Whether contrast and plane are those of another one."""
        same_contrast = self.frames[0].contrast == other.frames[0].contrast
        return same_contrast and bool(abs(self.normal @ other.normal) > PARALLEL_COSINE)

    @property
    def is_usable(self) -> bool:
        return self.why_not is None

    @cached_property
    def why_not(self) -> str | None:
        """Why it cannot be read; None if it can."""
        frame = self.frames[0]
        if self.modality not in ("MR", ""):
            return f"it is {self.modality}, not MR"
        if frame.fault:
            return frame.fault
        if self.slices < FEWEST_SLICES:
            return f"it has {self.slices} slice(s), and at least {FEWEST_SLICES} are needed"
        if max(frame.pixel_mm) > COARSEST_IN_PLANE_MM:
            return f"its pixels are {max(frame.pixel_mm):.1f} mm wide, and at most {COARSEST_IN_PLANE_MM} mm will do"
        if not self.is_sagittal and self.slice_mm > NEAR_ISOTROPIC * max(frame.pixel_mm):
            return f"its slices are {self.plane} and {self.slice_mm:.1f} mm apart"
        return None

    @property
    def rank(self) -> tuple:
        """Orders series; the greatest is the best one to read."""
        regions = {"lumbar": 2, None: 1}
        weightings = ("T1", "unknown", "fat-suppressed T2", "T2")
        echo_ms = self._middle.contrast.echo_time_ms
        return (
            self.is_usable,
            not self.is_scout,
            self.kind in PREFERRED_KINDS,
            regions.get(self.region, 0),
            not self.is_upper_station,
            weightings.index(self.weighting),
            echo_ms is None or echo_ms >= LONG_ECHO_MS,
            PREFERRED_KINDS.index(self.kind) if self.kind in PREFERRED_KINDS else -1,
            self.is_sagittal,
            self._middle.repetition.image_type[:1] != ("DERIVED",),
            round(float(np.abs(self.normal @ LEFT)), 1),
            self.slices,
            self.uid,
        )

    @cached_property
    def taken_for_granted(self) -> tuple[str, ...]:
        """What the headers do not say and is assumed."""
        header, said = self._middle.header, []
        if not header.text("Modality") and self.modality != "MR":
            said.append("Modality is not in its headers; it is taken for MR.")
        if not self.uid:
            said.append("SeriesInstanceUID is not in its headers; the files of one folder are taken for one series.")
        return tuple(said)

    @cached_property
    def _words(self) -> str:
        header = self._middle.header
        keywords = ("SeriesDescription", "ProtocolName", "SequenceName")
        return " ".join(filter(None, map(header.text, keywords))).lower()

    @property
    def _middle(self) -> Frame:
        return self.frames[len(self.frames) // 2]

    @property
    def contrast_in_words(self) -> str:
        """Such as "T2, water"."""
        kind = "scout" if self.is_scout else self.kind
        return ", ".join(filter(None, (self.weighting, kind)))

    def __str__(self) -> str:
        return f"series {self.key} '{self.description}' ({self.plane}, {self.contrast_in_words}, {self.slices} slices)"


def describe_stacks(stacks: Sequence[Stack]) -> list[Series]:
    """The stacks with their keys, best first."""
    keyed = [Series(key, stack) for key, stack in zip(_keys(stacks), stacks, strict=True)]
    placed = [series for series in keyed if series.is_sagittal and series.is_usable and not series.is_scout]
    lowest = defaultdict(lambda: math.inf)
    for series in placed:
        lowest[series.space] = min(lowest[series.space], series.middle_lps_mm[2])
    upper = {s.key for s in placed if s.middle_lps_mm[2] > lowest[s.space] + STATION_ABOVE_MM}
    found = [replace(series, is_upper_station=series.key in upper) for series in keyed]
    return sorted(found, key=lambda series: series.rank, reverse=True)


def _keys(stacks: Sequence[Stack]) -> list[str]:
    """The number of each stack's series, with a second one where several stacks have the same."""
    numbers = [stack.frames[0].header.text("SeriesNumber") for stack in stacks]
    times, seen = Counter(numbers), Counter()
    keys = []
    for number in numbers:
        seen[number] += 1
        is_alone = number and times[number] == 1
        keys.append(number if is_alone else f"{number or 'unnumbered'}.{seen[number]}")
    return keys


def _modality_of_class(header: Header) -> str:
    keyword = UID(header.text("SOPClassUID")).keyword.removesuffix("ImageStorage")
    return _MODALITY_OF_CLASS.get(keyword, "")
