"""Reads one study and writes result, Slicer scene, points and picture; no Slicer needed, only its MRML package."""

import argparse
import sys
from pathlib import Path

import slicer
import vtk

from CCFNetCore import load_detector
from CCFNetCore.errors import CCFNetError
from CCFNetCore.images.source import read_volume
from CCFNetCore.table import print_result

from .picture import render_sagittal
from .scene import add_points, add_table, add_volume, save_points, save_scene
from .slice_views import add_slice_views


def main() -> int:
    """Run the command; returns 0, or 1 with a sentence if the study cannot be read."""
    parser = argparse.ArgumentParser(prog="CCFNetSlicerLib", description=__doc__)
    parser.add_argument("study", type=Path, help="NIfTI, NRRD, MHA or PNG file, or DICOM folder")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    # Outside the application VTK reports each file it packs and each part of the application that is missing.
    vtk.vtkObject.GlobalWarningDisplayOff()
    vtk.vtkOutputWindow.GetInstance().SetDisplayModeToNever()
    try:
        files = read_study(options.study, options.output)
    except (CCFNetError, OSError) as error:
        print(f"CCF-Net: {error}", file=sys.stderr)
        return 1
    for file in files:
        print(f"Written: {file}")
    return 0


def read_study(study: Path, output: Path) -> list[Path]:
    """Detect, print the table, and write the four files; returns them.

    Raises
    ------
    CCFNetError
        If the study or the weights cannot be read.
    OSError
        If a file cannot be written.
    """
    volume = read_volume(study)
    result = load_detector().detect(volume)
    print_result(result)
    output.mkdir(parents=True, exist_ok=True)
    json_file, bundle, points_file, picture = (
        output / f"{volume.name}{ending}" for ending in (".json", ".mrb", ".mrk.json", ".png")
    )
    result.write(json_file)
    scene = slicer.vtkMRMLScene()
    volume_node = add_volume(scene, volume)
    points_node = add_points(scene, result, volume_node)
    add_table(scene, result)
    add_slice_views(scene, volume_node, points_node)
    save_scene(scene, bundle)
    save_points(points_node, points_file)
    render_sagittal(volume, result, picture)
    return [json_file, bundle, points_file, picture]


if __name__ == "__main__":
    sys.exit(main())
