"""The smuggling market: offers by route, with asked prices. Counts adverts and advertised terms, never journeys.

1. offers: posts labelled smuggling_offer, protected kinds left out; near-copies (one family) are one offer
2. routes: every origin with every destination of an offer; an offer on two routes counts on both
3. prices: per traveller (unit person or seat, or none said), in EUR, one a family: the median of its posts; compared
   within one service only, so that a changed mix is not read as a changed price
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from indexer.backend import Index
from indexer.intervals import median_interval
from indexer.queries import MarketQuery, OfferRow
from records import PriceUnit

_PER_TRAVELLER = frozenset({PriceUnit.PERSON, PriceUnit.SEAT, None})


@dataclass(frozen=True)
class PriceSummary:
    """Asked prices of one service on a route, EUR per traveller. Without enough offers (``n``) only ``n`` is shown."""

    service: str | None
    n: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Route:
    """What is offered from one country to another; None where the offer does not say. ``contacts`` are unique hashes."""

    origin: str | None
    destination: str | None
    offers: int
    posts: int
    contacts: int
    modes: dict[str, int]
    prices: tuple[PriceSummary, ...]


@dataclass(frozen=True)
class Market:
    """All routes, those with most offers first.

    ``undated``: matching posts without a date of their own: counted with open times, in no span.
    """

    start: datetime | None
    end: datetime | None
    offers: int
    posts: int
    contacts: int
    undated: int
    min_prices: int
    routes: tuple[Route, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `market --json`, see tests/contract/market.schema.json."""
        return {
            "from": self.start.isoformat() if self.start is not None else None,
            "to": self.end.isoformat() if self.end is not None else None,
            "offers": self.offers,
            "posts": self.posts,
            "contacts": self.contacts,
            "undated": self.undated,
            "min_prices": self.min_prices,
            "routes": [_route_json(route) for route in self.routes],
        }


def make_market(index: Index, query: MarketQuery) -> Market:
    """Offers by route. Raises IndexUnavailable when the index cannot be asked."""
    routes: dict[tuple[str | None, str | None], list[OfferRow]] = defaultdict(list)
    counted: list[OfferRow] = []
    undated = 0
    for row in index.offers(query):
        undated += not row.dated
        if query.span.is_limited and not row.dated:
            continue
        counted.append(row)
        for origin in row.origin or (None,):
            for destination in row.destination or (None,):
                routes[origin, destination].append(row)
    found = [_make_route(origin, to, rows, query.min_prices) for (origin, to), rows in routes.items()]
    found.sort(key=lambda route: (-route.offers, -route.posts, route.origin or "~", route.destination or "~"))
    return Market(
        start=query.span.start,
        end=query.span.end,
        offers=len({row.family for row in counted}),
        posts=len(counted),
        contacts=_contacts(counted),
        undated=undated,
        min_prices=query.min_prices,
        routes=tuple(found),
    )


def _make_route(origin: str | None, destination: str | None, rows: list[OfferRow], min_prices: int) -> Route:
    families: dict[str, list[OfferRow]] = defaultdict(list)
    for row in rows:
        families[row.family].append(row)
    modes = Counter(mode for copies in families.values() for mode in {mode for row in copies for mode in row.modes})
    return Route(
        origin=origin,
        destination=destination,
        offers=len(families),
        posts=len(rows),
        contacts=_contacts(rows),
        modes=dict(sorted(modes.items())),
        prices=tuple(_summaries(families.values(), min_prices)),
    )


def _contacts(rows: Iterable[OfferRow]) -> int:
    return len({contact for row in rows for contact in row.contacts})


def _summaries(families: Iterable[list[OfferRow]], min_prices: int) -> list[PriceSummary]:
    by_service: dict[str | None, list[float]] = defaultdict(list)
    for copies in families:
        asked: dict[str | None, list[float]] = defaultdict(list)
        for row in copies:
            if row.price_eur is not None and row.price_unit in _PER_TRAVELLER:
                asked[row.service].append(row.price_eur)
        for service, prices in asked.items():
            by_service[service].append(median(prices))
    named = sorted(by_service.items(), key=lambda item: (-len(item[1]), item[0] or "~"))
    return [_summarise(service, prices, min_prices) for service, prices in named]


def _summarise(service: str | None, prices: list[float], min_prices: int) -> PriceSummary:
    if len(prices) < min_prices:
        return PriceSummary(service, len(prices), None, None, None)
    low, high = median_interval(prices) or (None, None)
    return PriceSummary(service, len(prices), round(median(prices), 2), low, high)


def _route_json(route: Route) -> dict[str, Any]:
    return {
        "origin": route.origin,
        "destination": route.destination,
        "offers": route.offers,
        "posts": route.posts,
        "contacts": route.contacts,
        "modes": route.modes,
        "prices": [
            {
                "service": price.service,
                "unit": PriceUnit.PERSON.value,
                "currency": "EUR",
                "n": price.n,
                "median": price.median,
                "low": price.low,
                "high": price.high,
            }
            for price in route.prices
        ],
    }
