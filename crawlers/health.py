"""How a source fares, in one word and why: the same for everybody who asks.

Silence is the word of the polls, not of the clock: it begins and ends with the event of that name (crawlers/signs.py). Time
in which nobody asked is none, and a rate that fell with the silence ends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import Project, Source, SourceKind
from crawlers.outcome import Outcome
from crawlers.timing import why_off
from ledger import SourceEvent, SourceState

OFF, SILENT = "off", "silent"
_ANSWERS = ("ok", Outcome.EMPTY.value)
_REFUSALS = (Outcome.BLOCKED.value, Outcome.ROBOTS_DENIED.value)


@dataclass(frozen=True)
class SourceHealth:
    """``word``: off; silent, for one that answers and brings nothing for too long; `new`, before its first poll; else what the
    last poll came to. ``why``: one line, empty where there is nothing to say."""

    word: str
    why: str


def source_health(
    source: Source, project: Project, state: SourceState, now: datetime, silence: SourceEvent | None = None
) -> SourceHealth:
    """What `status` and `sources` say of a source; ``silence`` is its event of that kind, if one lasts."""
    # An import is never polled, which is no reason to call it off.
    reason = source.why_off if source.kind is SourceKind.IMPORT else why_off(source, project, now)
    if reason is not None:
        return SourceHealth(OFF, reason)
    if silence is not None and state.health in _ANSWERS:
        return SourceHealth(SILENT, f"it answers, with {silence.detail}")
    if state.health in _REFUSALS and state.next_due is not None:
        again = f"asked again on {state.next_due:%Y-%m-%d %H:%M} UTC, or now by: daymark collect --source {source.id}"
        return SourceHealth(state.health, "; ".join(part for part in (state.message, again) if part))
    return SourceHealth(state.health, state.message)
