"""Translations as people type them: with errors, hashtags, letters drawn out, or in Latin letters."""

from __future__ import annotations

import random
from collections.abc import Callable

_LATIN = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "aa", "ب": "b", "پ": "p", "ت": "t", "ٹ": "t", "ث": "s", "ج": "j", "چ": "ch",
        "ح": "7", "خ": "kh", "د": "d", "ڈ": "d", "ذ": "z", "ر": "r", "ڑ": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh",
        "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "3", "غ": "gh", "ف": "f", "ق": "9", "ك": "k", "ک": "k", "گ": "g",
        "ل": "l", "م": "m", "ن": "n", "ں": "n", "ه": "h", "ہ": "h", "ھ": "h", "ة": "a", "و": "w", "ؤ": "o", "ى": "a",
        "ي": "y", "ی": "y", "ے": "e", "ئ": "e", "ء": "", "؟": "?", "،": ",",
    }
)  # fmt: skip
"""Arabic chat letters as they are commonest; vowels that are not written stay unwritten."""
IN_LATIN = ("ar", "fa", "ur")
WORDS_WRONG = 0.12
"""Share of words with a typing error in a sentence that has some."""


def alter(text: str, lang: str, draw: random.Random) -> str:
    """The sentence in one other form, chosen by ``draw``."""
    ways: list[Callable[[str, random.Random], str]] = [_mistype, _mistype, _draw_out, _tag, _bare]
    if lang in IN_LATIN:
        ways += [_latin, _latin]
    return draw.choice(ways)(text, draw)


def _mistype(text: str, draw: random.Random) -> str:
    return " ".join(_wrong(word, draw) if draw.random() < WORDS_WRONG else word for word in text.split(" "))


def _wrong(word: str, draw: random.Random) -> str:
    if len(word) < 4:
        return word
    at = draw.randrange(1, len(word) - 1)
    return draw.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
        )
    )


def _draw_out(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    at = draw.randrange(len(words))
    if len(words[at]) > 2 and words[at][-1].isalpha():
        words[at] += words[at][-1] * 2
    return " ".join(words)


def _tag(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    at = draw.randrange(len(words))
    end = at + draw.choice((1, 1, 2))
    return " ".join([*words[:at], "#" + draw.choice(("", "_")).join(words[at:end]), *words[end:]])


def _bare(text: str, draw: random.Random) -> str:  # noqa: ARG001
    return "".join(letter for letter in text if letter.isalnum() or letter.isspace())


def _latin(text: str, draw: random.Random) -> str:  # noqa: ARG001
    return text.translate(_LATIN)
