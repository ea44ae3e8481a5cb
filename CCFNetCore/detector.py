"""The one way from a volume to a result; every front end goes through :meth:`Detector.detect`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch.fx.experimental.optimization import fuse

from . import anatomy, close_up, numbering
from .calibration import Calibrations, calibrate, logits_around
from .closer_look import CloserLook
from .confidence import SURE, Confidences
from .errors import WeightsError
from .evidence import Evidence, weigh
from .images.kind import doubts, require_picture
from .images.prepared import prepared
from .images.source import read_volume
from .images.volume import Volume
from .kinds import LARGEST_NUMBER, printable
from .midline import to_midline
from .model_file import file_sha256, find_model, load_model, load_reader
from .network import CCFNet, Ensemble, Maps, Reader
from .plausibility import length_warning
from .processor import Processor
from .reading import Reading, merge_scales, read_places, read_spine, support
from .result import Input, Model, Numbering, PlacedBy, Result, Structure
from .slab import Slab, cut_again, cut_at_other_scales, cut_slabs

PLANES_AT_ONCE = 4

NOT_READ_IN_T1 = "It is T1-weighted: vertebrae are placed but not read, for their readings were learned from T2."

CLEARLY_SURER = 0.1
"""Mean heat by which a less likely frame must be ahead: more than one structure, seen or not, can make up."""

Report = Callable[[float, str], None]
"""Told how far the work is, 0 to 1, and what is done next."""


@dataclass(frozen=True)
class Analysis:
    """What the network said of a volume: the result, and what is needed to read other places in it.

    Attributes
    ----------
    volume : Volume
    slab : Slab
    maps : Maps
        (plane, ...), of the slab.
    closer_look : CloserLook or None
        None where the model has no reader.
    positions_lps_mm : numpy.ndarray
        (S, 3), of what was found; not-a-number for the rest. Of a picture in its guessed millimetres.
    around : numpy.ndarray
        (S, 2), logits of what was found around each structure, see :func:`~CCFNetCore.calibration.logits_around`.
    calibrations : dict
        By kind.
    evidence : Evidence
        What speaks for and against the places and names.
    result : Result
    """

    volume: Volume
    slab: Slab
    maps: Maps
    closer_look: CloserLook | None
    positions_lps_mm: np.ndarray
    around: np.ndarray
    calibrations: Calibrations
    evidence: Evidence
    result: Result

    def read_at(self, positions_lps_mm: dict[str, tuple[float, float, float]]) -> list[Structure]:
        """The reading of structures at places that somebody chose, without running CCF-Net again.

        Parameters
        ----------
        positions_lps_mm : dict
            Position of each structure to read, by name.

        Returns
        -------
        list of Structure
            In the order given; found, placed by hand, and with the network's confidence at that place.
        """
        if not positions_lps_mm:
            return []
        indices = [anatomy.index_of(name) for name in positions_lps_mm]
        positions = np.reshape(list(positions_lps_mm.values()), (-1, 3))
        chosen = Maps(*(m[:, indices] for m in self.maps))
        reading = read_places(chosen, self.slab.from_lps_mm(positions))
        logit = self._look_closer(indices, positions, reading.logit)
        abnormal = calibrate(logit, self.around[indices], indices, self.calibrations)
        index_ijk = self.volume.lps_mm_to_index(positions)
        structures = [
            _make_structure(
                k,
                "found",
                None if self.volume.is_picture else positions[n],
                index_ijk[n],
                reading.heat[n],
                abnormal[n],
                placed_by="hand",
            )
            for n, k in enumerate(indices)
        ]
        return _as_far_as_learned(structures, self.volume)

    def _look_closer(self, indices: list[int], positions: np.ndarray, network_logit: np.ndarray) -> np.ndarray:
        """Log-odds of some structures at other places, beside the rest of the spine as it was found."""
        if self.closer_look is None:
            return network_logit
        of_all, at = np.zeros(anatomy.COUNT), self.positions_lps_mm.copy()
        of_all[indices], at[indices] = network_logit, positions
        return self.closer_look.logits(at, of_all)[indices]


class Detector:
    """A network with a processor to run it, ready to read volumes. Made by :func:`load_detector`."""

    def __init__(
        self,
        network: CCFNet | Ensemble,
        model: Model,
        frame_pixel_mm: float,
        calibrations: Calibrations,
        processor: Processor,
        readers: Sequence[Reader] = (),
        confidences: Confidences | None = None,
    ) -> None:
        # Batch normalisation in the convolutions' weights, and channels last: each a seventh faster on a processor.
        self.network = fuse(network.eval()).to(memory_format=torch.channels_last)
        self.model = model
        self.frame_pixel_mm = frame_pixel_mm
        self.calibrations = calibrations
        self.processor = processor
        self.readers = [reader.eval() for reader in readers]
        self.confidences = confidences

    def detect(
        self, source: str | Path | Volume, series: str | None = None, report: Report = lambda done, step: None
    ) -> Result:
        """Find and read the eleven structures; see :meth:`analyse`."""
        return self.analyse(source, series, report).result

    def analyse(
        self, source: str | Path | Volume, series: str | None = None, report: Report = lambda done, step: None
    ) -> Analysis:
        """Find and read the eleven structures, and keep what is needed to read other places.

        Parameters
        ----------
        source : path or Volume
            What :func:`~CCFNetCore.images.source.read_volume` takes, or a volume.
        series : str, optional
            For a DICOM folder: number or instance UID of the series to read.
        report : callable, optional
            Called between the steps with the share that is done and the next step in words.

        Raises
        ------
        InputError
            If the source cannot be read, is no picture, or sagittal slices cannot be had from it.
        WeightsError
            If the network's answer is no number.
        """
        report(0.0, "Reading the volume")
        volume = prepared(source) if isinstance(source, Volume) else read_volume(Path(source), series)
        require_picture(volume)
        report(0.05, "Cutting sagittal planes")
        filled = volume.without_empty_slices()
        slabs = cut_slabs(filled, self.frame_pixel_mm)
        all_maps, readings = self._read(slabs, report, 0.1, 0.95 if volume.is_picture else 0.5)
        best = _best_frame(readings, volume.is_picture)
        slab, maps = slabs[best], all_maps[best]
        if volume.is_picture:
            others = [(slabs[k], readings[k]) for k in range(len(slabs)) if k != best]
            averaged = slice(max(0, best - 1), best + 1)
        else:
            planes = _first_and_last_plane(readings[best], len(slab.pictures))
            other_slabs = [other.between(*planes) for other in cut_at_other_scales(filled, slab)]
            others = list(zip(other_slabs, self._read(other_slabs, report, 0.5, 0.95)[1], strict=True))
            averaged = slice(None)
        seen_from_it = [_seen_from(slab, *other) for other in others]
        reading = merge_scales(readings[best], seen_from_it[averaged])
        if not volume.is_picture:
            reading = reading._replace(places=to_midline(filled, slab, reading.places, reading.present))
        report(0.95, "Looking closer at the structures")
        positions = np.where(reading.present[:, None], slab.to_lps_mm(reading.places), np.nan)
        closer_look = self._make_closer_look(filled, slab)
        if closer_look is not None:
            positions = closer_look.centred(positions)
            seen = np.where(reading.present[:, None], slab.from_lps_mm(positions), reading.places)
            reading = reading._replace(places=seen, logit=closer_look.logits(positions, reading.logit))
        around = logits_around(reading.logit, reading.present)
        # The margin above and below a volume is seen as well, but nothing lies there.
        inside = _is_inside(volume, slab.to_lps_mm(reading.places))
        reading = reading._replace(present=reading.present & inside)
        support_of_names = support(maps, reading.places)
        second = numbering.second_best(np.where(reading.present[:, None], support_of_names, np.nan))
        heat_maps = maps.heat.amax(dim=0).numpy()
        lower = None if closer_look is None else closer_look.lower_discs(positions)
        evidence = weigh([readings[best], *seen_from_it], heat_maps, support_of_names, reading, second, lower)
        result = self._make_result(volume, slab, reading, around, second, evidence)
        return Analysis(volume, slab, maps, closer_look, positions, around, self.calibrations, evidence, result)

    def _make_closer_look(self, volume: Volume, slab: Slab) -> CloserLook | None:
        if not self.readers:
            return None
        # In a picture the slab's pixels hold what is guessed of its scale.
        fine_slab = cut_again(volume, slab, close_up.PIXEL_MM / self.frame_pixel_mm)
        return CloserLook(self.readers, fine_slab, self.processor)

    def _make_result(
        self,
        volume: Volume,
        slab: Slab,
        reading: Reading,
        around: np.ndarray,
        second: Numbering | None,
        evidence: Evidence,
    ) -> Result:
        abnormal = calibrate(reading.logit, around, list(range(anatomy.COUNT)), self.calibrations)
        positions = slab.to_lps_mm(reading.places)
        index = volume.lps_mm_to_index(positions)
        if self.confidences is None:
            place, name, whole = reading.heat, None, None
            sure, doubt = reading.heat >= numbering.FOUND_HEAT, numbering.close_numbering_warning(second)
        else:
            place, name = self.confidences.of_places(evidence), self.confidences.of_names(evidence)
            whole = self.confidences.of_numbering(evidence)
            sure = np.minimum(place, name) >= SURE
            doubt = numbering.unsure_numbering_warning(whole, second, evidence.may_be_transitional)
        states, warnings = numbering.judge(reading.heat, positions, reading.present, sure, doubts(volume))
        structures = [
            _make_structure(
                k,
                states[k],
                None if volume.is_picture else positions[k],
                index[k],
                place[k] if reading.present[k] else reading.heat[k],
                abnormal[k],
                name_confidence=None if name is None else name[k],
            )
            for k in range(anatomy.COUNT)
        ]
        discs = [structure for structure in structures if structure.kind == "disc"]
        disc_places = np.array([disc.position_lps_mm or (np.nan,) * 3 for disc in discs])
        return Result(
            input=Input(
                name=printable(volume.name),
                size=tuple(int(length) for length in volume.size),
                spacing_mm=None if volume.is_picture else tuple(float(s) for s in volume.spacing_mm),
                series_instance_uid=volume.series_instance_uid,
                series=volume.series,
            ),
            model=self.model,
            structures=tuple(_as_far_as_learned(structures, volume)),
            second_numbering=second,
            numbering_confidence=whole,
            warnings=(
                *volume.warnings,
                *volume.grey_values.warnings,
                *([NOT_READ_IN_T1] if volume.weighting == "T1" else []),
                *warnings,
                *doubt,
                *length_warning(disc_places, np.array([disc.state == "found" for disc in discs])),
            ),
            notes=(*volume.notes, *self.processor.notes),
        )

    def _read(self, slabs: list[Slab], report: Report, begin: float, end: float) -> tuple[list[Maps], list[Reading]]:
        """The network's answer for every plane of every slab, and what it says; shares of the work as reported."""
        total, done = sum(len(slab.pictures) for slab in slabs), 0
        all_maps = []
        for slab in slabs:
            answers = []
            for pictures in torch.from_numpy(slab.pictures).split(PLANES_AT_ONCE):
                report(
                    begin + (end - begin) * done / total,
                    f"Reading planes {done + 1} to {done + len(pictures)} of {total}",
                )
                # Several planes are averaged; their mirror images would only take as long again.
                is_single = len(slab.pictures) == 1
                answers.append(self._mirror_average(pictures) if is_single else self._answer(pictures))
                done += len(pictures)
            all_maps.append(self._checked(Maps(*(torch.cat(parts) for parts in zip(*answers, strict=True)))))
        return all_maps, [read_spine(maps, slab.pixel_mm) for slab, maps in zip(slabs, all_maps, strict=True)]

    def _checked(self, maps: Maps) -> Maps:
        if not all(bool((values.abs() <= LARGEST_NUMBER).all()) for values in maps):
            raise WeightsError(f"{self.model.name}: answers with undefined or huge numbers; its weights are damaged.")
        return maps

    def _answer(self, pictures: torch.Tensor) -> Maps:
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        return self.processor.ask(self.network, pictures, lambda network, x: Maps(*(m.cpu() for m in network(x))))

    def _mirror_average(self, picture: torch.Tensor) -> Maps:
        """The network's answer for one plane, averaged with that for its mirror image."""
        heat, offset, abnormal = self._answer(torch.cat([picture, picture.flip(-1)]))
        # In the mirror, offsets along the columns point the other way.
        other_way = torch.tensor([1.0, -1.0])[:, None, None]
        return Maps(
            (heat[:1] + heat[1:].flip(-1)) / 2,
            (offset[:1] + offset[1:].flip(-1) * other_way) / 2,
            (abnormal[:1] + abnormal[1:].flip(-1)) / 2,
        )


