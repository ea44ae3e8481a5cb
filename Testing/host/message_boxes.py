# Names are those of Qt and Slicer.
# ruff: noqa: N816
"""Message boxes that wait for nobody: Qt's own, each answered as a test said beforehand, and written down."""

from collections import deque
from dataclasses import dataclass, field

from PySide6 import QtCore, QtGui, QtWidgets

from .pythonqt import make_class

ESCAPE = "the key Escape"
"""The answer of a user who presses Escape."""

_Box = QtWidgets.QMessageBox
_AFFIRMATIVE = (_Box.ButtonRole.AcceptRole, _Box.ButtonRole.YesRole)
_DISMISSIVE = (_Box.ButtonRole.RejectRole, _Box.ButtonRole.NoRole)
_KINDS = {
    _Box.Icon.NoIcon: "message",
    _Box.Icon.Critical: "error",
    _Box.Icon.Warning: "warning",
    _Box.Icon.Information: "info",
    _Box.Icon.Question: "question",
}


@dataclass(frozen=True)
class Shown:
    """One dialog that the user would have seen; `answer` is the button's text or the file that was given back."""

    kind: str
    text: str
    title: str = ""
    detailed_text: str = ""
    answer: str = ""


@dataclass
class Dialogs:
    """What was shown, in order, and the answers that are still to be given."""

    shown: list[Shown] = field(default_factory=list)
    answers: deque = field(default_factory=deque)

    def answer(self, *answers: bool | str) -> None:
        """Answer the coming dialogs; those without an answer get :data:`ESCAPE`.

        Parameters
        ----------
        *answers
            For a message box True (OK, Yes), False (Cancel, No) or a button's text; for a dialog that asks for a
            file, the file; for both :data:`ESCAPE`.
        """
        self.answers.extend(answers)

    def clear(self) -> None:
        self.shown.clear()
        self.answers.clear()

    def next_answer(self) -> bool | str:
        return self.answers.popleft() if self.answers else ESCAPE


dialogs = Dialogs()


def _exec(box: QtWidgets.QMessageBox) -> int:
    answer = dialogs.next_answer()
    box.show()
    if answer == ESCAPE:
        escape = QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, QtCore.Qt.Key.Key_Escape, QtCore.Qt.NoModifier)
        QtWidgets.QApplication.sendEvent(box, escape)
    else:
        _button(box, answer).click()
    if box.isVisible():
        box.hide()
        raise RuntimeError(f"this dialog has no button that Escape stands for: {box.text()}")
    given = _text(box.clickedButton())
    dialogs.shown.append(Shown(_KINDS[box.icon()], box.text(), box.windowTitle().strip(), box.detailedText(), given))
    return box.result()


def _button(box: QtWidgets.QMessageBox, answer: bool | str) -> QtWidgets.QAbstractButton:
    roles = {True: _AFFIRMATIVE, False: _DISMISSIVE}.get(answer, ())
    for button in box.buttons():
        if answer == _text(button) or box.buttonRole(button) in roles:
            return button
    raise RuntimeError(f"this dialog has no button {answer}: {box.text()}")


def _text(button: QtWidgets.QAbstractButton) -> str:
    return button.text().replace("&", "")


def _get_file(_parent=None, caption="", *_arguments) -> str:
    answer = dialogs.next_answer()
    file = "" if answer == ESCAPE else answer
    dialogs.shown.append(Shown("file", caption, answer=file))
    return file


QMessageBox = make_class(QtWidgets.QMessageBox, exec=_exec)
ctkMessageBox = make_class(QtWidgets.QMessageBox, "ctkMessageBox", exec=_exec)
QFileDialog = make_class(
    QtWidgets.QFileDialog,
    **dict.fromkeys(("getOpenFileName", "getSaveFileName", "getExistingDirectory"), staticmethod(_get_file)),
)
