"""Which time each source should have been read in, and which it was (architecture, rule 7).

A source is due from its first poll on, whatever came of it, and wherever a window of it reaches: what a first poll found,
or an import declared, of the time before. It is due no longer after its last poll once it is off: retired (410), switched
off, or out of the register (`note_off`). An import is on no clock: it is due in the windows that it declared, nowhere else.
What lies in an open gap (ledger/gaps.py) is not covered, whatever a window claims.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.events import end_events
from ledger.gaps import Span, read_gaps, subtract
from ledger.polls import read_covered

OFF = "off"
"""Health of a source that is on a clock and, by the register, no longer read; its next poll writes over it."""


@dataclass(frozen=True)
class SourceWindows:
    """``windows`` that successful polls covered, merged where they touch, in order; due in [``since``, ``until``) besides.

    ``since`` is None for an import, ``until`` None for a source that is still read.
    """

    windows: tuple[tuple[datetime, datetime], ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @cached_property
    def begins(self) -> list[datetime]:
        """Where each window begins: a trend looks thousands of times in a year's windows."""
        return [begin for begin, _ in self.windows]


@repeated
def note_off(ledger: Ledger, running: Collection[str]) -> None:
    """Notes as off the sources on a clock that are not among those the register lets run."""
    table = schema.source_state
    on_clock = (table.c.next_due.is_not(None), table.c.health != OFF)
    with ledger.read() as conn:
        known = conn.execute(sa.select(table.c.source).where(*on_clock)).scalars().all()
    gone = set(known) - set(running)
    if not gone:
        return
    with ledger.write() as conn:
        conn.execute(table.update().where(table.c.source.in_(gone), *on_clock).values(health=OFF))
        end_events(conn, gone, ledger.now(conn))


def coverage_windows(ledger: Ledger) -> dict[str, SourceWindows]:
    """By source, when it was due and which windows were covered. Left out: imports that declared no window (unknown)."""
    with ledger.read() as conn:
        windows = _without_gaps(conn, read_covered(conn))
        due = _due(conn)
    return {
        name: SourceWindows(tuple(windows.get(name, ())), *due.get(name, (None, None)))
        for name in sorted(windows.keys() | due.keys())
    }


def _without_gaps(conn: sa.Connection, windows: dict[str, list[Span]]) -> dict[str, list[Span]]:
    gaps: dict[str, list[Span]] = {}
    for gap in read_gaps(conn, open_only=True):
        gaps.setdefault(gap.source, []).append((gap.start, gap.end))
    return {source: cut(spans, gaps[source]) if source in gaps else spans for source, spans in windows.items()}


def cut(spans: list[Span], gaps: list[Span]) -> list[Span]:
    """Spans, in order and apart from each other, without the gaps; each gap is looked at where it lies, since a source can
    have thousands of both."""
    waiting, left = deque(sorted(gaps)), list[Span]()
    for span in spans:
        holes = []
        while waiting and waiting[0][0] < span[1]:
            holes.append(waiting.popleft())
        left += subtract(span, holes)
        # What reaches beyond this span can hide a part of the next one, too.
        waiting.extendleft(reversed([hole for hole in holes if hole[1] > span[1]]))
    return left


def _due(conn: sa.Connection) -> dict[str, tuple[datetime, datetime | None]]:
    total, state = schema.source_total, schema.source_state
    query = (
        sa.select(total, state.c.retired, state.c.health)
        .join(state, state.c.source == total.c.source)
        # Imports leave the clock as they find it: empty.
        .where(sa.or_(state.c.retired, state.c.next_due.is_not(None)))
    )
    return {
        row.source: (row.first_started, row.last_ended if row.retired or row.health == OFF else None)
        for row in conn.execute(query)
    }
