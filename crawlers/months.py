"""Names of months as the Arabic press writes them -> those that the parser of dates knows (months.yaml)."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import yaml

_ARABIC = re.compile("[\u0621-\u064a]")
_SIGNS = re.compile("[\u064b-\u0652\u0640]")
"""Vowel signs, and the stroke that only makes a word longer."""
_ALEF = re.compile("[اأإآ]")
_TWICE = re.compile(r"(?<!\w)(\w+) ?/ ?\1(?!\w)")


def known_months(text: str) -> str:
    """The text with each month under one name; "تشرين الثاني/نوفمبر", the month under two, becomes one word."""
    if not _ARABIC.search(text):
        return text
    names = _names()
    pattern = _pattern()
    found = pattern.sub(lambda match: names[_fold(match[0])], _SIGNS.sub("", text))
    return _TWICE.sub(r"\1", found)


def _fold(name: str) -> str:
    return " ".join(_ALEF.sub("ا", name).split())


@functools.cache
def _names() -> dict[str, str]:
    content = yaml.safe_load(Path(__file__).with_name("months.yaml").read_text("utf-8"))
    return {_fold(name): known for months in content.values() for known, names in months.items() for name in names}


@functools.cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_names(), key=len, reverse=True)
    words = (re.escape(name).replace("ا", "[اأإآ]").replace(r"\ ", r"\s+") for name in longest_first)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
