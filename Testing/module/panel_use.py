"""What a person does in the panel and in the views, for tests of the panel."""

import numpy as np
import slicer

from CCFNetCore import anatomy

READ_S = 120
"""Time for a reading; the first one starts the network's process."""


def settle(host, panel):
    """Wait until what was moved has been taken over and read again."""
    worker = panel.logic.worker()
    host.wait_until(lambda: not panel._pointEdits.is_pending and not worker.jobs, READ_S)


def move(panel, name, shift_ras_mm):
    """Move a structure's point, as a script does."""
    points, index = panel._study.point_lists.find(name)
    position = np.array(points.GetNthControlPointPosition(index)) + shift_ras_mm
    points.SetNthControlPointPosition(index, *position)


def select(panel, name):
    """Click a structure's row."""
    table = panel.ui.levelTable
    panel._levelTable.select(None)
    table.selectRow(anatomy.index_of(name))


def nodes_of(class_name):
    return list(slicer.util.getNodesByClass(class_name))
