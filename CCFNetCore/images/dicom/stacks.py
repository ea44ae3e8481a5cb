"""Frames of like contrast that lie side by side make a stack; all by tolerance, never by rounding."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .frames import Frame

SAME_DIRECTION = 0.002
"""Unit directions that differ by less than this (about 0.1 degree) are the same."""

SAME_SIZE = 0.01
"""Pixel sizes that differ by less than this share are the same."""

SAME_PLACE_MM = 0.1

SAME_TIME = 0.05
"""Echo and inversion times that differ by less than this share, or by :data:`SAME_TIME_MS`, are the same."""
SAME_TIME_MS = 1.0

STATION_MM = 20.0
"""Slices whose neighbours lie shifted in their plane by more than this are of another station."""

LARGEST_GAP = 4.5
"""A gap this many times the usual one, and wider than a station's, parts two stacks."""

ONE_ACQUISITION_S = 1800.0
"""Pictures of one series are taken within this time."""

FEWEST_TO_PUT_TOGETHER = 3


@dataclass(frozen=True)
class Stack:
    """Parallel slices of one contrast, in the order of their places along the normal.

    Attributes
    ----------
    frames : tuple of Frame
    left_out : tuple of Frame
        Pictures at whose place another one lies, and of which nothing says that they are of another stack.
    """

    frames: tuple[Frame, ...]
    left_out: tuple[Frame, ...] = ()


def make_stacks(frames: Iterable[Frame]) -> list[Stack]:
    """Sort frames into stacks.

    Frames of one series come apart by plane, pixel grid, contrast, station and repetition. Series of one slice each are
    put together where geometry, contrast, description and times say that they are one.
    """
    of_series = _by(frames, lambda f: (*f.origin[:2], "" if f.origin.series_uid else f.origin.folder))
    stacks = [stack for series in of_series for stack in _stacks_of_series(series)]
    return _put_together(stacks)


def _stacks_of_series(frames: Sequence[Frame]) -> Iterator[Stack]:
    for faulty in _by([frame for frame in frames if frame.fault], lambda f: (f.fault, f.size)):
        yield Stack(tuple(faulty))
    for group in _of_one_grid_and_contrast([frame for frame in frames if not frame.fault]):
        for station in _stations(group):
            yield from _repetitions(station)


def _of_one_grid_and_contrast(frames: Sequence[Frame]) -> Iterator[list[Frame]]:
    """Groups that are alike in all that is not a place."""
    for group in _by(frames, lambda f: (f.size, f.contrast.kind, f.contrast.echo_number)):
        for alike in _alike(group, lambda f: np.concatenate([f.row, f.column]), SAME_DIRECTION):
            for same_size in _alike(alike, lambda f: np.log(f.pixel_mm), SAME_SIZE):
                yield from _of_one_timing(same_size)


def _of_one_timing(frames: Sequence[Frame]) -> Iterator[list[Frame]]:
    for same_echo in _at_gaps(frames, lambda f: f.contrast.echo_time_ms, _same_time):
        for same_inversion in _at_gaps(same_echo, lambda f: f.contrast.inversion_time_ms, _same_time):
            yield from _at_gaps(same_inversion, lambda f: f.contrast.b_value, _same_time)


def _same_time(value: float) -> float:
    return max(SAME_TIME_MS, SAME_TIME * abs(value))


def _stations(frames: Sequence[Frame]) -> Iterator[list[Frame]]:
    """Groups whose slices lie beside one another, without jumps in the plane or wide gaps across it."""
    row, column, normal = frames[0].row, frames[0].column, frames[0].normal
    for along_rows in _at_gaps(frames, lambda f: float(f.place @ row), lambda _: STATION_MM):
        for station in _at_gaps(along_rows, lambda f: float(f.place @ column), lambda _: STATION_MM):
            steps = np.diff(np.sort(across(station)))
            steps = steps[steps > SAME_PLACE_MM]
            widest = max(STATION_MM, LARGEST_GAP * float(np.median(steps))) if steps.size else STATION_MM
            yield from _at_gaps(station, lambda f: float(f.place @ normal), lambda _, widest=widest: widest)


def across(frames: Sequence[Frame]) -> np.ndarray:
    """Places of frames along the normal of the first one, in millimetres."""
    return np.array([frame.place for frame in frames]) @ frames[0].normal


def _repetitions(frames: Sequence[Frame]) -> Iterator[Stack]:
    """Stacks in which no place is there twice, told apart by what numbers repetitions, or by their times."""
    places = _places(frames)
    if len(set(places)) == len(frames):
        yield Stack(_in_order(frames))
        return
    for parts in _ways_to_part(frames):
        # What numbers single slices numbers no repetitions.
        if len(parts) > 1 and all(2 * len(part) >= len(set(places)) for part in parts):
            for part in parts:
                yield from _repetitions(part)
            return
    yield from _by_turn(frames, places)


