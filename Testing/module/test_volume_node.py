"""What the module takes for a volume that the network can read."""

import pytest
import slicer
import vtk

CASES = {
    "label map": ("vtkMRMLLabelMapVolumeNode", vtk.VTK_SHORT, 1, "it: is a label map, no MR volume."),
    "colours": ("vtkMRMLVectorVolumeNode", vtk.VTK_UNSIGNED_CHAR, 3, "it: is a colour picture, no MR volume."),
    "moving colours": (
        "vtkMRMLStreamingVolumeNode",
        vtk.VTK_UNSIGNED_CHAR,
        3,
        "it: is a colour picture, no MR volume.",
    ),
    "vectors": ("vtkMRMLVectorVolumeNode", vtk.VTK_FLOAT, 3, "it: is a field of vectors, no MR volume."),
    "tensors": (
        "vtkMRMLDiffusionTensorVolumeNode",
        vtk.VTK_FLOAT,
        9,
        "it: is a volume of tensors, no MR volume to read.",
    ),
    "diffusion": (
        "vtkMRMLDiffusionWeightedVolumeNode",
        vtk.VTK_SHORT,
        7,
        "it: has several values in each voxel; the network reads one.",
    ),
    "several values": (
        "vtkMRMLScalarVolumeNode",
        vtk.VTK_SHORT,
        2,
        "it: has several values in each voxel; the network reads one.",
    ),
}
SAGITTAL = (0, 0, 1, -1, 0, 0, 0, -1, 0)


def make_node(class_name, scalar_type, components):
    node = slicer.mrmlScene.AddNewNodeByClass(class_name, "it")
    image = vtk.vtkImageData()
    image.SetDimensions(64, 64, 13)
    image.AllocateScalars(scalar_type, components)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASDirections(*SAGITTAL)
    return node


@pytest.mark.parametrize("case", CASES)
def test_node_of_another_kind_is_named_for_what_it_is(clean_host, case):
    from CCFNetSlicerLib.volume_node import assess

    *kind, sentence = CASES[case]
    suitability = assess(make_node(*kind))
    assert not suitability.fits
    assert suitability.sentences == (sentence,)


def test_grey_values_fit(clean_host):
    from CCFNetSlicerLib.volume_node import assess

    assert assess(make_node("vtkMRMLScalarVolumeNode", vtk.VTK_SHORT, 1)).fits


def test_console_raises_what_a_label_map_is(panel):
    from CCFNetSlicer import CCFNetSlicerLogic

    with pytest.raises(RuntimeError, match=r"^it: is a label map, no MR volume\.$"):
        CCFNetSlicerLogic().process(make_node("vtkMRMLLabelMapVolumeNode", vtk.VTK_SHORT, 1))


def test_node_of_another_kind_without_voxels_is_named_too(clean_host):
    from CCFNetSlicerLib.volume_node import assess

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "it")
    assert assess(node).sentences == ("it: is a colour picture, no MR volume.",)
