"""Finding the new offers of a window: one lead a family of near-copies.

1. candidates: offers that the index has since `since`, grouped by family; protected kinds and referrals never come
2. told:       families of earlier digests                                  -> counted as seen again
3. old:        families whose oldest copy lies before `since`               -> counted as seen again
4. withheld:   families of which any post, ever, is protected or a referral -> counted, never shown
5. checked:    the ledger's own tags decide, since the index lags by seconds; what it no longer has is left out

`since` reaches back behind the window by LATE: a post that was published in time but read late is told of in the next
digest instead of in none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from alerts.digest import Lead, RouteGroup
from alerts.languages import in_languages
from alerts.windows import Window
from config import Subscription
from indexer import MAX_PAGE, MAX_VALUES, Index, MarketQuery, OfferRow, Query, SearchQuery, Span, where
from ledger import Ledger, TaggedPost, read_tagged
from records import PROTECTED_KINDS, Label, Referral

LATE = timedelta(days=7)
"""Feeds are paged back for hours, not weeks; what an import brings from months ago is history, not news."""


@dataclass(frozen=True)
class Found:
    """The new leads, best score first, and what was left out."""

    leads: tuple[Lead, ...]
    again: int
    withheld: int


def offers_query(subscription: Subscription) -> Query:
    """Offers in the subscription's languages, referrals left out. Routes cannot be asked for so; see `on_route`."""
    referral = Query(excluded=where("referral", *Referral).required)
    return where("label", Label.SMUGGLING_OFFER) & in_languages(subscription) & referral


def read_offers(index: Index, subscription: Subscription, start: datetime, end: datetime) -> list[OfferRow]:
    """The offers of a span on the subscription's routes. Undated posts count at the time they were first seen."""
    rows = index.offers(MarketQuery(offers_query(subscription), Span(start, end)))
    return [row for row in rows if start <= row.published_at < end and on_route(row, subscription.routes)]


def on_route(row: OfferRow, routes: Sequence[str]) -> bool:
    """Whether an offer is on one of the routes; an offer that does not say where fits a * only."""
    pairs = (route.split("-") for route in routes)
    return not routes or any(_fits(a, row.origin) and _fits(b, row.destination) for a, b in pairs)


def _fits(wanted: str, said: tuple[str, ...]) -> bool:
    return wanted == "*" or wanted in said


def find_leads(
    ledger: Ledger, index: Index, subscription: Subscription, window: Window, since: datetime, told: frozenset[str]
) -> Found:
    """The new offers of the window. Raises IndexUnavailable or LedgerUnavailable."""
    families: dict[str, list[OfferRow]] = defaultdict(list)
    for row in read_offers(index, subscription, since, window.end):
        families[row.family].append(row)
    verdicts = Counter[Verdict]()
    verdicts[Verdict.OLD] = sum(
        any(row.published_at >= window.start for row in families[name]) for name in families.keys() & told
    )
    fresh = {name: rows for name, rows in families.items() if name not in told}
    tagged = read_tagged(ledger, (row.post_id for rows in fresh.values() for row in rows))
    hidden, old = _read_withheld(index, fresh), _read_old(index, fresh, since)
    leads: list[Lead] = []
    for name, rows in sorted(fresh.items()):
        copies = [(row, tagged[row.post_id]) for row in rows if row.post_id in tagged]
        verdict = _judge(name in hidden, name in old, [item for _, item in copies], subscription.min_score)
        verdicts[verdict] += 1
        if verdict is Verdict.NEW:
            leads.append(_make_lead(copies, window))
    leads.sort(key=lambda lead: (-lead.score, lead.published_at, lead.post_id))
    return Found(tuple(leads), verdicts[Verdict.OLD], verdicts[Verdict.WITHHELD])


class Verdict(Enum):
    """What becomes of a family."""

    NEW = "new"
    OLD = "old"
    WITHHELD = "withheld"
    WEAK = "weak"
    UNSETTLED = "unsettled"
    """The ledger is ahead of the index; the next digest looks again."""


