"""What becomes of points that a reader placed by hand when the volume is read once more."""

from collections.abc import Sequence

import qt
import slicer
from slicer.i18n import tr as _

KEEP, REPLACE, CANCEL = "keep", "replace", "cancel"


def ask(names: Sequence[str]) -> str:
    """Let the user choose.

    Parameters
    ----------
    names : sequence of str
        Structures that a reader placed or named by hand.

    Returns
    -------
    str
        KEEP, REPLACE or CANCEL, which is also what closing the question means; KEEP where nobody can be asked,
        for there is nothing placed by hand or Slicer runs its tests.
    """
    if not names or slicer.app.testingEnabled():
        return KEEP
    box = qt.QMessageBox
    question = box(slicer.util.mainWindow())
    question.icon = box.Question
    question.windowTitle = _("CCF-Net")
    sentence = _("You placed or named {names} by hand. What is to become of them in the new run?")
    question.text = sentence.format(names=", ".join(names))
    question.informativeText = _("Undo brings back what is replaced.")
    # With Cancel among them, Escape and closing the window mean Cancel.
    question.setStandardButtons(box.Yes | box.No | box.Cancel)
    question.button(box.Yes).text = _("Keep")
    question.button(box.No).text = _("Replace")
    question.setDefaultButton(box.Yes)
    chosen = question.exec_()
    question.deleteLater()
    if chosen == box.Yes:
        return KEEP
    return REPLACE if chosen == box.No else CANCEL
