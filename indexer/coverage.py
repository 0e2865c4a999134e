"""Coverage of a bucket: how many sources should have been read in it, and how many were, without a gap (rule 7)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from indexer.grammar import FieldIs, Query
from ledger import SourceWindows

Windows = Mapping[str, SourceWindows]
"""By source, when it was due and what successful polls covered, as `ledger.coverage_windows` gives them."""

GRACE = timedelta(minutes=30)
"""The youngest half hour is not asked for: twice the usual interval between two polls, within which nobody is late."""


@dataclass(frozen=True)
class Coverage:
    """Sources that were due in a bucket, and those of them whose windows cover all of it, up to half an hour ago."""

    sources_due: int
    sources_ok: int


def cover(windows: Windows, start: datetime, end: datetime, now: datetime) -> Coverage:
    """The coverage of [start, end); nothing is due in a bucket to come.

    In a bucket that began within the last half hour a source is ok if it was read half an hour ago.
    """
    if start >= now:
        return Coverage(0, 0)
    until = min(end, now - GRACE)
    due = [source for source in windows.values() if _is_due(source, start, end)]
    return Coverage(len(due), sum(_covers(source, min(start, until), until) for source in due))


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


def _is_due(source: SourceWindows, start: datetime, end: datetime) -> bool:
    if source.since is not None and source.since < end and (source.until is None or source.until > start):
        return True
    last = bisect_left(source.begins, end) - 1
    return last >= 0 and source.windows[last][1] > start


def _covers(source: SourceWindows, start: datetime, end: datetime) -> bool:
    last = bisect_right(source.begins, start) - 1
    return last >= 0 and source.windows[last][1] >= end
