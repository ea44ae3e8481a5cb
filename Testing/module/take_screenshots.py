"""Takes the pictures of the README: the real panel beside Slicer's own sagittal view, in the host, and two layouts.

Run it from the checkout's root: ``python Testing/module/take_screenshots.py FOLDER [VOLUME]``; without a volume it
reads the drawn example study.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Testing"), str(ROOT / "CCFNetSlicer")]

import host  # noqa: E402
from slicer_views import LAYOUTS, layout_picture  # noqa: E402

WIDTH = 420


def main(folder: Path, volume_file: Path | None) -> None:
    """Load, apply, and take the pictures."""
    host.speak_pythonqt(__name__)
    host.install()
    from CCFNetSlicerLib.volume_node import volume_of

    panel = host.load_module(ROOT / "CCFNetSlicer" / "CCFNetSlicer.py")
    _load(volume_file)
    panel.initializeParameterNode()
    host.click(panel.ui.applyButton)
    assert host.wait_until(lambda: panel._job is None, 300), "no result came"
    panel.ui.levelTable.selectRow(7)
    panel.ui.segmentsButton.collapsed = False
    host.screenshot(None, folder / "panel.png", width=WIDTH)
    host.click(panel.ui.showMarkersCheckBox)
    host.screenshot(None, folder / "markers.png", width=WIDTH)
    for layout in LAYOUTS:
        picture = layout_picture(volume_of(panel._study.volume_node), panel._study.result, layout)
        picture.save(folder / f"views-{layout}.png")
    panel.logic.stopWorker()
    host.close()


def _load(volume_file: Path | None) -> None:
    import slicer
    from CCFNetSlicerLib.scene import add_volume

    from CCFNetCore.images.source import read_volume
    from CCFNetSlicer import loadPhantom

    if volume_file is None:
        loadPhantom()
        return
    node = add_volume(slicer.mrmlScene, read_volume(volume_file))
    slicer.util.setSliceViewerLayers(background=node, fit=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
