"""Emoji and flags as words, so that the encoder reads them: to its tokenizer each is an unknown.

In adverts they carry the route and the means (a flag, an arrow, a boat), in other posts the mood.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import pycountry

_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_DRAWN = re.compile("([\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff])\\1*")
_MODIFIERS = re.compile("[\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_IDLE = re.compile(r"\b(symbol|sign|face|with|of|the|heavy|black|white|medium|large|small)\b")
_FIRST_LETTER = 0x1F1E6
WORDS = 3
"""Words of a name that are kept: the rest is about drawing."""


def name_symbols(text: str) -> str:
    """The text with flags as countries and emoji as a word or two; one that is repeated in a row once. Never raises."""
    if text.isascii():
        return text
    named = _FLAG.sub(lambda match: f" {_country(match[0])} ", _MODIFIERS.sub("", text))
    return _DRAWN.sub(lambda match: f" {_name(match[1])} ", named)


@functools.cache
def _country(flag: str) -> str:
    code = "".join(chr(ord(letter) - _FIRST_LETTER + ord("A")) for letter in flag)
    found = pycountry.countries.get(alpha_2=code)
    # Common names where there are: "Iran", not "Iran, Islamic Republic of".
    return str(getattr(found, "common_name", found.name)).split(",")[0].lower() if found else code.lower()


@functools.cache
def _name(symbol: str) -> str:
    name = _IDLE.sub(" ", unicodedata.name(symbol, "").lower().replace("-", " "))
    return " ".join(name.split()[:WORDS])
