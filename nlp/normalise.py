"""Text as the encoder reads it: one form for letters that differ only in their code points.

Styled letters (bold, circled, full-width) are an everyday way round word filters; to the tokenizer each is an unknown.
Case and accents are left alone: the tokenizer folds them.
"""

from __future__ import annotations

import re
import unicodedata

_ARABIC = str.maketrans(
    {
        "\u0640": None,  # tatweel stretches a word and means nothing
        "\u06a9": "\u0643",  # Persian and Urdu kaf
        "\u06cc": "\u064a",  # Persian yeh
        "\u0649": "\u064a",  # alef maksura, written for yeh in Egypt
    }
)
_ELONGATION = re.compile(r"(\w)\1{3,}")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """NFKC, Arabic letter forms unified, letters drawn out cut to three, white space to single blanks. Never raises."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_ARABIC)
    return _SPACES.sub(" ", _ELONGATION.sub(r"\1\1\1", text)).strip()
