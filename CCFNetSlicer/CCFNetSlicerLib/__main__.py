"""Reads one study and writes result, Slicer scene, points and picture; no Slicer needed, only its MRML package."""

import argparse
import sys
from pathlib import Path

import slicer
import vtk

from CCFNetCore import load_detector
from CCFNetCore.errors import CCFNetError
from CCFNetCore.export.slicer_markups import write_markups
from CCFNetCore.images.source import read_volume
from CCFNetCore.images.volume import Volume
from CCFNetCore.result import Result
from CCFNetCore.table import print_result

from .picture import render_sagittal
from .scene import add_volume, save_scene, structure_positions_ras_mm
from .slice_views import add_slice_views
from .study import add_study


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
    """Detect, print the table, and write the files; returns them.

    There is no file of points for a single picture, whose millimetres are unknown.

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
    json_file, bundle, picture, points_file = (
        output / f"{volume.name}{ending}" for ending in (".json", ".mrb", ".png", ".mrk.json")
    )
    result.write(json_file)
    _save_scene(volume, result, bundle)
    render_sagittal(volume, result, picture)
    if result.input.spacing_mm is None:
        return [json_file, bundle, picture]
    write_markups(result, points_file)
    return [json_file, bundle, picture, points_file]


def _save_scene(volume: Volume, result: Result, bundle: Path) -> None:
    scene = slicer.vtkMRMLScene()
    volume_node = add_volume(scene, volume)
    places = structure_positions_ras_mm(result, volume_node)
    add_slice_views(scene, volume_node, list(places.values()))
    add_study(volume_node, result)
    save_scene(scene, bundle)


if __name__ == "__main__":
    sys.exit(main())
