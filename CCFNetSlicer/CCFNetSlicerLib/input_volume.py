"""Which volumes of a scene can be chosen as input, and which one the user most likely means."""

import slicer

from .scene import nodes_of_class
from .views import shown_volumes


def can_be_chosen(node: slicer.vtkMRMLNode | None) -> bool:
    """Whether the panel's selector lists a node: a grey volume, and no label map or other kind made of one."""
    is_volume = node is not None and node.GetClassName() == "vtkMRMLScalarVolumeNode"
    return is_volume and not node.GetHideFromEditors()


def likely_input(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode | None:
    """A volume that the slice views show, or else the first of the scene; None if there is none to choose."""
    loaded = nodes_of_class(scene, "vtkMRMLScalarVolumeNode")
    return next(filter(can_be_chosen, [*shown_volumes(scene), *loaded]), None)
