"""Making the digest of a window from the index, checked against the ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from alerts.digest import Digest
from alerts.events import find_events
from alerts.figures import (
    count_reading,
    count_undated,
    make_changes,
    make_coverage,
    make_trends,
    read_models,
)
from alerts.languages import uncovered_languages
from alerts.leads import LATE, find_leads, group_routes
from alerts.windows import Window
from config import Subscription
from indexer import Index
from ledger import Ledger, OutboxWindow, coverage_windows, resolve_families, status_counts
from records import Label

MISSED = timedelta(days=28)
"""How far back offers are told of anew that stood in digests which reached nobody: what is older is history, not news."""


def make_digest(
    ledger: Ledger,
    index: Index,
    subscription: Subscription,
    window: Window,
    earlier: list[OutboxWindow],
    now: datetime,
    assessed: Collection[str] | None = None,
) -> tuple[Digest, tuple[str, ...]]:
    """The digest, and all families it counts as told, those above the cap included.

    ``earlier``: the windows that were looked at before, oldest first. ``assessed``: the languages that the model assesses, None
    where that is not known: then it is not said why posts were not assessed. Raises IndexUnavailable or LedgerUnavailable.
    """
    since = _since(window, earlier)
    past = (family for past in earlier if past.told and past.end > since - LATE for family in past.families)
    told = frozenset(resolve_families(ledger, past).values())
    with_leads = Label.SMUGGLING_OFFER in subscription.labels
    found = find_leads(ledger, index, subscription, window, since, told) if with_leads else None
    leads = found.leads if found is not None else ()
    windows = coverage_windows(ledger)
    counts = status_counts(ledger)
    reading = count_reading(ledger, subscription, window, assessed)
    digest = Digest(
        subscription=subscription.id,
        title=subscription.title,
        zone=subscription.zone,
        languages=subscription.languages,
        routes_wanted=subscription.routes,
        min_score=subscription.min_score,
        start=window.start,
        end=window.end,
        made_at=now,
        routes=group_routes(leads[: subscription.cap]),
        changes=make_changes(index, subscription, window) if with_leads else (),
        trends=make_trends(index, subscription, window),
        undated=count_undated(index, subscription),
        assessed=reading.assessed,
        unassessed=reading.unassessed,
        uncovered=uncovered_languages(subscription, assessed) if assessed is not None else (),
        unassessed_uncovered=reading.uncovered,
        unassessed_unknown=reading.unknown,
        coverage=make_coverage(windows, window, now),
        coverage_before=make_coverage(windows, window.before, now),
        waiting=counts.landed + counts.tagged,
        models=read_models(index, window, subscription.timezone, windows, now),
        more=max(0, len(leads) - subscription.cap),
        again=found.again if found is not None else 0,
        tells_events=subscription.events,
        events=find_events(ledger, window, since, earlier) if subscription.events else (),
        withheld=found.withheld if found is not None else 0,
    )
    return digest, tuple(lead.family for lead in leads)


def _since(window: Window, earlier: list[OutboxWindow]) -> datetime:
    if not earlier:
        return window.start
    missed = [past.start for past in earlier if not past.told and past.start >= window.start - MISSED]
    return max(min([window.start - LATE, *missed]), earlier[0].start)
