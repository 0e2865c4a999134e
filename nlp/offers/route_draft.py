"""The route of an advert as a value, the draft it is settled from, and what prices add to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pycountry

from nlp.offers.gazetteer import EUROPE
from nlp.offers.phrases import DOCUMENT_SERVICES
from nlp.offers.places import Mention
from nlp.offers.text import word_set
from records import Price

GOALS = word_set(
    "AT BE CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LT LU LV MT NL NO PL PT RO SE SI SK BG US CA AU NZ "
    "JP KR SA AE QA KW PR YT CL AR UY CR ZA IL MY EU"
)
"""Countries that adverts sell the way to; a lone mention of another one is where the journey starts."""


_HOME_OF_EURO = {"es": "ES", "it": "IT"}
"""Language and euro together leave one country; with German or French they leave several."""


@dataclass(frozen=True)
class Route:
    """Countries in the order written, ISO 3166-1 alpha-2 or EU."""

    origin: tuple[str, ...] = ()
    transit: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()


@dataclass
class Draft:
    """A route while it is read: what chains and lone mentions say, before they are settled."""

    origin: list[str] = field(default_factory=list)
    transit: list[str] = field(default_factory=list)
    destination: list[str] = field(default_factory=list)
    loose: list[Mention] = field(default_factory=list)
    stated: list[str] = field(default_factory=list)

    def close(self) -> Route:
        """Settles what the chains say against each other."""
        passed = [code for code in self.origin if code in self.destination or code in self.transit]
        if self.stated:  # "from Istanbul ... the Mexico-America line": what the text calls the start is the start
            passed += [code for code in self.origin if code not in self.stated]
        origin = [code for code in self.origin if code not in passed] or self.origin[:1]
        if self.destination and any(code not in GOALS for code in origin):
            # "people from Kurdistan ... boat from France": the start nearer to the goal is a stage
            passed += [code for code in origin if code in GOALS]
            origin = [code for code in origin if code not in GOALS]
        transit = [code for code in (*self.transit, *passed) if code not in origin]
        goals = [code for code in self.destination if code not in passed and code not in origin]
        destination = [code for code in goals if code not in self.transit] or goals
        if len(set(destination)) > 1:
            destination = [code for code in destination if code != EUROPE]
        transit = [code for code in transit if code not in destination and code != EUROPE]
        return Route(once(origin), once(transit), once(destination))

    def reaches_goal(self) -> bool:
        """Is there a destination that adverts sell the way to?"""
        return any(code in GOALS for code in self.destination)

    def reach(self, codes: Sequence[str]) -> None:
        """One more place that the journey is said to reach: on the way to a goal, the others are stages."""
        stages = self.destination if any(code in GOALS for code in codes) else codes if self.reaches_goal() else ()
        stages = [code for code in stages if code not in GOALS]
        self.transit += stages
        self.destination = [code for code in (*self.destination, *codes) if code not in stages]

    def fill(self, start: str, goal: str) -> None:
        """What an idiom for a border says, where the text leaves it open."""
        if not self.destination or goal in self.destination:
            self.origin = self.origin or [start]
            self.destination = self.destination or [goal]


def with_money(route: Route, service: str | None, prices: Sequence[Price], lang: str) -> Route:
    """The route with what the money tells: a journey paid in rupees of Pakistan starts there, a paper in pounds is British.

    Dollar and the CFA francs belong to many countries and tell nothing; euro only with the language: an advert in Spanish
    in euro, for papers or for bringing people from somewhere, is for those who live in Spain.
    """
    codes = [price.currency[:2] for price in prices if price.currency and price.currency not in {"EUR", "USD"}]
    homes = once(code for code in codes if price_country(code))
    if service == "transport" and not route.origin:
        return replace(route, origin=tuple(code for code in homes if code not in {*GOALS, *route.destination})[:1])
    if service in DOCUMENT_SERVICES and not route.destination:
        euro = any(price.currency == "EUR" for price in prices)
        homes_of_papers = [code for code in homes if code in GOALS]
        if not homes_of_papers and euro and lang in _HOME_OF_EURO:
            homes_of_papers = [_HOME_OF_EURO[lang]]
        return replace(route, destination=tuple(homes_of_papers[:1]))
    if service == "transport" and route.origin and not route.destination and lang in _HOME_OF_EURO:
        home = _HOME_OF_EURO[lang]
        if home not in route.origin and any(price.currency == "EUR" for price in prices):
            return replace(route, destination=(home,))
    return route


def price_country(code: str) -> bool:
    """Do the first two letters of a currency code name a country? They do by ISO 4217, save for shared currencies."""
    return pycountry.countries.get(alpha_2=code) is not None


def once(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes without repeats, in order."""
    return tuple(dict.fromkeys(codes))