def _best_frame(readings: list[Reading], is_picture: bool) -> int:
    """The surest frame; in a volume the first, which is the likeliest, unless another is clearly surer."""
    mean_heat = [(reading.heat * reading.present).mean() for reading in readings]
    surest = int(np.argmax(mean_heat))
    # What scale a picture has is anybody's guess; which frame is the likeliest in a volume is not.
    return surest if is_picture or mean_heat[surest] > mean_heat[0] + CLEARLY_SURER else 0


def _first_and_last_plane(reading: Reading, count: int) -> tuple[int, int]:
    """The planes that the structures seen lie between, of so many; all of them if none is seen."""
    seen = reading.places[reading.present, 0]
    return (int(np.floor(seen.min())), int(np.ceil(seen.max()))) if seen.size else (0, count - 1)


def _is_inside(volume: Volume, positions_lps_mm: np.ndarray) -> np.ndarray:
    """(S,), whether places (S, 3) lie within the volume's voxels."""
    index = volume.lps_mm_to_index(positions_lps_mm)
    return ((index >= -0.5) & (index <= np.array(volume.size) - 0.5)).all(axis=1)


def _seen_from(slab: Slab, other_slab: Slab, other: Reading) -> Reading:
    """A reading with its places in another slab."""
    return other._replace(places=slab.from_lps_mm(other_slab.to_lps_mm(other.places)))


