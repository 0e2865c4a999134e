"""What a poll says of its source beyond its own outcome: the rules by which an event begins and ends.

failing         FAILING_AFTER polls in a row went wrong             until one succeeds
blocked         the server refuses us, or its robots.txt does       until a poll succeeds
                (one that cannot be read is a failure)
retired         the server says that it is gone for good            until a poll of its new address succeeds
silent          rate.py: it answers, and has brought nothing for    until it brings something: its rate falls meanwhile,
                longer than its usual rate lets expect, up to this  so that the rule alone would call it usual again
                poll; time after it is not known yet
below_minimum   a full read shows fewer than expect.min_posts       until a poll succeeds
above_maximum   a full read shows more than expect.max_posts        until one shows no more than that

An empty answer says neither that a source is well nor that it is not: a quiet hashtag and a list that was closed without a
word look the same. It ends nothing, and what usually brings something is silent by it, too.
"""

from __future__ import annotations

from datetime import datetime

from crawlers.outcome import ABOVE_MAXIMUM, BELOW_MINIMUM, Outcome
from crawlers.rate import is_silent
from crawlers.refusals import pause_after_refusal
from crawlers.task import TaskResult
from ledger import Sign, Signs, SourceState, newly_posted
from records import EventKind

FAILING_AFTER = 3
"""Failures in a row: at 15 minutes an hour and three quarters with the back-off, longer than most restarts and updates."""
_MENDED = frozenset({EventKind.FAILING, EventKind.BLOCKED, EventKind.RETIRED, EventKind.BELOW_MINIMUM})


def read_signs(
    state: SourceState, result: TaskResult, rate: float | None, started: datetime, server: str = ""
) -> Signs:
    """The signs of a poll that began at ``started``; ``state`` and the usual ``rate`` are those before it, ``server`` is the
    source's."""
    holding, over = [], set[EventKind]()
    if result.outcome in (Outcome.OK, Outcome.NOT_MODIFIED):
        over |= _MENDED
    if result.counts.get(ABOVE_MAXIMUM):
        holding.append(Sign(EventKind.ABOVE_MAXIMUM, started, "more items than expect.max_posts"))
    elif result.outcome is Outcome.OK:
        over.add(EventKind.ABOVE_MAXIMUM)
    if newly_posted(result.counts):
        over.add(EventKind.SILENT)
    elif result.outcome.is_success and state.last_new and is_silent(rate, result.finished - state.last_new):
        holding.append(Sign(EventKind.SILENT, state.last_new, _silence(rate, state.last_new)))
    if not result.outcome.is_success:
        holding += _trouble(state, result, started, server)
    return Signs(tuple(holding), frozenset(over))


def _trouble(state: SourceState, result: TaskResult, started: datetime, server: str) -> list[Sign]:
    if result.retired:
        return [Sign(EventKind.RETIRED, started, "the server said that it is gone for good (410)")]
    if pause_after_refusal(result, server) is not None:
        return [Sign(EventKind.BLOCKED, started, f"the last poll ended as {result.outcome.value}")]
    if result.counts.get(BELOW_MINIMUM):
        return [Sign(EventKind.BELOW_MINIMUM, started, "fewer items than expect.min_posts")]
    failures = state.failures + 1
    if failures < FAILING_AFTER:
        return []
    return [Sign(EventKind.FAILING, None, f"{failures} polls in a row went wrong, the last as {result.outcome.value}")]


def _silence(rate: float | None, since: datetime) -> str:
    # No count of days: the words stand as long as the event lasts.
    return f"nothing new since {since:%Y-%m-%d %H:%M} UTC; {(rate or 0) * 24:.1f} posts a day were usual"
