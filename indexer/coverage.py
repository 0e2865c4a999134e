"""Coverage of a bucket: how many sources should have been read in it, and how many were, without a gap (rule 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from indexer.grammar import FieldIs, Query

Windows = Mapping[str, Sequence[tuple[datetime, datetime]]]
"""By source, the time spans that successful polls covered, as `ledger.coverage_windows` gives them: merged, in order."""


GRACE = timedelta(minutes=30)
"""The youngest half hour is not asked for: twice the usual interval between two polls, within which nobody is late."""


@dataclass(frozen=True)
class Coverage:
    """Sources that were due in a bucket, and those of them whose windows cover all of it, up to half an hour ago."""

    sources_due: int
    sources_ok: int


def cover(windows: Windows, start: datetime, end: datetime, now: datetime) -> Coverage:
    """The coverage of [start, end). A source is due from its first window on; nothing is due in a bucket to come."""
    if start >= now:
        return Coverage(0, 0)
    due = [spans for spans in windows.values() if spans and spans[0][0] < end]
    until = max(start, min(end, now - GRACE))
    return Coverage(len(due), sum(_covers(spans, start, until) for spans in due))


def of_sources(windows: Windows, query: Query) -> Windows:
    """The windows of the sources that a query can find posts of."""
    wanted = dict(windows)
    for term in query.required:
        if isinstance(term, FieldIs) and term.field == "source":
            wanted = {source: spans for source, spans in wanted.items() if source in term.values}
    for term in query.excluded:
        if isinstance(term, FieldIs) and term.field == "source":
            wanted = {source: spans for source, spans in wanted.items() if source not in term.values}
    return wanted


def _covers(spans: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime) -> bool:
    at = start
    for begin, stop in spans:
        if begin <= at < stop:
            at = stop
    return at >= end
