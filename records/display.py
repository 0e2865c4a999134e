"""Words of posts as they may stand before a reader: nothing in them steers a terminal or turns the text around them.

Posts are written by strangers, some of them adversaries, and their words are shown beside ours.
"""

from __future__ import annotations

import unicodedata

_MARKS = 3
"""Marks kept on one letter; vowelled Arabic and Vietnamese carry two."""
_JOINERS = frozenset("\u200c\u200d\u200e\u200f")
"""Invisible letters that Persian, Indic scripts, emoji families and mixed lines cannot do without; all others go."""


def displayable(text: str, *, lines: bool = False) -> str:
    """The text with a blank for each control character, without marks of direction and marks piled up on a letter.

    ``lines``: line breaks stay.
    """
    kept: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        unseen = category in ("Cf", "Cs", "Co") and letter not in _JOINERS
        if unseen or marks > _MARKS:
            continue
        control = category in ("Cc", "Zl", "Zp") and not (lines and letter == "\n")
        kept.append(" " if control else letter)
    return "".join(kept)
