"""What status and sources tell of sources: open events and gaps, since when, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cli.output import print_table, print_text
from config import Project, Source, SourceKind
from crawlers import SourceHealth, overdue_by, source_health
from ledger import KnownGap, Ledger, SourceEvent, SourceState, open_events, open_gaps
from records import EventKind, GapReason


def read_troubles(ledger: Ledger, running: Collection[str]) -> tuple[list[SourceEvent], list[KnownGap]]:
    """The open events, gaps left out, and the open gaps of the sources that run."""
    events = [event for event in open_events(ledger, running) if event.kind is not EventKind.GAP]
    return events, open_gaps(ledger, running)


def judge_sources(
    sources: Collection[Source],
    project: Project,
    states: Mapping[str, SourceState],
    events: Collection[SourceEvent],
    now: datetime,
) -> dict[str, SourceHealth]:
    """How each source fares, by id."""
    silences = {event.source: event for event in events if event.kind is EventKind.SILENT}
    return {s.id: source_health(s, project, states[s.id], now, silences.get(s.id)) for s in sources}


@dataclass(frozen=True)
class Overdue:
    """How late polls are. ``minutes``: by id, of the sources that are late by more than their interval. ``polled``: how many
    run, are polled and were read before; ``never_read``: how many of those that run are still to be read for the first time."""

    minutes: Mapping[str, int]
    polled: int
    never_read: int

    @property
    def line(self) -> str:
        """One line on an overload, for people; empty where there is none."""
        if not self.minutes:
            return ""
        unread = f" ({self.never_read:,} more were never read yet)" if self.never_read else ""
        return (
            f"{len(self.minutes):,} of {self.polled:,} sources are overdue by more than their interval{unread}, the latest by "
            f"{timedelta(minutes=max(self.minutes.values()))}: look whether the service runs, give it more places "
            "(DAYMARK_POLLS) or the sources longer intervals"
        )


def find_overdue(
    sources: Collection[Source],
    states: Mapping[str, SourceState],
    health: Mapping[str, SourceHealth],
    now: datetime,
) -> Overdue:
    """How late the polls of the running sources are; imports and streams are not polled, and what is retired is not read."""
    polled = [
        source
        for source in sources
        if health[source.id].word != "off"
        and not (source.is_stream or source.kind is SourceKind.IMPORT or states[source.id].retired)
    ]
    late = {source.id: overdue_by(source, states[source.id], now) for source in polled}
    unread = sum(states[source.id].next_due is None for source in polled)
    minutes = {source: int(by / timedelta(minutes=1)) for source, by in late.items() if by}
    return Overdue(minutes, len(polled) - unread, unread)


def event_row(event: SourceEvent) -> dict[str, Any]:
    """An event in the shape of `status --json`."""
    return {
        "source": event.source,
        "kind": event.kind.value,
        "since": event.since.isoformat(timespec="seconds"),
        "detail": event.detail,
        "advice": _advice(event.kind, event.source),
    }


def gap_row(gap: KnownGap) -> dict[str, Any]:
    """A gap in the shape of `status --json`."""
    return {
        "source": gap.source,
        "from": gap.start.isoformat(timespec="seconds"),
        "to": gap.end.isoformat(timespec="seconds"),
        "why": gap.why,
        "detail": gap.detail,
        "found_at": gap.found_at.isoformat(timespec="seconds"),
    }


def print_troubles(events: Sequence[dict[str, Any]], gaps: Sequence[dict[str, Any]]) -> None:
    """Both for people; nothing where all is well."""
    if events:
        columns = ("source", "event", "since", "what")
        print_table("events", columns, [[row["source"], row["kind"], row["since"], row["detail"]] for row in events])
        for row in events:
            print_text(f"  {row['source']}: {row['advice']}")
    if gaps:
        told = [
            [row["source"], row["from"], row["to"], f"{GapReason(row['why']).words}; {row['detail']}"] for row in gaps
        ]
        print_table("gaps (in trends this time counts as not covered)", ("source", "from", "to", "why"), told)
        print_text(f"  {_advice(EventKind.GAP, 'ID')}")


def _advice(kind: EventKind, source: str) -> str:
    return kind.advice.replace("ID", source)
