"""Which language a text is written in: a vote of two identifiers and the platform's hint, or `und` for unknown.

py3langid knows more languages, pycld2 is surer of itself on short mixed text; measured on sentences of this field each
errs on other languages. The platform's own language tag is the third vote only: it is often the interface's language.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

import pycld2
from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"

_NOISE = re.compile(r"https?://\S+|\S*www\.\S+|[@#]\S+|\[(?:phone|email|handle)[^\]]*\]|\d+")
_MIN_LETTERS = 10
"""Fewer letters than this are a name or an interjection; both identifiers guess then."""
_SURE = 0.95
"""A lone vote of py3langid under this was wrong more often than right on texts of five words."""

# Written varieties that share one set of examples, and codes that the two identifiers name differently.
_SAME = {
    "arz": "ar", "ary": "ar", "apc": "ar", "ajp": "ar", "prs": "fa", "pes": "fa", "sdh": "ckb", "kmr": "ku", "iw": "he",
    "in": "id", "jw": "jv", "zh-Hant": "zh", "zh-TW": "zh", "nb": "no", "nn": "no", "bs": "sh", "hr": "sh", "sr": "sh",
    "azj": "az", "uzn": "uz", "als": "sq", "un": UNKNOWN, "xxx": UNKNOWN,
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A language (ISO 639-1, or 639-3 where there is none) and how sure the vote is, 0 to 1; `und` for unknown."""

    lang: str
    confidence: float


@functools.cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)


def identify(text: str, hint: str | None = None) -> Guess:
    """The language of a text; ``hint`` is the platform's word for it. Never raises; unknown is an answer."""
    clean = _NOISE.sub(" ", text)
    letters = sum(char.isalpha() for char in clean)
    hinted = _code(hint, clean) if hint else UNKNOWN
    if letters < _MIN_LETTERS:
        return Guess(hinted, 0.5) if hinted != UNKNOWN and letters else Guess(UNKNOWN, 0.0)
    first, probability = _identifier().classify(clean)
    return _decide(_code(first, clean), float(probability), *_second(clean), hinted)


def _decide(first: str, probability: float, second: str, reliable: bool, hinted: str) -> Guess:
    if first == second:
        return Guess(first, max(probability, 0.9))
    votes = [first, second, hinted]
    if hinted in (first, second) and hinted != UNKNOWN:
        return Guess(hinted, 0.75)
    if reliable and probability < _SURE:
        return Guess(second, 0.7)
    if probability >= _SURE and not (reliable and second != UNKNOWN):
        return Guess(first, 0.7)
    if UNKNOWN in votes[:2] and probability >= 0.8:
        return Guess(first, 0.6)
    return Guess(UNKNOWN, 0.0)


def _second(text: str) -> tuple[str, bool]:
    # cld2 refuses control characters and everything that is not plain UTF-8.
    safe = "".join(char for char in text if unicodedata.category(char)[0] != "C" or char in "\n\t")
    try:
        reliable, _, details = pycld2.detect(safe)
    except pycld2.error:
        return UNKNOWN, False
    return _code(str(details[0][1]), text), bool(reliable)


def _code(code: str, text: str) -> str:
    base = _SAME.get(code, code.split("-")[0].lower())
    base = _SAME.get(base, base)
    # Both identifiers say "ku" for either script; Sorani is written in Arabic letters, Kurmanji in Latin ones.
    if base in {"ku", "ckb"}:
        return "ckb" if re.search(r"[\u0600-\u06ff]", text) else "ku"
    return base
