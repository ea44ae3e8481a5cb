#!/usr/bin/env bash
# slicer.util.getNodesByClass takes a scene and does not ask it: the nodes come from slicer.mrmlScene, whatever scene is
# given. Where there is no application, and so no such scene, it cannot be used at all; the scene's own
# GetNumberOfNodesByClass and GetNthNodeByClass can.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet slicer-core==5.11.0.6 numpy
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata

import slicer
import slicer.util

print("slicer-core", importlib.metadata.version("slicer-core"))
application, other = slicer.vtkMRMLScene(), slicer.vtkMRMLScene()
application.AddNewNodeByClass("vtkMRMLTableNode", "of the application")
other.AddNewNodeByClass("vtkMRMLTableNode", "of the other scene")
slicer.mrmlScene = application
names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLTableNode", other)]
asked = [other.GetNthNodeByClass(n, "vtkMRMLTableNode").GetName() for n in range(1)]
print("getNodesByClass of the other scene:", names)
print("that scene itself:                 ", asked)
assert (names, asked) == (["of the application"], ["of the other scene"]), (names, asked)
PYTHON
