"""What the redaction tests share: the copy that leaves, with the hashes cut off, and the numbers that nobody has."""

from __future__ import annotations

import re

from config import Pseudonyms
from nlp.redaction import REGIONS_BY_LANGUAGE, find_redactions
from records import TOKEN, Redaction, TextField, working_copy

KEY = Pseudonyms(b"k" * 32)
_ANY_DIGIT = re.compile(r"\d+")


def spans(text: str, lang: str = "en") -> tuple[Redaction, ...]:
    """The redactions of a text in a language."""
    return find_redactions([(TextField.TEXT, text)], KEY.contact, REGIONS_BY_LANGUAGE.get(lang, ()))


def copy_of(text: str, lang: str = "en") -> str:
    """The working copy with ``[phone]`` for ``[phone TR 3f9a…]``: what a reader can still read."""
    return TOKEN.sub(lambda match: f"[{match[1]}]", working_copy(text, spans(text, lang)))


def hashes(text: str, lang: str = "en") -> list[str]:
    """The contacts of a text, in order."""
    return [span.hash for span in spans(text, lang)]


def longest_digits(copy: str) -> int:
    """Digits of any script in a row, whatever marks stand between them."""
    joined = re.sub(r"(?<=\d)[^\w\n]{1,3}(?=\d)", "", copy)
    return max((len(match[0]) for match in _ANY_DIGIT.finditer(joined)), default=0)
