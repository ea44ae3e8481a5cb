"""A volume node as the core's volume, and whether the network can read it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import slicer
import vtk
from slicer.i18n import tr as _

from .dicom_source import tag_value
from .scene import LPS_TO_RAS

if TYPE_CHECKING:
    from CCFNetCore.images.contrast import Weighting
    from CCFNetCore.images.volume import Volume

MANY_SLICES = 9


@dataclass(frozen=True)
class Suitability:
    """Whether a volume can be read, and what to know about it.

    Attributes
    ----------
    fits : bool
        Whether it can be read at all.
    sentences : tuple of str
        Plain words, most important first; the reason if it cannot be read.
    """

    fits: bool
    sentences: tuple[str, ...]


def volume_of(node: slicer.vtkMRMLScalarVolumeNode) -> "Volume":
    """The volume in the node's own coordinates, whatever transform it is under; its array is not copied.

    Raises
    ------
    InputError
        If the node has no voxels.
    """
    from CCFNetCore.errors import InputError
    from CCFNetCore.images.volume import Volume

    if node.GetImageData() is None or node.GetImageData().GetNumberOfPoints() == 0:
        raise InputError(f"{node.GetName()}: has no voxels.")
    directions = vtk.vtkMatrix4x4()
    node.GetIJKToRASDirectionMatrix(directions)
    return Volume(
        name=node.GetName(),
        array=slicer.util.arrayFromVolume(node),
        spacing_mm=node.GetSpacing(),
        origin_lps_mm=tuple((LPS_TO_RAS @ node.GetOrigin()).tolist()),
        direction=LPS_TO_RAS @ slicer.util.arrayFromVTKMatrix(directions)[:3, :3],
        series_instance_uid=_series_instance_uid(node),
        weighting=_weighting(node),
    )


def assess(node: slicer.vtkMRMLScalarVolumeNode | None) -> Suitability:
    """Say in plain words whether the network can read a volume: plane, slices, modality, weighting."""
    from CCFNetCore.errors import InputError

    if node is None:
        return Suitability(False, (_("Choose a lumbar spine MR volume."),))
    other = _other_kind(node)
    if other:
        return Suitability(False, (other.format(name=node.GetName()),))
    try:
        volume = volume_of(node)
        volume.require_sagittal()
    except InputError as error:
        return Suitability(False, (str(error),))
    tags = _dicom_tags(node)
    if tags["Modality"] not in ("", "MR"):
        sentence = _("{name}: is {modality}, but the network reads MR alone.")
        return Suitability(False, (sentence.format(name=node.GetName(), modality=tags["Modality"]),))
    unsure = () if tags["Modality"] else (_("It was not loaded from DICOM: make sure that it is MR."),)
    return Suitability(True, (_plane_sentence(volume), _weighting_sentence(volume.weighting), *unsure))


def _other_kind(node: slicer.vtkMRMLScalarVolumeNode) -> str:
    """What a node of a derived class holds, or one with several values a voxel; empty for grey values."""
    image = node.GetImageData()
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        return _("{name}: is a label map, no MR volume.")
    if node.IsA("vtkMRMLVectorVolumeNode"):
        if image is not None and image.GetScalarType() in (vtk.VTK_FLOAT, vtk.VTK_DOUBLE):
            return _("{name}: is a field of vectors, no MR volume.")
        return _("{name}: is a colour picture, no MR volume.")
    if node.IsA("vtkMRMLTensorVolumeNode"):
        return _("{name}: is a volume of tensors, no MR volume to read.")
    if image is not None and image.GetNumberOfScalarComponents() > 1:
        return _("{name}: has several values in each voxel; the network reads one.")
    return ""


def _plane_sentence(volume: "Volume") -> str:
    slices, spacing = volume.size[volume.left_right_axis], volume.spacing_mm[volume.left_right_axis]
    if volume.is_isotropic:
        return _("Near-isotropic, {spacing:.1f} mm: read in sagittal planes.").format(spacing=spacing)
    sentence = _("Sagittal, {slices} slices, {spacing:.1f} mm apart.").format(slices=slices, spacing=spacing)
    few = _("Few slices: places left and right will be coarse.")
    return f"{sentence} {few}" if slices < MANY_SLICES else sentence


def _weighting(node: slicer.vtkMRMLScalarVolumeNode) -> "Weighting":
    from CCFNetCore.images.contrast import weighting

    tags = _dicom_tags(node)
    words = " ".join((node.GetName(), tags["SeriesDescription"], tags["ProtocolName"]))
    times = (float(tags[name]) if tags[name] else None for name in ("EchoTime", "RepetitionTime"))
    return weighting(words, *times, inverts=bool(tags["InversionTime"]))


def _weighting_sentence(weighting: "Weighting") -> str:
    return {
        "T2": _("T2-weighted."),
        "fat-suppressed T2": _("Fat-suppressed T2-weighted: readings were learned from T2 and are not to be used."),
        "T1": _("T1-weighted: vertebrae are placed but not read, for their readings were learned from T2."),
        "unknown": _("Its weighting is not known; readings were learned from T2."),
    }[weighting]


def _dicom_tags(node: slicer.vtkMRMLScalarVolumeNode) -> dict[str, str]:
    """Tags of the first file that the volume was loaded from; empty where they are not known."""
    tags = {
        "Modality": "0008,0060",
        "SeriesDescription": "0008,103e",
        "ProtocolName": "0018,1030",
        "RepetitionTime": "0018,0080",
        "EchoTime": "0018,0081",
        "InversionTime": "0018,0082",
    }
    return {name: tag_value(node, tag) for name, tag in tags.items()}


def _series_instance_uid(node: slicer.vtkMRMLScalarVolumeNode) -> str | None:
    scene = node.GetScene()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene) if scene else None
    if hierarchy is None:
        return None
    item = hierarchy.GetItemByDataNode(node)
    if item == hierarchy.GetInvalidItemID():
        return None
    return hierarchy.GetItemUID(item, slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMUIDName()) or None
