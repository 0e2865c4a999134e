"""Making the digest of a window from the index, checked against the ledger."""

from __future__ import annotations

from datetime import datetime

from alerts.digest import Digest
from alerts.figures import make_changes, make_coverage, make_trends, read_models
from alerts.leads import LATE, find_leads, group_routes
from alerts.windows import Window
from config import Subscription
from indexer import Index
from ledger import Ledger, OutboxWindow, coverage_windows, resolve_family, status_counts
from records import Label


def make_digest(
    ledger: Ledger,
    index: Index,
    subscription: Subscription,
    window: Window,
    earlier: list[OutboxWindow],
    now: datetime,
) -> tuple[Digest, tuple[str, ...]]:
    """The digest, and all families it counts as told, those above the cap included.

    ``earlier``: the windows that were looked at before, oldest first. Raises IndexUnavailable or LedgerUnavailable.
    """
    since = max(window.start - LATE, earlier[0].start) if earlier else window.start
    told = frozenset(
        resolve_family(ledger, family) for past in earlier if past.end > since - LATE for family in past.families
    )
    with_leads = Label.SMUGGLING_OFFER in subscription.labels
    found = find_leads(ledger, index, subscription, window, since, told) if with_leads else None
    leads = found.leads if found is not None else ()
    windows = coverage_windows(ledger)
    counts = status_counts(ledger)
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
        coverage=make_coverage(windows, window, now),
        coverage_before=make_coverage(windows, window.before, now),
        waiting=counts.landed + counts.tagged,
        models=read_models(index, window, subscription.timezone, windows, now),
        more=max(0, len(leads) - subscription.cap),
        again=found.again if found is not None else 0,
        withheld=found.withheld if found is not None else 0,
    )
    return digest, tuple(lead.family for lead in leads)
