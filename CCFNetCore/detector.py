"""The one way from a volume to a result; every front end goes through :meth:`Detector.detect`."""

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch

from . import anatomy, numbering
from .errors import InputError
from .grid import STRIDE, at_cells, decode
from .model_file import file_sha256, find_model, load_model
from .network import CCFNet, Maps
from .readers import read_volume
from .result import Input, Model, Result, Structure
from .slab import Slab, cut_slabs
from .volume import Volume

SAME_PLACE_PX = STRIDE / 2
"""Planes whose points lie at most this far from the best plane's point speak of the same structure."""


class Detector:
    """A network on a device, ready to read volumes. Made by :func:`load_detector`."""

    def __init__(self, network: CCFNet, model: Model, frame_pixel_mm: float, device: torch.device) -> None:
        self.network = network.to(device).eval()
        self.model = model
        self.frame_pixel_mm = frame_pixel_mm
        self.device = device

    def detect(self, source: str | Path | Volume, series: str | None = None) -> Result:
        """Find and read the eleven structures.

        Parameters
        ----------
        source : path or Volume
            What :func:`~CCFNetCore.readers.read_volume` takes, or a volume.
        series : str, optional
            For a DICOM folder: number or instance UID of the series to read.

        Raises
        ------
        InputError
            If the source cannot be read, or sagittal slices cannot be had from it.
        """
        volume = source if isinstance(source, Volume) else read_volume(Path(source), series)
        readings = [(slab, merge_planes(self.maps(slab))) for slab in cut_slabs(volume, self.frame_pixel_mm)]
        slab, (places, heat, abnormal) = max(readings, key=lambda reading: reading[1].heat.sum())
        positions = slab.to_lps_mm(places)
        index = volume.lps_mm_to_index(positions)
        inside = ((index >= -0.5) & (index <= np.array(volume.size) - 0.5)).all(axis=1)
        states, warnings = numbering.judge(heat, positions, inside)
        structures = tuple(
            _make_structure(k, states[k], None if volume.is_picture else positions[k], index[k], heat[k], abnormal[k])
            for k in range(anatomy.COUNT)
        )
        return Result(
            input=Input(
                name=volume.name,
                size=tuple(int(length) for length in volume.size),
                spacing_mm=None if volume.is_picture else tuple(float(s) for s in volume.spacing_mm),
                series_instance_uid=volume.series_instance_uid,
            ),
            model=self.model,
            structures=structures,
            warnings=(*volume.warnings, *warnings),
            notes=volume.notes,
        )

    @torch.inference_mode()
    def maps(self, slab: Slab) -> Maps:
        """The network's answer for every plane (N planes), averaged with that for the mirrored plane."""
        answers = [self._mirror_average(picture) for picture in torch.from_numpy(slab.pictures)]
        return Maps(*(torch.cat(parts).cpu() for parts in zip(*answers, strict=True)))

    def _mirror_average(self, picture: torch.Tensor) -> Maps:
        picture = picture.to(self.device)
        heat, offset, abnormal = self.network(torch.stack([picture, picture.flip(-1)]))
        # In the mirror, offsets along the columns point the other way.
        other_way = torch.tensor([1.0, -1.0], device=self.device)[:, None, None]
        return Maps(
            (heat[:1] + heat[1:].flip(-1)) / 2,
            (offset[:1] + offset[1:].flip(-1) * other_way) / 2,
            (abnormal[:1] + abnormal[1:].flip(-1)) / 2,
        )


def load_detector(
    weights: str | Path = "default", device: Literal["auto", "cpu", "cuda"] | torch.device = "auto"
) -> Detector:
    """A detector with these weights on this device.

    Parameters
    ----------
    weights : str or Path
        "default", the name of a shipped model, or a model file.
    device : str
        "auto" takes the graphics processor where there is one.

    Raises
    ------
    WeightsError
        If the model is missing or damaged.
    InputError
        If the device is not there.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if str(device).startswith("cuda") and not torch.cuda.is_available():
        raise InputError("No CUDA device can be used on this machine; choose the device 'cpu' or 'auto'.")
    file = find_model(weights)
    network, description = load_model(file)
    model = Model(name=file.stem, sha256=file_sha256(file))
    return Detector(network, model, description.frame_pixel_mm, torch.device(device))


class Reading(NamedTuple):
    """One answer a structure.

    Attributes
    ----------
    places : numpy.ndarray
        (S, 3), plane, row, column of the slab, continuous.
    heat : numpy.ndarray
        (S,), heat in the best plane, cut to 0..1.
    abnormal : numpy.ndarray
        (S,), probability of being abnormal.
    """

    places: np.ndarray
    heat: np.ndarray
    abnormal: np.ndarray


def merge_planes(maps: Maps) -> Reading:
    """One answer a structure from those of all planes.

    Each structure is placed at the mean of the planes that agree on it, weighted by the square of their heat:
    the network was trained on mid-sagittal pictures and is hottest there.
    """
    peaks = decode(maps.heat, maps.offset)
    best = peaks.heat.argmax(dim=0)
    at_best = peaks.points.gather(0, best[None, :, None].expand(1, -1, 2))
    agrees = (peaks.points - at_best).norm(dim=-1) <= SAME_PLACE_PX
    weight = (peaks.heat.clamp_min(0) * agrees).square().double()
    weight = weight / weight.sum(dim=0).clamp_min(torch.finfo(weight.dtype).tiny)
    plane = torch.arange(len(weight), dtype=weight.dtype)[:, None].expand_as(weight)
    places = torch.cat([plane[..., None], peaks.points], dim=-1)
    logits = at_cells(maps.abnormal, peaks.cell)
    merged = (places * weight[..., None]).sum(dim=0)
    abnormal = (logits * weight).sum(dim=0).sigmoid()
    return Reading(merged.numpy(), peaks.heat.amax(dim=0).clamp(0, 1).numpy(), abnormal.numpy())


def _make_structure(
    index: int,
    state: numbering.State,
    position: np.ndarray | None,
    index_ijk: np.ndarray,
    heat: float,
    abnormal: float,
) -> Structure:
    level, there = anatomy.LEVELS[index], state != "outside"
    return Structure(
        name=level.name,
        kind=level.kind,
        state=state,
        position_lps_mm=tuple(map(float, position)) if there and position is not None else None,
        index_ijk=tuple(map(float, index_ijk)) if there else None,
        confidence=float(heat),
        abnormal_probability=float(abnormal) if there else None,
        label=("abnormal" if abnormal >= 0.5 else "normal") if there else None,
    )
