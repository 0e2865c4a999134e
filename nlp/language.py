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
import pycountry
from py3langid.langid import LanguageIdentifier

from records import UNKNOWN_LANGUAGE

UNKNOWN = UNKNOWN_LANGUAGE

_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\S+|\[(?:phone|email|handle)[^\]]{0,60}\]|\d+")
_MIN_LETTERS = 10
"""Fewer letters than this are a name or an interjection; both identifiers guess then."""
_ENOUGH = 5_000
"""Characters read of a long text. Both identifiers are as sure of them as of the whole; the time is theirs alone."""
_SURE = 0.95
"""A lone vote of py3langid under this was wrong more often than right on texts of five words."""

# Written varieties that share one set of examples, and codes that the two identifiers name differently.
_SAME = {
    "arz": "ar", "ary": "ar", "apc": "ar", "ajp": "ar", "prs": "fa", "pes": "fa", "sdh": "ckb", "kmr": "ku", "iw": "he",
    "in": "id", "jw": "jv", "sh": "hbs", "nb": "no", "nn": "no", "bs": "hbs", "hr": "hbs", "sr": "hbs",
    "azj": "az", "uzn": "uz", "als": "sq",
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
    clean = _NOISE.sub(" ", text[: 2 * _ENOUGH])[:_ENOUGH]
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
    """The language of a code, with region or script or without; unknown where it is none of ISO 639."""
    base = _known(re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0])
    # Both identifiers say "ku" for either script; Sorani is written in Arabic letters, Kurmanji in Latin ones.
    if base in {"ku", "ckb"}:
        return "ckb" if re.search(r"[\u0600-\u06ff]", text) else "ku"
    return base


@functools.cache
def _languages() -> dict[str, str]:
    """Every code of ISO 639-1 and 639-3 -> the shorter one; "und", "mul" and the like name no language."""
    codes: dict[str, str] = {}
    for language in pycountry.languages:
        if language.type != "S":
            short = getattr(language, "alpha_2", language.alpha_3)
            codes |= {language.alpha_3: short, short: short}
    return codes


def _known(base: str) -> str:
    code = _languages().get(_SAME.get(base, base), UNKNOWN)
    return _SAME.get(code, code)
