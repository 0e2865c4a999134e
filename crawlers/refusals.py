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
_REFUSALS = (Outcome.BLOCKED.value, Outcome.ROBOTS_DENIED.value)


def pause_after_refusal(result: TaskResult, server: str, before: str = "") -> timedelta | None:
    """How long a source on ``server`` is left alone that refused us; None where it did not. ``before``: the word for its last
    poll, see SourceState.health."""
    if result.outcome is Outcome.BLOCKED:
        return BLOCKED_PAUSE if before in _REFUSALS else FIRST_PAUSE
    if result.outcome is not Outcome.ROBOTS_DENIED:
        return None
    return None if _is_away(result, server) else DENIED_PAUSE


def _is_away(result: TaskResult, server: str) -> bool:
    """Whether a server is down that closes the source like one that forbids: it shows no robots.txt, and has said nothing."""
    found = {name: news.robots.verdict for name, news in result.servers.items() if news.robots is not None}
    own = found.get(server)
    if own in (RobotsVerdict.FORBIDS, RobotsVerdict.UNREADABLE):
        return own is RobotsVerdict.UNREADABLE
    # Another one to which its address leads.
    return RobotsVerdict.UNREADABLE in found.values()
