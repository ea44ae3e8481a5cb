"""Lets labels break words that are longer than the panel is wide, such as paths."""

import re

BREAK = "\u200b"
"""Takes no room, and a line may end there."""

LONGEST = 24
"""Characters that fit into the narrowest panel."""


def breakable(text: str) -> str:
    """The text with places to break its long words at: after slashes, else within the word."""
    return re.sub(rf"\S{{{LONGEST + 1},}}", lambda word: _broken(word[0]), text)


def _broken(word: str) -> str:
    return BREAK.join(re.findall(rf"[^/\\]{{1,{LONGEST}}}[/\\]?|[/\\]", word))
