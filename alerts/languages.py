"""Languages that the model does not assess: no post in them ever gets a label, so that a digest about them would be silent for
ever, and its reader would take that for "no adverts"."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from config import Subscription
from indexer import EVERYTHING, Query, where


def in_languages(subscription: Subscription) -> Query:
    """Posts in the subscription's languages."""
    return where("lang", *subscription.languages) if subscription.languages else EVERYTHING


def uncovered_languages(subscription: Subscription, assessed: Collection[str]) -> tuple[str, ...]:
    """Those of the languages it names that the model does not assess, in its order."""
    return tuple(code for code in subscription.languages if code not in assessed) if subscription.labels else ()


def language_warnings(subscriptions: Iterable[Subscription], assessed: Collection[str]) -> list[str]:
    """A line for each subscription that names languages which the model does not assess: which, and what that means."""
    return [
        f"subscription {item.id}: the model does not assess {', '.join(uncovered)} (it assesses "
        f"{', '.join(sorted(assessed)) or 'no language'}): no post in {'them' if len(uncovered) > 1 else 'it'} gets a label, so "
        "nothing that is written there is ever found; its digests say how many posts were not assessed (docs/digests.md)"
        for item in subscriptions
        if item.enabled and (uncovered := uncovered_languages(item, assessed))
    ]