def _ways_to_part(frames: Sequence[Frame]) -> Iterator[list[list[Frame]]]:
    for field in frames[0].repetition._fields:
        yield _by(frames, lambda f, field=field: getattr(f.repetition, field))
    pauses = np.diff(sorted(frame.time_s for frame in frames if frame.time_s is not None))
    if pauses.size and pauses.max() > 0:
        yield _at_gaps(frames, lambda f: f.time_s, lambda _: 0.999 * pauses.max())


def _by_turn(frames: Sequence[Frame], places: Sequence[int]) -> Iterator[Stack]:
    """The first picture of each place, the second of each place, and so on, if their numbers tell them apart.

    Only if each place is there as often as all others; else the first of each, and the rest is left out.
    """
    at_place = defaultdict(list)
    for frame, place in sorted(zip(frames, places, strict=True), key=lambda pair: _number(pair[0])):
        at_place[place].append(frame)
    counts = set(map(len, at_place.values()))
    are_numbered = len({frame.number for frame in frames} - {None}) == len(frames)
    if are_numbered and len(counts) == 1 and len(at_place) > 1:
        for turn in range(counts.pop()):
            yield Stack(_in_order([pictures[turn] for pictures in at_place.values()]))
        return
    kept = _in_order([pictures[0] for pictures in at_place.values()])
    yield Stack(kept, left_out=tuple(frame for pictures in at_place.values() for frame in pictures[1:]))


def _number(frame: Frame) -> tuple:
    return (frame.number is None, frame.number or 0.0, frame.file, frame.index)


def _places(frames: Sequence[Frame]) -> list[int]:
    """A number for each frame, the same for those that lie at one place."""
    along = across(frames)
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order], prepend=along[order[0]]) > SAME_PLACE_MM
    numbers = np.empty(len(along), dtype=int)
    numbers[order] = np.cumsum(steps)
    return numbers.tolist()


def _in_order(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    return tuple(frames[index] for index in np.argsort(across(frames), kind="stable"))


def _put_together(stacks: Sequence[Stack]) -> list[Stack]:
    """Series of one slice each that are one by geometry, contrast, description and times become one stack."""
    single = [s for s in stacks if len(s.frames) == 1 and not s.frames[0].fault]
    together: list[Stack] = []
    for frames in _by([s.frames[0] for s in single], _series_in_words):
        for group in _of_one_grid_and_contrast(frames):
            for station in _stations(group):
                for at_once in _at_gaps(station, lambda f: f.time_s, lambda _: ONE_ACQUISITION_S):
                    together += [s for s in _repetitions(at_once) if _is_one(s)]
    taken = {id(frame) for stack in together for frame in stack.frames}
    return [*(s for s in stacks if id(s.frames[0]) not in taken), *together]


def _is_one(stack: Stack) -> bool:
    return len(stack.frames) >= FEWEST_TO_PUT_TOGETHER and not stack.left_out


def _series_in_words(frame: Frame) -> tuple:
    keywords = ("Modality", "SeriesDescription", "ProtocolName", "RepetitionTime")
    return (frame.origin.study_uid, frame.origin.frame_of_reference_uid, *map(frame.header.text, keywords))


def _by(frames: Iterable[Frame], key: Callable[[Frame], Hashable]) -> list[list[Frame]]:
    """Groups with the same key, in the order in which they begin."""
    groups = defaultdict(list)
    for frame in frames:
        groups[key(frame)].append(frame)
    return list(groups.values())


def _alike(frames: Sequence[Frame], vector: Callable[[Frame], np.ndarray], tolerance: float) -> list[list[Frame]]:
    """Groups whose vectors are within the tolerance of that of their first frame."""
    left, vectors, groups = np.arange(len(frames)), np.array([vector(frame) for frame in frames]), []
    while left.size:
        near = np.linalg.norm(vectors[left] - vectors[left[0]], axis=1) <= tolerance
        groups.append([frames[index] for index in left[near]])
        left = left[~near]
    return groups


def _at_gaps(
    frames: Sequence[Frame], value: Callable[[Frame], float | None], gap: Callable[[float], float]
) -> list[list[Frame]]:
    """Groups whose values, in order, lie no farther apart than the gap allowed there; those without one stay alone."""
    known = sorted((frame for frame in frames if value(frame) is not None), key=value)
    groups = [unknown] if (unknown := [frame for frame in frames if value(frame) is None]) else []
    for before, frame in zip([None, *known], known, strict=False):
        if before is None or value(frame) - value(before) > gap(value(before)):
            groups.append([])
        groups[-1].append(frame)
    return groups
