"""The line of words below the button Apply."""

from .long_words import breakable


class StatusLine:
    """Says what is being done, or else what came of the last action.

    Parameters
    ----------
    label : QLabel
        Hidden while there is nothing to say.
    """

    def __init__(self, label: object) -> None:
        self.label = label
        self._step = self._sentence = ""
        self._show()

    def tell_step(self, words: str) -> None:
        """Show what is being done, until :meth:`end_step`."""
        self._step = words
        self._show()

    def end_step(self) -> None:
        self.tell_step("")

    def say(self, sentence: str) -> None:
        """Show what came of an action, until :meth:`clear`."""
        self._sentence = sentence
        self._show()

    def clear(self) -> None:
        """Forget what came of an action, for another one begins."""
        self.say("")

    def _show(self) -> None:
        self.label.text = breakable(self._step or self._sentence)
        self.label.visible = bool(self.label.text)
