"""The numbers of a digest: this window against the one before it, with denominators and coverage (architecture, rule 7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.digest import Change, Coverage, Share, Trend
from alerts.languages import in_languages
from alerts.leads import LATE, read_offers
from alerts.windows import Window
from config import Subscription
from indexer import Coverage as SourceCoverage
from indexer import Index, Query, SearchQuery, Span, TrendQuery, Windows, cover, make_trend, where, wilson
from ledger import Ledger, count_read
from records import UNKNOWN_LANGUAGE, Label

GRACE = timedelta(minutes=30)
"""The last poll before a window closes lies up to a poll's interval (15 min by default) and its run time back."""


def make_changes(index: Index, subscription: Subscription, window: Window) -> tuple[Change, ...]:
    """Offers, posts and contacts in this window and in the one before; posts with a date of their own only."""
    now, before = (
        [row for row in read_offers(index, subscription, span.start, span.end) if row.dated]
        for span in (window, window.before)
    )
    contacts, contacts_before = ({contact for row in rows for contact in row.contacts} for rows in (now, before))
    return (
        Change(name="offers", now=len({row.family for row in now}), before=len({row.family for row in before})),
        Change(name="posts", now=len(now), before=len(before)),
        Change(name="contacts", now=len(contacts), before=len(contacts_before)),
    )


def make_trends(index: Index, subscription: Subscription, window: Window) -> tuple[Trend, ...]:
    """The share of each of the subscription's labels. Protected posts count here: they are numbers, not a list."""
    assessed = _assessed(subscription)
    of, of_before = (_count(index, assessed, span) for span in (window, window.before))
    found = []
    for label in subscription.labels:
        with_label = assessed & where("label", Label(label))
        now, before = (_count(index, with_label, span) for span in (window, window.before))
        found.append(Trend(label=label, now=_share(now, of), before=_share(before, of_before)))
    return tuple(found)


def count_undated(index: Index, subscription: Subscription) -> int:
    """Assessed posts that carry no date, so that they are in no window: a day of imports must not look like news."""
    return index.search(SearchQuery(_assessed(subscription), limit=0, protected=True)).undated


@dataclass(frozen=True)
class Reading:
    """Of the posts in a subscription's languages that were read in a window: how many the model could assess, how many not,
    and of these, how many are in languages that it does not assess, and in which no language was found."""

    assessed: int = 0
    unassessed: int = 0
    uncovered: int = 0
    unknown: int = 0


def count_reading(
    ledger: Ledger, subscription: Subscription, window: Window, assessed: Collection[str] | None
) -> Reading:
    """Counted by when they were read, as offers are told of: a post that came late, or has no date, is in one window too.

    ``assessed``: the languages that the model assesses, None where that is not known. Nothing is counted where no labels are
    asked for. Raises LedgerUnavailable.
    """
    if not subscription.labels:
        return Reading()
    found = count_read(ledger, window.start, window.end, window.start - LATE)
    mine = {lang: posts for lang, posts in found.items() if lang in (subscription.languages or found)}
    known = {UNKNOWN_LANGUAGE, *(mine if assessed is None else assessed)}
    return Reading(
        assessed=sum(posts.assessed for posts in mine.values()),
        unassessed=sum(posts.unassessed for posts in mine.values()),
        uncovered=sum(posts.unassessed for lang, posts in mine.items() if lang not in known),
        unknown=sum(posts.unassessed for lang, posts in mine.items() if lang == UNKNOWN_LANGUAGE),
    )


def _assessed(subscription: Subscription) -> Query:
    return where("on_topic", "true") & where("covered", "true") & in_languages(subscription)


def _count(index: Index, query: Query, window: Window) -> int:
    return index.search(SearchQuery(query, Span(window.start, window.end), limit=0, protected=True)).total


def _share(hits: int, of: int) -> Share:
    if of == 0:
        return Share(hits=hits, of=of, share=None, low=None, high=None)
    low, high = wilson(hits, of)
    return Share(hits=hits, of=of, share=hits / of, low=low, high=high)


def make_coverage(windows: Windows, window: Window, now: datetime) -> Coverage:
    """How completely the sources were read in the window, its last minutes aside."""
    grace = min(GRACE, (window.end - window.start) / 4)
    found: SourceCoverage = cover(windows, window.start, window.end - grace, now)
    return Coverage(due=found.sources_due, ok=found.sources_ok)


def read_models(index: Index, window: Window, zone: ZoneInfo, windows: Windows, now: datetime) -> tuple[str, ...]:
    """The model versions that read the posts of the days that the window and the one before it touch."""
    trend = make_trend(index, TrendQuery(zone=zone, start=window.before.start, end=window.end), windows, now)
    return tuple(sorted({version for bucket in trend.buckets for version in bucket.models}))
