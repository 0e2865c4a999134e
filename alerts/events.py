"""What befell the sources since the last digest, for subscriptions that ask for it.

1. candidates  events that began or ended from `since` up to the window's end, and in a subscription's first digest all that
               last; gaps in collection are events too
2. told        what earlier digests told, a beginning and an end apart    -> left out
3. shown       as it stood at the window's end: begun, ended, or both

`since` reaches back behind the window (alerts.making): an event that was written down late is told of in the next digest.
"""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.digest import EventNote
from alerts.windows import Window
from ledger import Ledger, OutboxWindow, SourceEvent, read_events

_ENDED = ".ended"
_EVER = datetime.min.replace(tzinfo=UTC)


def find_events(ledger: Ledger, window: Window, since: datetime, earlier: list[OutboxWindow]) -> tuple[EventNote, ...]:
    """The events to tell of, the longest first."""
    told = {key for past in earlier if past.told for key in past.events}
    events = read_events(ledger, since if earlier else _EVER, window.end)
    if not earlier:
        events = [event for event in events if event.ended_at is None or event.ended_at >= since]
    notes = (_make_note(event, since if earlier else _EVER, told) for event in events)
    return tuple(note for note in notes if note is not None)


def _make_note(event: SourceEvent, since: datetime, told: set[str]) -> EventNote | None:
    begun = event.noted_at >= since and event.key not in told
    ended = event.ended_at is not None and event.ended_at >= since and event.key + _ENDED not in told
    if not begun and not ended:
        return None
    keys = [*([event.key] if begun else []), *([event.key + _ENDED] if ended else [])]
    return EventNote(
        keys=tuple(keys),
        source=event.source,
        kind=event.kind.value,
        since=event.since,
        detail=event.detail,
        ended_at=event.ended_at,
        ending=event.ending,
    )
