"""Number words by language, as adverts write prices in words to get past filters: "bin sekiz yüz", "zweieinhalbtausend".

Only what prices need: round amounts from a hundred up. The words are folded (nlp.offers.text.fold).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import Enum, auto

from nlp.offers.text import fold


class Part(Enum):
    """What a word does in a number."""

    UNIT = auto()  # adds: one, twenty, two thousand as one word
    HUNDRED = auto()  # multiplies what is before it by 100
    SCALE = auto()  # multiplies and closes: thousand, lakh
    HALF = auto()  # half of the last scale, or one half before it
    LINK = auto()  # and


@dataclass(frozen=True)
class Word:
    """A word's part in a number and its value."""

    part: Part
    value: float = 0.0


def _units(words: str) -> dict[str, float]:
    """Words in order from one, separated by blanks; several for one number joined by a slash, "-" for none."""
    return {
        fold(word): float(value)
        for value, slot in enumerate(words.split(), 1)
        for word in slot.split("/")
        if word != "-"
    }


def _tens(words: str) -> dict[str, float]:
    return {
        fold(word): value * 10.0
        for value, slot in enumerate(words.split(), 1)
        for word in slot.split("/")
        if word != "-"
    }


_EN = _units("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen")
_EN |= _tens("- twenty thirty forty fifty sixty seventy eighty ninety")
_FR = _units("un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
_FR |= _tens("- vingt trente quarante cinquante soixante")
_ES = _units("un dos tres cuatro cinco seis siete ocho nueve diez - doce trece catorce quince dieciséis")
_ES |= _tens("- veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES |= {f"{stem}cient{end}s": value for stem, value in (("dos", 200.0), ("tres", 300.0), ("cuatro", 400.0), ("seis", 600.0),
        ("ocho", 800.0)) for end in "oa"} | {"quinientos": 500.0, "setecientos": 700.0, "novecientos": 900.0}  # fmt: skip
_DE = _units("ein zwei/zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn")
_DE |= _tens("- zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_TR = _units("bir iki üç dört beş altı yedi sekiz dokuz")
_TR |= _tens("on yirmi otuz kırk elli altmış yetmiş seksen doksan")
_AR = _units(
    "- - ثلاث/ثلاثة/تلات/تلاتة/تلت اربع/اربعة خمس/خمسة ست/ستة سبع/سبعة ثمان/ثمانية/تمن/تمان/تمانية تسع/تسعة عشر/عشرة "
    "احدعش/حداشر اطنعش/اتناشر/اثناعشر - - خمسطعش/خمستاشر"
)
_AR |= _tens("- عشرين ثلاثين/تلاتين اربعين خمسين ستين سبعين ثمانين/تمانين تسعين")
_AR |= {fold(word): value for word, value in (("الفين", 2000.0), ("ألفين", 2000.0), ("الفان", 2000.0), ("ميتين", 200.0),
        ("مئتين", 200.0), ("ثلاثمية", 300.0), ("تلتمية", 300.0), ("ربعمية", 400.0), ("خمسمية", 500.0), ("خمسمئة", 500.0),
        ("ستمية", 600.0), ("سبعمية", 700.0), ("تمنمية", 800.0))}  # fmt: skip
_UNITS = {"en": _EN, "fr": _FR, "es": _ES, "de": {}, "tr": _TR, "ar": _AR}
_HUNDREDS = {"en": "hundred", "fr": "cent cents", "es": "cien ciento", "tr": "yüz", "ar": "مية مئة ميه"}
_HALVES = {"tr": "buçuk", "ar": "نص ونص ونصف", "es": "medio", "fr": "demi", "en": "half"}
_LINKS = {"en": "and", "fr": "et", "es": "y", "ar": "و"}
_OPEN_SCALES = {  # these may stand without a number before them: "mille euros", "بألف دولار"
    "en": {}, "fr": {"mille": 1e3}, "es": {"mil": 1e3}, "de": {"tausend": 1e3}, "tr": {"bin": 1e3},
    "ar": {"الف": 1e3, "بالف": 1e3},
}  # fmt: skip
_SCALES: dict[float, str] = {
    1e3: "k к grand bin mil mille tausend tsd thousand thousands الف الاف آلاف تالاف تلاف هزار тыс тысяч тысячи "
         "tys tysięcy hazar hazaar "
         "nghìn mijë kun",
    1e5: "lakh lakhs lac lacs لاکھ",
    1e6: "million millions millones millón milyon millionen mio مليون ملايين میلیون млн mln milion triệu",
    1e7: "crore crores کروڑ",
}  # fmt: skip
# Digits may stand before a multiplier in any language ("7 bin euro" in English); "k" is the commonest of all.
SCALES = {fold(word): value for value, words in _SCALES.items() for word in words.split()}
_MILLIONS = frozenset({"million", "millon", "مليون"})
_COMPOUND = re.compile(r"(?:(?P<thousands>\w*?)tausend)?(?:(?P<hundreds>\w*?)hundert)?(?:und)?(?P<rest>\w*)")


@functools.cache
def words_for(lang: str) -> dict[str, Word]:
    """Number words of a language; without a list of its own, the multipliers only."""
    words = {word: Word(Part.UNIT, value) for word, value in _UNITS.get(lang, {}).items()}
    words |= {fold(word): Word(Part.HUNDRED, 100.0) for word in _HUNDREDS.get(lang, "").split()}
    words |= {fold(word): Word(Part.HALF, 0.5) for word in _HALVES.get(lang, "").split()}
    words |= {fold(word): Word(Part.LINK) for word in _LINKS.get(lang, "").split()}
    return words


def opens(word: str, lang: str) -> bool:
    """May this multiplier stand alone, as "mille" may?"""
    return word in _OPEN_SCALES.get(lang, {}) or word in _MILLIONS


def parse_compound(word: str) -> float | None:
    """A German compound such as "fünftausendfünfhundert" (folded); None for any other word."""
    if "tausend" not in word and "hundert" not in word:
        return None
    match = _COMPOUND.fullmatch(word)
    if match is None:
        return None
    thousands = _small(match["thousands"]) if match["thousands"] is not None else 0.0
    hundreds = _small(match["hundreds"]) if match["hundreds"] is not None else 0.0
    rest = _DE.get(match["rest"], 0.0) if match["rest"] else 0.0
    if thousands is None or hundreds is None or (match["rest"] and not rest):
        return None
    return thousands * 1000 + hundreds * 100 + rest


def _small(word: str) -> float | None:
    """The number before tausend or hundert: nothing is one, "zweieinhalb" two and a half."""
    if not word:
        return 1.0
    if word.endswith("einhalb"):
        whole = _DE.get(word.removesuffix("einhalb"))
        return None if whole is None else whole + 0.5
    return 1.5 if word == "anderthalb" else _DE.get(word)
