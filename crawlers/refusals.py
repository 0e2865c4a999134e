"""Which ends of a poll are a refusal, and how long each is heeded before anybody asks again."""

from __future__ import annotations

from datetime import timedelta

from crawlers.outcome import Outcome
from crawlers.task import RobotsVerdict, TaskResult

FIRST_PAUSE = timedelta(days=1)
"""After one 401, 403, 451, log-in or bot wall: a stray one is common (Bluesky's search has them), and a feed shows some days."""
BLOCKED_PAUSE = timedelta(days=7)
"""After the next one: no is no. Few ever open again, and one request a week finds those."""
DENIED_PAUSE = timedelta(days=1)
"""After a robots.txt that forbids: it is there to be asked, and RFC 9309 has nobody keep it for more than a day."""


def pause_after_refusal(result: TaskResult, failures: int = 0) -> timedelta | None:
    """How long a source is left alone that refused us; None where it did not. ``failures``: in a row before this poll."""
    if result.outcome is Outcome.BLOCKED:
        return BLOCKED_PAUSE if failures else FIRST_PAUSE
    if result.outcome is not Outcome.ROBOTS_DENIED:
        return None
    robots = (news.robots for news in result.servers.values() if news.robots is not None)
    # A server that is down for minutes shows no robots.txt, which closes it like one that forbids: that is no word of its.
    is_away = any(found.verdict is RobotsVerdict.UNREADABLE for found in robots)
    return None if is_away else DENIED_PAUSE
