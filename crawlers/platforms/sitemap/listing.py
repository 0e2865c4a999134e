"""What of a sitemap is looked at: the site's own recent entries, the latest first, and how far back the whole list reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config import Source
from crawlers.dates import read_date
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.platforms.feeds.posts import listed_at
from crawlers.platforms.shared.window import later_of_last
from crawlers.platforms.sitemap.document import SitemapDocument
from crawlers.urls import host_of

_DAY = timedelta(days=1)
_LONGEST_DAY = len("2026-01-01")
"""Characters of a date without a time, as the protocol writes it."""


@dataclass(frozen=True)
class Listing:
    """``recent``: in the order to be read, those without a date last. ``reach``: nothing later is missing from the list,
    as far as its dates say. ``newest``: the latest date. ``older`` and ``foreign`` count what is left out."""

    recent: FeedDocument
    reach: datetime | None = None
    newest: datetime | None = None
    older: int = 0
    foreign: int = 0


def choose(document: SitemapDocument, source: Source, site: str, floor: datetime, now: datetime) -> Listing:
    """The entries of ``site`` (a host) dated from ``floor`` on, or not at all."""
    whole = FeedDocument(document.entries, language=document.language)
    # By the protocol a sitemap speaks for its own site only.
    own = [entry for entry in document.entries if entry.link is None or is_within(host_of(entry.link), site)]
    dated = [(entry, listed_at(entry, whole, source, now)) for entry in own]
    dated.sort(key=lambda item: item[1].timestamp() if item[1] is not None else 0.0, reverse=True)
    recent = tuple(entry for entry, moment in dated if moment is None or moment >= floor)
    # A day without a time counts from its end: the list may begin in the middle of it.
    moments = [moment + _DAY * is_day(_latest(entry)) for entry, moment in dated if moment is not None]
    return Listing(
        FeedDocument(recent, language=document.language),
        reach=later_of_last(sorted(moments, reverse=True)),
        newest=next((moment for _, moment in dated if moment is not None), None),
        older=len(dated) - len(recent),
        foreign=len(document.entries) - len(own),
    )


def changed_until(text: str | None, now: datetime) -> datetime | None:
    """The latest moment that a sitemap's lastmod can mean; None where it says nothing."""
    moment = read_date(text, now)[0]
    return moment + _DAY * is_day(text) if moment is not None else None


def is_day(text: str | None) -> bool:
    """Whether a date names a day without a time."""
    return len((text or "").strip()) <= _LONGEST_DAY


def is_within(host: str, site: str) -> bool:
    """Whether a host is the site's own, with or without www, or below it."""
    site = site.removeprefix("www.")
    return host == site or host.endswith(f".{site}")


def _latest(entry: FeedEntry) -> str | None:
    """The more exact of an entry's dates, as written."""
    return max((entry.published, entry.updated), key=lambda text: len(text or ""))
