# Names are those of Qt and Slicer.
# ruff: noqa: N816
"""Message boxes that do not wait for anybody: each is written down, and a test says beforehand what is answered."""

from collections import deque
from dataclasses import dataclass, field

from PySide6 import QtWidgets

from .pythonqt import make_class

_Button = QtWidgets.QMessageBox.StandardButton
_AFFIRMATIVE = (_Button.Ok, _Button.Yes, _Button.Retry)
_DISMISSIVE = (_Button.Cancel, _Button.No, _Button.Close, _Button.Abort, _Button.Discard)
_ICONS = {
    QtWidgets.QMessageBox.Icon.Critical: "error",
    QtWidgets.QMessageBox.Icon.Warning: "warning",
    QtWidgets.QMessageBox.Icon.Information: "info",
    QtWidgets.QMessageBox.Icon.Question: "question",
}


@dataclass(frozen=True)
class Shown:
    """One dialog that the user would have seen; `answer` is the button, text or file that was given back."""

    kind: str
    text: str
    title: str = ""
    detailed_text: str = ""
    answer: object = None


@dataclass
class Dialogs:
    """What was shown, in order, and the answers that are still to be given."""

    shown: list[Shown] = field(default_factory=list)
    answers: deque = field(default_factory=deque)

    def answer(self, *answers) -> None:
        """Answer the coming dialogs.

        Parameters
        ----------
        *answers
            For a message box True (OK, Yes), False (Cancel, No) or a button, or the text of one; for a dialog that
            asks for a text or a file, that text. Without an answer a dialog is dismissed, unless it offers OK alone.
        """
        self.answers.extend(answers)

    def clear(self) -> None:
        self.shown.clear()
        self.answers.clear()

    def texts(self, kind: str | None = None) -> list[str]:
        return [dialog.text for dialog in self.shown if kind in (None, dialog.kind)]

    def next_answer(self, default):
        return self.answers.popleft() if self.answers else default


dialogs = Dialogs()


def _choose(answer: object, offered: _Button) -> _Button:
    """The button that a test's answer means; a dismissive one if there is no answer."""
    if isinstance(answer, _Button):
        return answer
    wanted = _DISMISSIVE if answer in (None, False) else _AFFIRMATIVE
    alone = [button for button in (*_AFFIRMATIVE, *_DISMISSIVE) if offered & button]
    return next((button for button in wanted if offered & button), alone[0] if alone else _Button.NoButton)


def _exec(box: QtWidgets.QMessageBox) -> int:
    answer = dialogs.next_answer(None)
    custom = next((button for button in box.buttons() if button.text() == answer), None)
    button = _Button.NoButton if custom else _choose(answer, box.standardButtons())
    box.answered_button = custom or box.button(button)
    kind = _ICONS.get(box.icon(), "message")
    given = answer if custom else button
    dialogs.shown.append(Shown(kind, box.text(), box.windowTitle().strip(), box.detailedText(), given))
    return button.value


def _static(kind: str):
    def show(_parent, title, text, buttons=_Button.Ok, _default=_Button.NoButton):
        button = _choose(dialogs.next_answer(None), buttons)
        dialogs.shown.append(Shown(kind, text, title, answer=button))
        return button

    return staticmethod(show)


def _message_box(name: str, **members) -> type:
    return make_class(
        QtWidgets.QMessageBox,
        name,
        exec=_exec,
        exec_=_exec,
        clickedButton=lambda box: box.answered_button,
        answered_button=None,
        information=_static("info"),
        warning=_static("warning"),
        critical=_static("error"),
        question=_static("question"),
        **members,
    )


def _get_text(_parent, title, label, *arguments, **_options):
    answer = dialogs.next_answer(None)
    dialogs.shown.append(Shown("text", label, title, answer=answer))
    return answer or ""


def _get_file(_parent=None, caption="", *arguments, **_options):
    answer = dialogs.next_answer(None)
    dialogs.shown.append(Shown("file", caption, answer=answer))
    return answer or ""


QMessageBox = _message_box("QMessageBox")
ctkMessageBox = _message_box("ctkMessageBox", dontShowAgainSettingsKey="", dontShowAgainVisible=False)
QInputDialog = make_class(QtWidgets.QInputDialog, getText=staticmethod(_get_text))
QFileDialog = make_class(
    QtWidgets.QFileDialog,
    **dict.fromkeys(("getOpenFileName", "getSaveFileName", "getExistingDirectory"), staticmethod(_get_file)),
)
