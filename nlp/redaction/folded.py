"""A copy of a text in which contacts are found however they are written, with the way back to the text's own offsets.

Digits of every script, keycaps, full-width and mathematical letters become ASCII; invisible characters and marks go; all
dashes become one. Ordinary posts hold little of this: an ASCII text is its own copy, and so is one without such characters.
"""

from __future__ import annotations

import bisect
import unicodedata
from dataclasses import dataclass

_OWN = {
    "ـ": "", "\u0130": "i", "−": "-", "٫": ".", "٬": ",", "،": ",", "؛": ";", "🔟": "10", "’": "'",
    # Line breaks and tabs are category Cc, and stay; the two Unicode breaks behave like them.
    "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip


class _Table(dict[str, str]):
    """Character -> its folded form, filled as characters are met: the whole of Unicode would cost half a second at start."""

    def __missing__(self, char: str) -> str:
        self[char] = folded = _fold(char)
        return folded


def _fold(char: str) -> str:
    if char.isascii():
        return char
    if char in _OWN:
        return _OWN[char]
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(char)
    if category in {"Cf", "Mn", "Me"}:
        return ""
    if category in {"Pd", "Zs"}:
        return "-" if category == "Pd" else " "
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 or (plain.isascii() and plain.isdigit()) else char


_TABLE = _Table()


@dataclass(frozen=True, slots=True)
class Folded:
    """``text``: the copy. ``lower``: the same in lower case, character by character."""

    text: str
    lower: str
    breaks: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the original of ``start`` to ``end`` in the copy; marks that follow the last character belong to it."""
        if not self.breaks:
            return start, end
        return self._origin(start), max(self._origin(end), self._origin(end - 1) + 1)

    def _origin(self, position: int) -> int:
        found = bisect.bisect_right(self.breaks, position)
        return position + (self.shifts[found - 1] if found else 0)


def fold(text: str) -> Folded:
    """The copy of a text. Linear in its length; never raises."""
    if text.isascii():
        return Folded(text, text.lower())
    changed = {char: folded for char in set(text) if (folded := _TABLE[char]) != char}
    if not changed:
        return Folded(text, text.lower())
    copy = text.translate({ord(char): folded for char, folded in changed.items()})
    lower = copy.lower()
    resized = {char: len(folded) for char, folded in changed.items() if len(folded) != 1}
    if not resized:
        return Folded(copy, lower)
    breaks, shifts, shift = [], [], 0
    for position, char in enumerate(text):
        if char in resized:
            # Behind a character that became two, the copy runs ahead; behind one that went, the original does.
            grown = resized[char] - 1
            breaks.append(position - shift + max(grown, 0))
            shift -= grown
            shifts.append(shift)
    return Folded(copy, lower, tuple(breaks), tuple(shifts))