def load_detector(
    weights: str | Path = "default", device: Literal["auto", "cpu", "cuda"] | torch.device = "auto"
) -> Detector:
    """A detector with these weights on this device.

    Parameters
    ----------
    weights : str or Path
        "default", the name of a shipped model, or a model file.
    device : str
        "auto" takes the graphics processor where there is one. Should it fail, the CPU stands in, and a note in the
        result says so.

    Raises
    ------
    WeightsError
        If the model is missing or damaged.
    InputError
        If the device is not there.
    """
    processor = Processor(device)
    file = find_model(weights)
    network, description = load_model(file)
    model = Model(name=file.stem, sha256=file_sha256(file))
    reader = load_reader(file)
    readers = [] if reader is None else [reader]
    return Detector(
        network,
        model,
        description.frame_pixel_mm,
        description.calibrations,
        processor,
        readers,
        description.confidences,
    )


def load_ensemble(
    weights: Sequence[str | Path], device: Literal["auto", "cpu", "cuda"] | torch.device = "auto"
) -> Detector:
    """A detector that averages the maps, and the readers, of several models; of one, as :func:`load_detector`.

    The calibrations and confidences of the models hold for each alone, so that several have none together.

    Raises
    ------
    WeightsError
        If a model is missing or damaged, or they read pixels of unlike size.
    InputError
        If the device is not there.
    """
    if len(weights) == 1:
        return load_detector(weights[0], device)
    detectors = [load_detector(each, "cpu") for each in weights]
    sizes = sorted({detector.frame_pixel_mm for detector in detectors})
    if len(sizes) > 1:
        raise WeightsError(
            f"The models read pixels of {', '.join(f'{size:g}' for size in sizes)} mm; one size is needed."
        )
    names, hashes = ("+".join(part) for part in zip(*((d.model.name, d.model.sha256) for d in detectors), strict=True))
    network = Ensemble([detector.network for detector in detectors])
    readers = [reader for detector in detectors for reader in detector.readers]
    return Detector(network, Model(names, hashes), sizes[0], {}, Processor(device), readers)


def _as_far_as_learned(structures: list[Structure], volume: Volume) -> list[Structure]:
    """Without the readings of vertebrae in a T1 picture; those of discs hold there."""
    if volume.weighting != "T1":
        return structures
    return [
        replace(structure, abnormal_probability=None, label=None) if structure.kind == "vertebra" else structure
        for structure in structures
    ]


def _make_structure(
    index: int,
    state: numbering.State,
    position: np.ndarray | None,
    index_ijk: np.ndarray,
    confidence: float,
    abnormal: float,
    placed_by: PlacedBy = "network",
    name_confidence: float | None = None,
) -> Structure:
    level, there = anatomy.LEVELS[index], state != "outside"
    return Structure(
        name=level.name,
        kind=level.kind,
        state=state,
        position_lps_mm=tuple(map(float, position)) if there and position is not None else None,
        index_ijk=tuple(map(float, index_ijk)) if there else None,
        confidence=float(confidence),
        abnormal_probability=float(abnormal) if there else None,
        label=("abnormal" if abnormal >= 0.5 else "normal") if there else None,
        placed_by=placed_by,
        name_confidence=float(name_confidence) if there and name_confidence is not None else None,
    )
