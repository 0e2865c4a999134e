"""Currencies by symbol, code and word; the words and the reasons for the ambiguous ones: config/places/money.yaml."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from babel.numbers import get_territory_currencies
from pydantic import BaseModel, ConfigDict

import config
from config import read_yaml
from nlp.offers.text import fold

LISTS = Path(config.__file__).parent / "places"
"""Folder of the shipped word lists."""
_LETTER = r"[^\W\d_]"


class _Family(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...]
    codes: tuple[str, ...]
    default: str | None = None


class _Letter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    alone: bool = False


class _Money(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    symbols: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]
    families: dict[str, _Family]
    letters: dict[str, _Letter]


@dataclass(frozen=True)
class CurrencyMention:
    """A currency in the text; ``key`` is its folded word or symbol."""

    start: int
    end: int
    key: str


class Currencies:
    """Finds currencies and resolves the ambiguous words by the countries of the text. Immutable after loading."""

    def __init__(self, money: _Money) -> None:
        fixed = {
            **money.symbols,
            **{code: (*words, *money.symbols.get(code, ())) for code, words in money.words.items()},
        }
        self._codes = {fold(word): code for code, words in fixed.items() for word in words}
        self._families = {fold(word): family for family in money.families.values() for word in family.words}
        self._letters = {fold(letter): meaning for letter, meaning in money.letters.items()}
        self._letter = re.compile(
            rf"(?<![\w.,#-])({_any(self._letters)})(?=\d{{1,3}}(?:[ .,]\d{{3}}|\d{{2,}}|k)(?!\d*[a-z]))"
        )
        symbols = {fold(word) for words in money.symbols.values() for word in words}
        words = (self._codes.keys() | self._families.keys()) - symbols
        # Arabic glues the article or a preposition to the word: "باليورو".
        self._pattern = re.compile(rf"(?<!{_LETTER})(?:بال|ال|ب)?({_any(words)})(?!{_LETTER})|({_any(symbols)})")

    @classmethod
    def load(cls, folder: Path = LISTS) -> Currencies:
        """Reads money.yaml of ``folder``. Raises config.ConfigError."""
        return cls(read_yaml(folder / "money.yaml", _Money, f"{folder}/money.yaml is missing"))

    def spell_letters(self, text: str, countries: Iterable[str]) -> str:
        """A folded text in which "r2500" is "zar 2500", where the text names the country or the letter needs none.

        Anywhere else the letter names a road or a model. Places behind it shift: call this before reading amounts.
        """
        used = {code for country in countries for code in country_currencies(country)}

        def spell(match: re.Match[str]) -> str:
            meaning = self._letters[match[1]]
            return f"{meaning.code.lower()} " if meaning.alone or meaning.code in used else match[0]

        return self._letter.sub(spell, text)

    def find(self, text: str) -> list[CurrencyMention]:
        """All currency mentions of a folded text, in order."""
        found = self._pattern.finditer(text)
        return [CurrencyMention(match.start(), match.end(), match[1] or match[2]) for match in found]

    def code(self, key: str, countries: Iterable[str]) -> str | None:
        """ISO 4217 code of a mention, None where the word fits several countries and the text names none of them."""
        if key in self._codes:
            return self._codes[key]
        family = self._families[key]
        for country in countries:
            for code in country_currencies(country):
                if code in family.codes:
                    return code
        return family.default


@functools.cache
def country_currencies(country: str) -> tuple[str, ...]:
    """Legal tender of a country (ISO 3166-1 alpha-2) by CLDR; empty for EU and unknown codes."""
    return tuple(get_territory_currencies(country, date(2026, 1, 1), date(2026, 1, 1)))


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
