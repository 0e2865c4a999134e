"""How a source fares, in one word and why: the same for everybody who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config import Project, Source, SourceKind
from crawlers.rate import Rate, is_silent
from crawlers.timing import why_off
from ledger import SourceState

OFF, SILENT = "off", "silent"


@dataclass(frozen=True)
class SourceHealth:
    """``word``: off; silent, for one that answers and brings nothing for too long; `new`, before its first poll; else what the
    last poll came to. ``why``: one line, empty where there is nothing to say."""

    word: str
    why: str


def source_health(source: Source, project: Project, state: SourceState, now: datetime) -> SourceHealth:
    """What `status` and `sources` say of a source."""
    # An import is never polled, which is no reason to call it off.
    reason = source.why_off if source.kind is SourceKind.IMPORT else why_off(source, project, now)
    if reason is not None:
        return SourceHealth(OFF, reason)
    rate = Rate(state.rate, state.rate_hours).known
    if rate is not None and state.health == "ok" and state.last_new and is_silent(rate, now - state.last_new):
        return SourceHealth(SILENT, _silence(rate, now - state.last_new))
    return SourceHealth(state.health, state.message)


def _silence(rate: float, since: timedelta) -> str:
    return (
        f"it answers, with nothing new for {since / timedelta(days=1):.1f} days; {rate * 24:.1f} posts a day were usual"
    )