def _read_withheld(index: Index, families: Collection[str]) -> set[str]:
    """Those families of which a post is protected or a referral, asked for many at a time."""
    found: set[str] = set()
    for protected in (where("kind", *PROTECTED_KINDS), where("referral", *Referral)):
        for chunk in _chunks(set(families) - found):
            left = set(chunk)
            while left:
                query = SearchQuery(where("family", *sorted(left)) & protected, limit=MAX_PAGE, protected=True)
                hits = index.search(query).hits
                found |= (here := {hit.family for hit in hits})
                # A full page may hide further families behind the copies of those it shows: ask again without them.
                left = left - here if len(hits) == MAX_PAGE else set()
    return found


def _read_old(index: Index, families: Collection[str], since: datetime) -> set[str]:
    """Those families of which an offer was published before ``since``."""
    before = Span(None, since)
    return {
        row.family
        for chunk in _chunks(families)
        for row in index.offers(MarketQuery(where("family", *chunk) & where("label", Label.SMUGGLING_OFFER), before))
        if row.dated
    }


def _chunks(families: Iterable[str]) -> Iterator[list[str]]:
    names = sorted(families)
    for start in range(0, len(names), MAX_VALUES):
        yield names[start : start + MAX_VALUES]


def _judge(hidden: bool, old: bool, copies: list[TaggedPost], min_score: float) -> Verdict:
    if hidden or any(is_protected(copy) for copy in copies):
        return Verdict.WITHHELD
    offers = [copy for copy in copies if Label.SMUGGLING_OFFER in copy.tags.labels]
    if not offers:
        return Verdict.UNSETTLED
    if old:
        return Verdict.OLD
    return Verdict.NEW if max(map(_score, offers)) >= min_score else Verdict.WEAK


def is_protected(item: TaggedPost) -> bool:
    """Whether a post may never stand in a digest: of a person who needs help or gives it, or for referral."""
    return item.tags.kind in PROTECTED_KINDS or bool(item.tags.referral)


def _make_lead(copies: list[tuple[OfferRow, TaggedPost]], window: Window) -> Lead:
    row, best = max(copies, key=lambda pair: (_score(pair[1]), -pair[0].published_at.timestamp(), pair[0].post_id))
    post, tags = best.post, best.tags
    offer = tags.offer
    price = offer.prices[0] if offer is not None and offer.prices else None
    return Lead(
        post_id=post.post_id,
        family=row.family,
        published_at=post.published_at,
        published_estimated=post.published_estimated,
        late=all(copy.published_at < window.start for copy, _ in copies),
        platform=post.platform,
        source=post.source,
        lang=tags.lang,
        labels=tags.labels,
        sub_labels=tags.sub_labels,
        score=_score(best),
        threshold=tags.thresholds.get(Label.SMUGGLING_OFFER, 0.0),
        model=tags.model.version,
        origin=row.origin,
        transit=offer.transit if offer is not None else (),
        destination=row.destination,
        modes=row.modes,
        payment=offer.payment if offer is not None else (),
        amount=price.amount if price is not None else None,
        currency=price.currency if price is not None else None,
        unit=price.unit if price is not None else None,
        price_eur=row.price_eur,
        contacts=tuple(dict.fromkeys(contact for copy, _ in copies for contact in copy.contacts)),
        posts=len(copies),
        sources=len({item.post.source for _, item in copies}),
        platforms=len({item.post.platform for _, item in copies}),
    )


def _score(item: TaggedPost) -> float:
    return item.tags.scores.get(Label.SMUGGLING_OFFER, 0.0)


def group_routes(leads: Iterable[Lead]) -> tuple[RouteGroup, ...]:
    """The leads by route, in the order of each route's best lead; offers that do not say where come last."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Lead]] = defaultdict(list)
    for lead in leads:
        groups[tuple(sorted(lead.origin)), tuple(sorted(lead.destination))].append(lead)
    ordered = sorted(groups.items(), key=lambda item: item[0] == ((), ()))
    return tuple(RouteGroup(origin=a, destination=b, leads=tuple(found)) for (a, b), found in ordered)
