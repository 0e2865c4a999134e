"""What Turkish hangs on a place name and Arabic puts before it, with the direction it tells."""

from __future__ import annotations

from collections.abc import Container
from enum import Enum, auto


class Mark(Enum):
    """The direction that grammar gives a place."""

    NONE = auto()
    FROM = auto()
    TO = auto()
    VIA = auto()
    AT = auto()
    AND = auto()  # joined to the place before it
    OFFICE = auto()  # where money or people sit: not on the route


_TURKISH = {
    **dict.fromkeys(("dan", "den", "tan", "ten", "ndan", "nden", "daki", "deki", "taki", "teki"), Mark.FROM),
    **dict.fromkeys(("ya", "ye", "a", "e", "na", "ne"), Mark.TO),
    **dict.fromkeys(("da", "de", "ta", "te", "nda", "nde"), Mark.AT),
    **dict.fromkeys(("nin", "nun", "in", "un", "yi", "yu", "i", "u", "ni", "si", "daydim", "dayim"), Mark.NONE),
}
_LONGEST_FIRST = sorted(_TURKISH, key=len, reverse=True)
_ARABIC = {"ل": Mark.TO, "ع": Mark.TO, "ب": Mark.AT, "ه": Mark.NONE, "ك": Mark.NONE, "م": Mark.FROM}
_GERMAN_NOUNS = (
    "visum",
    "visa",
    "fahrt",
    "fahrten",
    "route",
    "tour",
    "touren",
    "reise",
    "pass",
    "uberfahrt",
    "grenze",
    "flug",
    "linie",
)
_RUSSIAN = (
    ("ии", "ия"), ("ию", "ия"), ("ией", "ия"), ("у", "а"), ("ы", "а"), ("и", "а"), ("е", "а"), ("ой", "а"), ("ей", "а"),
    ("и", "ь"), ("ью", "ь"), ("а", ""), ("ом", ""), ("е", ""), ("у", ""),
)  # fmt: skip


def strip_affixes(word: str, lang: str, names: Container[str]) -> tuple[str, Mark] | None:
    """(name, direction) for an inflected folded name; None when no known name is in the word."""
    if "\u0600" <= word[0] <= "\u06ff":
        return _strip_arabic(word, names)
    if lang == "ru" or "\u0400" <= word[0] <= "\u04ff":
        return _strip_russian(word, names)
    if lang in {"tr", "az", "und"}:
        return _strip_turkish(word, names)
    if lang == "de" and (name := _strip_german(word, names)):
        return name, Mark.NONE
    return (word[:-1], Mark.NONE) if word.endswith("s") and len(word) > 5 and word[:-1] in names else None


def _strip_german(word: str, names: Container[str]) -> str | None:
    """ "Schengenvisum", "Italienfahrt", and umlauts written with an e: "Tuerkei"."""
    for noun in _GERMAN_NOUNS:
        if word.endswith(noun) and len(word) - len(noun) > 4 and word.removesuffix(noun).rstrip("-") in names:
            return word.removesuffix(noun)
    plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return plain if plain != word and plain in names else None


def suffix_mark(suffix: str) -> Mark | None:
    """The direction of a Turkish suffix behind an apostrophe; None for what is no suffix."""
    return _TURKISH.get(suffix)


def _strip_turkish(word: str, names: Container[str]) -> tuple[str, Mark] | None:
    for suffix in _LONGEST_FIRST:
        stem = word.removesuffix(suffix)
        if stem != word and len(stem) >= 3 and stem in names:
            return stem, _TURKISH[suffix]
    return None


def _strip_arabic(word: str, names: Container[str]) -> tuple[str, Mark] | None:
    joined = word[0] in "وف" and len(word) > 4
    for rest in (word, word[1:]) if joined else (word,):
        base = Mark.AND if rest != word else Mark.NONE
        if base is Mark.AND and rest in names:
            return rest, base
        if rest.startswith("لل") and "ال" + rest[2:] in names:
            return "ال" + rest[2:], Mark.TO
        if len(rest) > 4 and "ال" + rest in names:
            return "ال" + rest, base
        if rest.startswith("لل") and rest[2:] in names:
            return rest[2:], Mark.TO
        if rest.startswith("ال") and len(rest) > 5 and rest[2:] in names:
            return rest[2:], base
        if len(rest) > 4 and rest[0] in _ARABIC and rest[1:] in names:
            return rest[1:], _ARABIC[rest[0]]
        if len(rest) > 6 and rest[:3] in {"بال", "عال", "هال"} and rest[3:] in names:
            return rest[3:], _ARABIC[rest[0]]
    return None


def _strip_russian(word: str, names: Container[str]) -> tuple[str, Mark] | None:
    for ending, nominative in _RUSSIAN:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and stem + nominative in names:
            return stem + nominative, Mark.NONE
    return None
