"""A working copy made plain for reading: contacts out, flags and capitals into words, letters and digits folded.

Everything behind this module sees folded text only: lower case, no accents, Arabic letters in one spelling, ASCII digits.
Names in the lists go through the same ``fold``, so both sides agree by construction.
"""

from __future__ import annotations

import re
import unicodedata

from records import TOKEN

# A contact is no price and no place, and must not join what stands on its two sides: a wall.
WALL = "\u2016"

_DIGITS = {
    **{0x0660 + value: str(value) for value in range(10)},
    **{0x06F0 + value: str(value) for value in range(10)},
    **{0xFF10 + value: str(value) for value in range(10)},
    **{0x0966 + value: str(value) for value in range(10)},
}
_LETTERS = {
    # Arabic in one spelling: writers mix hamza, final ya and ta marbuta, Persian and Urdu keyboards their own letters.
    **dict.fromkeys(map(ord, "أإآٱ"), "ا"), ord("ى"): "ي", ord("ی"): "ي", ord("ے"): "ي", ord("ې"): "ي", ord("ۍ"): "ي",
    ord("ة"): "ه", ord("ۃ"): "ه", ord("ہ"): "ه", ord("ھ"): "ه", ord("ۀ"): "ه", ord("ک"): "ك", ord("گ"): "ك",
    ord("ؤ"): "و", ord("ئ"): "ي", ord("ـ"): "", ord("ی"): "ي",
    # Letters that do not decompose, or whose dot the case folding leaves behind.
    ord("ı"): "i", ord("đ"): "d", ord("ð"): "d", ord("ø"): "o", ord("ł"): "l", ord("æ"): "ae", ord("œ"): "oe", ord("ә"): "е",
    ord("’"): "'", ord("‘"): "'", ord("ʼ"): "'", ord("´"): "'", ord("`"): "'", ord("\u00a0"): " ", ord("\u202f"): " ",
    ord("\u2009"): " ", ord("٫"): ".", ord("٬"): ",", ord("٪"): "%", ord("،"): ",", ord("؛"): ";", ord("؟"): "?",
}  # fmt: skip
_MARKS = re.compile(
    r"[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\ufe0e\ufe0f\u20e3\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_FLAG = re.compile("([\U0001f1e6-\U0001f1ff])([\U0001f1e6-\U0001f1ff])")
_JOINED = re.compile(r"\u200d[^\w\s]")
"""The second half of a composed emoji: a pilot is no flight."""
_CASED = {
    "US": "usa", "EU": "europe", "UE": "europe", "NZ": "new zealand", "TX": "texas", "RD": "republica dominicana",
    "PR": "puerto rico", "CH": "schweiz", "CoS": "certificate of sponsorship", "DE": "deutschland",
    "EUA": "usa", "EEUU": "usa", "NIE": "nie-es", "TIE": "tie-es",
}  # fmt: skip
_ONLY_IN = {"DE": "de", "NIE": "es", "TIE": "es", "CH": "de"}
"""Capitals that shout a word in other languages: "DE" in Spanish and French, "NIE" in German."""
_CASED_WORD = re.compile(r"(?<![\w@#])(?:" + "|".join(_CASED) + r")(?![\w$€£])")
_CODE_BEFORE_PRICE = re.compile(r"(?<![\w@#])(FR|BE|IT|DE|ES|PT|NL|AT|PL|SE|RO|BG|GR|HR|HU|GB|IE|LT)(?=\s?[:=]?\s?\d)")
_CODE_CHAIN = re.compile(r"(?<![\w@#/.])[A-Z][A-Za-z](?:\s*(?:[-=–—]*>+|[→➡➔➜⇒⟶»])\ufe0f?\s*[A-Z][A-Za-z])+(?![\w@#])")
"""Only an arrow makes two letters a country ("Dz > Es"): with a dash they may be languages or hours."""
_OTHER_CODES = {"uk": "gb"}
_CODE = re.compile(r"[A-Z][A-Za-z]")
# "4.5oo", "4OOO": letters for zeros, against word filters.
_ZEROS = re.compile(r"(?<=[\d.,])[oO]{2,3}(?![^\W\d_])")
_LETTER_O = re.compile(r"(?<=[a-z])0(?=[a-z])")  # "f0ur"
_LONG = re.compile(r"([^\W\d_])\1{2,}")  # "italiaaaa"
_GLUED_NUMBER = re.compile(r"(?<![^\W\d_])([وبلف]|ال)(?=\d)")  # "و20000": and, with, to
_MILLION = re.compile(
    r"(?<=\d)m(?= ?(?:naira|ngn|pkr|rupees?|rs|inr|cfa|fcfa|xaf|xof|toman|rials?|ugx|shillings?|pesos?|cop|clp|dinars?|iqd|soum)"
    r"(?![a-z]))"
)
"""Millions, not metres: money of these countries follows."""
_SPACED = re.compile(r"(?<![\d.,])\d(?: \d){3,5}(?![\d.,]| \d)")


def word_set(words: str) -> frozenset[str]:
    """Words separated by blanks, as a set; a list of this length reads best as prose."""
    return frozenset(words.split())


def fold(text: str) -> str:
    """Lower case, no accents or invisible marks, one spelling of Arabic letters, ASCII digits."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold()).translate(_LETTERS)
    return _MARKS.sub("", folded).translate(_DIGITS)


def plain(working_copy: str, lang: str) -> str:
    """The folded text the readers work on; contacts are walls, flags are words such as ``flagtr``."""
    text = _JOINED.sub("", TOKEN.sub(f" {WALL} ", working_copy))
    text = _FLAG.sub(_flag_word, text)
    text = _CODE_CHAIN.sub(_code_flags, text)
    if _mixes_case(text):
        text = _expand_codes(text, lang)
    text = fold(text)
    text = _ZEROS.sub(lambda match: "0" * len(match[0]), text)
    text = _LETTER_O.sub("o", text)
    text = _LONG.sub(r"\1", text)
    text = _MILLION.sub(" million", text)
    text = _GLUED_NUMBER.sub(r"\1 ", text)
    return _SPACED.sub(lambda match: match[0].replace(" ", ""), text)


def _flag_word(match: re.Match[str]) -> str:
    return f" flag{chr(ord(match[1]) - 0x1F1E6 + 97)}{chr(ord(match[2]) - 0x1F1E6 + 97)} "


def _code_flags(chain: re.Match[str]) -> str:
    return _CODE.sub(lambda code: f" flag{_OTHER_CODES.get(code[0].lower(), code[0].lower())} ", chain[0])


def _mixes_case(text: str) -> bool:
    """Capitals say something only where not everything is in capitals."""
    return any("a" <= char <= "z" for char in text)


def _expand_codes(text: str, lang: str) -> str:
    if len(_CODE_BEFORE_PRICE.findall(text)) > 1:  # one alone may be any word; two price tags are a list by country
        text = _CODE_BEFORE_PRICE.sub(lambda match: f"flag{match[1].lower()} ", text)
    return _CASED_WORD.sub(lambda match: match[0] if _ONLY_IN.get(match[0], lang) != lang else _CASED[match[0]], text)
