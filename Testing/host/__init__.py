# ruff: noqa: E402, F401
"""A host in which the Slicer module can be loaded, shown and clicked without 3D Slicer.

Real here: Qt (PySide6, off screen) and its message boxes, MRML and its logics, the layout logic, views with their
displayable managers (``slicer-core``, ``trame-slicer``), ``slicer.util``. Standing in: the application around them, as
far as the module's tests press on it. Where it differs from Slicer:

* Qt is Qt 6 by PySide6, Slicer's is Qt 5 or 6 by PythonQt. Attributes, string signatures, refused attributes and
  refused paths are PythonQt's; conversions of arguments are PySide6's, which is at times more lenient. Objects that Qt
  makes by itself (headers, selection models, layouts of a ``.ui`` file) do not have ``connect`` by string.
* ``connect`` raises for a signal that does not exist; PythonQt returns False.
* The window has no looks of Slicer: the style is Fusion, there are no tool bars, and no other module has a panel.
* ``slicer.modules`` knows our module and the real logic of Markups. There is no I/O manager.
* Views are drawn only for a picture; 3D views have nodes and cameras, and no widget.
* ``slicer.dicomDatabase`` knows files, instances and tags of what was inserted, and nothing of patients and studies;
  it is always open, and nothing is ever loaded from it.
* ``qMRMLSegmentsTableView``, ``qMRMLNodeComboBox``, ``ctkCollapsibleButton`` and ``ctkPathLineEdit`` are written anew
  after the originals, with the properties that the panel sets: simpler looks, no menus, no segments to click.
* ``slicer.parameterNodeWrapper`` covers nodes, bool and str with ``Choice``.
* Nothing is ever installed: ``slicer.packaging`` looks for real and installs by a mock.
* Dialogs are answered at once, by Escape unless a test said otherwise; see :data:`dialogs`.
  ``slicer.app.testingEnabled()`` is False unless a test sets ``slicer.app.is_testing``.
* Text is never translated.

Importing this package makes ``qt`` and ``ctk`` importable; :func:`install` starts the application.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import slicer.util

from . import pythonqt

for _file in Path(__file__).parent.glob("*.py"):
    pythonqt.speak_pyside(__name__ if _file.stem == "__init__" else f"{__name__}.{_file.stem}")
pythonqt.speak_pythonqt("slicer.util", f"{__name__}.pythonqt", f"{__name__}.parameter_node")
pythonqt.make_qt_module()

from . import ctk_widgets

sys.modules["ctk"] = ctk_widgets

from .application import install
from .installing import FAILED, INSTALLED, packages
from .message_boxes import ESCAPE, dialogs
from .panel import clear, click, close, load_module, screenshot
from .pythonqt import slot_errors, speak_pythonqt
from .side_modules import sample_data_sources, translated
from .source_check import connections_without_signature, pyside_imports
from .waiting import GuiBlockMeter, wait_until
