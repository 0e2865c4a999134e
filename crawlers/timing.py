"""Which sources may be polled, and when the next time comes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from config import Project, Source, SourceKind
from crawlers.outcome import Outcome
from crawlers.rate import interval_for
from crawlers.refusals import pause_after_refusal
from crawlers.task import TaskResult
from ledger import SourceState

LONGEST_BACKOFF = timedelta(days=1)
"""A source that came back is noticed within a day."""
JITTER = 0.2
"""Share of a back-off that is random, so that sources that failed together do not come back together."""

SPREAD = 0.05
"""Share by which each interval is longer or shorter, so that sources that were started together drift apart."""

FIRST_PAUSE = timedelta(seconds=2)
"""Before a lost stream is connected to again: most servers are restarted within seconds."""
LONGEST_AWAY = timedelta(minutes=15)
"""Between two tries of a stream: it forgets after 36 hours, so it is not left alone for a day as a poll's server is."""

LONGEST_WAIT = timedelta(seconds=60)
"""For a server; crawlers/politeness/robots.py reads no server that asks for more. A longer one is left to the
schedule."""


def why_off(source: Source, project: Project, now: datetime) -> str | None:
    """Why a source is not polled at all, or None."""
    if source.kind is SourceKind.IMPORT:
        return "an import: use `daymark import`"
    if project.ends is not None and now.date() > project.ends:
        return f"collection ended on {project.ends} (project.yaml)"
    if source.kind is SourceKind.TELEGRAM and not project.reads_telegram:
        return "project.yaml states no telegram_basis: on which legal basis Telegram is read (docs/sources.md)"
    return source.why_off


def may_be_due(state: SourceState, now: datetime) -> bool:
    """Asked of all sources at once: taking a lease is a transaction, and most sources are not due."""
    passed = [moment is None or moment <= now for moment in (state.next_due, state.not_before)]
    return not state.retired and all(passed)


def waits_since(state: SourceState) -> datetime | None:
    """Since when a source may be polled; None for one that was never read, or whose address is new."""
    if state.next_due is None:
        return None
    return max(state.next_due, state.not_before or state.next_due)


def overdue_by(source: Source, state: SourceState, now: datetime) -> timedelta:
    """How late the poll of a source is where that is more than its interval, else 0.

    Of one that was never read nobody knows since when it waits, and a stream is read all the time.
    """
    since = waits_since(state)
    if since is None or state.retired or source.is_stream or source.kind is SourceKind.IMPORT:
        return timedelta()
    return now - since if now - since > source.interval else timedelta()


def is_off_beat(source: Source, state: SourceState, started: datetime) -> bool:
    """Whether a poll did not come at its turn: the first one, or late by an interval, as all are after a stop.

    Many of those at once would come back together, in one bunch for hours: each waits up to twice its interval, once, and
    so takes a place of its own.
    """
    return state.next_due is None or started - state.next_due >= source.interval


def next_due(
    source: Source,
    result: TaskResult,
    failures: int,
    started: datetime,
    server: str = "",
    *,
    rate: float | None = None,
    lately: float = 0.0,
    recheck: datetime | None = None,
    spread: bool = False,
    health: str = "",
) -> datetime:
    """When to poll again: after an interval that follows the source's ``rate``; after a failure interval * 2^failures, at most
    a day; after a refusal as long as crawlers/refusals.py says, at least.

    ``failures`` are those in a row before this poll, ``health`` is the word for the last of them, ``lately`` is the rate of this
    one. A ``recheck`` that would come late brings the next poll forward, down to the source's shortest interval. Nothing comes
    before the time that the source's ``server`` asked for. ``spread``: the interval is up to doubled; see is_off_beat.
    """
    delay = interval_for(source, rate, lately) * (1 + SPREAD * (2 * random.random() - 1))  # noqa: S311  no secret
    if spread:
        delay *= 1 + random.random()  # noqa: S311  no secret
    if recheck is not None:
        delay = min(delay, recheck - started)
    delay = max(delay, source.interval)
    if not result.outcome.is_success:
        delay = max(_back_off(source, result, failures, server, health), source.interval)
    news = result.servers.get(server)
    asked = (result.not_before, result.quiet_until, news.not_before if news is not None else None)
    return max([started + delay, *(moment for moment in asked if moment is not None)])


def _back_off(source: Source, result: TaskResult, failures: int, server: str, health: str) -> timedelta:
    # A stream's server keeps what was missed for a day and a half only.
    refused = None if source.is_stream else pause_after_refusal(result, server, health)
    if refused is not None:
        return refused * (1 + SPREAD * random.random())  # noqa: S311  no secret
    doubled: timedelta = source.interval * 2 ** min(failures + 1, 16)
    early = JITTER * random.random()  # noqa: S311  no secret
    return min(doubled, max(LONGEST_BACKOFF, source.interval)) * (1 - early)


def next_connection(due: datetime, result: TaskResult, failures: int) -> datetime:
    """When a stream that is followed is connected to again: at once; after a failure 2 s * 2^failures, up to LONGEST_AWAY.

    One that was refused, or asked to wait, is left alone until ``due``, as a poll would leave it.
    """
    if result.outcome.is_success:
        return result.finished
    if result.outcome not in (Outcome.FAILED, Outcome.TIMEOUT, Outcome.KILLED) or result.not_before is not None:
        return due
    delay: timedelta = FIRST_PAUSE * 2 ** min(failures, 16) * (1 + random.random())  # noqa: S311  no secret
    return result.finished + min(delay, LONGEST_AWAY)


def hours_read(state: SourceState, result: TaskResult) -> float:
    """Hours since the success before this one: what a poll brought is of that time. 0 where either is no success.

    Nor does an empty answer count: it brings `last_success` no further, so its hours would be counted again and again.
    """
    if state.last_success is None or not result.outcome.is_success or result.outcome is Outcome.EMPTY:
        return 0.0
    return _hours(result.finished - state.last_success)


def hours_empty(state: SourceState, result: TaskResult, read_until: datetime | None) -> float:
    """Hours that an empty answer has nothing to show for, since the last success or else the first poll; 0 of any other.

    They make the source slower, as if it posted nothing, and are no part of its rate. ``read_until``: as the ledger says it.
    """
    since = state.last_success or read_until
    return _hours(result.finished - since) if result.outcome is Outcome.EMPTY and since is not None else 0.0


def _hours(span: timedelta) -> float:
    return max(0.0, span / timedelta(hours=1))
