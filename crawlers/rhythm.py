"""What the end of a poll says of its source's rhythm: its rate, when it is polled next, and the signs of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import Source
from crawlers.rate import Rate
from crawlers.signs import read_signs
from crawlers.task import TaskResult
from crawlers.timing import hours_empty, hours_read, is_off_beat, next_connection, next_due
from ledger import Signs, SourceState, newly_posted


@dataclass(frozen=True)
class Ended:
    """A poll that has ended. ``state`` and ``read_until`` are the ledger's words before it."""

    source: Source
    state: SourceState
    read_until: datetime | None
    server: str
    started: datetime
    in_bunch: bool
    """Whether more sources were due at once than there are places."""
    result: TaskResult


@dataclass(frozen=True)
class Rhythm:
    """What follows from it."""

    rate: Rate
    due: datetime
    signs: Signs


def find_rhythm(poll: Ended, now: datetime, *, recheck: datetime | None, is_followed: bool) -> Rhythm:
    """``now``: the moment the turn was asked for; ``recheck``: by when a post wants to be asked for again, if that hurries the
    poll; ``is_followed``: a stream that is connected to again and again."""
    result, state = poll.result, poll.state
    new = newly_posted(result.counts)
    hours = hours_read(state, result)
    before = Rate(state.rate, state.rate_hours)
    rate = before.then(new, hours)
    due = next_due(
        poll.source,
        result,
        state.failures,
        max(poll.started, now),
        poll.server,
        rate=rate.then(0, hours_empty(state, result, poll.read_until)).known,
        lately=new / hours if hours else 0.0,
        spread=poll.in_bunch and is_off_beat(poll.source, state, poll.started),
        recheck=recheck,
        health=state.health,
    )
    if is_followed:
        due = next_connection(due, result, state.failures)
    return Rhythm(rate, due, read_signs(state, result, before.known, poll.started, poll.server))
