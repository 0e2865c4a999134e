"""Importing a file: an import is a poll of kind import, with counts, faults and a window of its own.

1. the poll is written down
2. rows become posts, BATCH of them land in one transaction; bad rows are counted, kept raw, and the rest goes on
3. the poll is closed with what was counted; an import that was broken off can be repeated, nothing lands twice
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from config import Source
from crawlers.importers.convert import Converter
from crawlers.importers.mapping import ImportMapping
from crawlers.importers.problems import Problem, Row, RowFault
from crawlers.importers.rows import NotRowsError, read_rows
from crawlers.outcome import Outcome
from crawlers.version import daymark_version
from ledger import (
    LandReport,
    Ledger,
    PollResult,
    Worker,
    finish_poll,
    keep_rejected,
    land,
    make_worker,
    read_source,
    start_poll,
)
from records import AuthorKind, Capture, Landing, RawItem

BATCH = 500
"""Posts a transaction: a commit to disk costs milliseconds, and a batch of 500 short posts stays under a megabyte."""
KEPT_FAULTS = 1000
"""Bad rows kept raw, each in a transaction of its own; the ledger keeps no more of a source."""
SPREAD = "dates are spread, not real"

Window = tuple[datetime | None, datetime | None]


class ImportRefused(Exception):
    """The file is not imported at all; the message says why and what to do."""


@dataclass(frozen=True)
class ImportReport:
    """What became of the rows of a file: landed + problems = rows."""

    source: str
    file: str
    poll_id: int
    rows: int = 0
    landed: LandReport = field(default_factory=LandReport)
    problems: dict[str, Problem] = field(default_factory=dict)
    dates_unknown: int = 0
    date_faults: dict[str, int] = field(default_factory=dict)
    dates_spread: int = 0
    message: str = ""


def import_file(
    ledger: Ledger,
    path: Path,
    source: Source | str,
    mapping: ImportMapping | None = None,
    *,
    worker: Worker | None = None,
    window: Window = (None, None),
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Imports NDJSON or CSV as posts of ``source``.

    ``window`` is the time that the file covers, None where that is unknown. ``progress`` is called with the number of
    rows read, every BATCH of them. Raises ImportRefused for a file that is no NDJSON or CSV or cannot be read, and
    LedgerError when the ledger does not answer; what landed until then stays, and a repetition adds the rest.
    """
    source_id, author_kind = _source(source)
    _check_window(window)
    if not path.is_file():
        raise ImportRefused(f"there is no file {path}")
    moment = now or datetime.now(UTC)
    with _worker(ledger, worker) as owner:
        poll_id = start_poll(ledger, owner, source_id, moment)
        run = _Import(
            ledger, path, source_id, Converter(mapping or ImportMapping(), source_id, author_kind, moment), moment
        )
        try:
            for row in read_rows(path):
                run.take(row)
                if progress is not None and run.rows % BATCH == 0:
                    progress(run.rows)
            run.flush()
        except (NotRowsError, OSError) as exc:
            _finish(ledger, poll_id, source_id, run.report(poll_id), Outcome.FAILED, (None, None), str(exc))
            raise ImportRefused(str(exc)) from exc
        report = run.report(poll_id)
        outcome = _outcome(report)
        _finish(ledger, poll_id, source_id, report, outcome, window, report.message)
    return report


def _source(source: Source | str) -> tuple[str, AuthorKind]:
    if isinstance(source, str):
        return source, AuthorKind.PERSON
    if source.why_off is not None:
        raise ImportRefused(f"source {source.id}: {source.why_off}")
    return source.id, AuthorKind(source.author_kind)


def _check_window(window: Window) -> None:
    start, end = window
    if (start is None) != (end is None):
        raise ImportRefused("a window has two ends: give --window-from and --window-to, or neither")
    if start is not None and end is not None and start >= end:
        raise ImportRefused("the window ends before it begins")


@contextlib.contextmanager
def _worker(ledger: Ledger, worker: Worker | None) -> Iterator[Worker]:
    made: AbstractContextManager[Worker] = make_worker(ledger) if worker is None else contextlib.nullcontext(worker)
    with made as owner:
        yield owner


class _Import:
    """One import under way."""

    def __init__(self, ledger: Ledger, path: Path, source: str, converter: Converter, now: datetime) -> None:
        self._ledger = ledger
        self._path = path
        self._source = source
        self._converter = converter
        self._capture = _capture(path, now)
        self._batch: list[Landing] = []
        self._landed = LandReport()
        self._problems: dict[str, Problem] = {}
        self._kept = 0
        self._dates: Counter[str] = Counter()
        self.rows = 0

    def take(self, row: Row) -> None:
        """Lands or rejects one row."""
        self.rows += 1
        if row.values is None:
            self._reject(row, row.fault or "unreadable")
            return
        try:
            converted = self._converter.convert(row.values)
        except RowFault as exc:
            self._reject(row, exc.reason)
            return
        if converted.date_fault is not None:
            self._dates[converted.date_fault] += 1
        self._dates["spread"] += converted.spread
        self._dates["unknown"] += converted.post.published_at is None
        raw = RawItem(body=row.raw, media_type="application/json" if row.raw[:1] == b"{" else "text/csv")
        self._batch.append(Landing(post=converted.post, raw=raw, capture=self._capture))
        if len(self._batch) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Lands what was gathered."""
        self._landed += land(self._ledger, self._batch)
        self._batch = []

    def _reject(self, row: Row, reason: str) -> None:
        known = self._problems.get(reason)
        self._problems[reason] = Problem(known.count + 1, known.first_line) if known else Problem(1, row.line)
        if self._kept < KEPT_FAULTS:
            self._kept += 1
            keep_rejected(self._ledger, self._source, reason, row.raw)

    def report(self, poll_id: int) -> ImportReport:
        """What was counted so far."""
        faults = {name: number for name, number in self._dates.items() if name not in ("spread", "unknown") and number}
        return ImportReport(
            source=self._source,
            file=self._path.name,
            poll_id=poll_id,
            rows=self.rows,
            landed=self._landed,
            problems=dict(self._problems),
            dates_unknown=self._dates["unknown"],
            date_faults=faults,
            dates_spread=self._dates["spread"],
            message=self._message(),
        )

    def _message(self) -> str:
        parts = [f"import of {self._path.name}"]
        if self._dates["spread"]:
            parts.append(f"{SPREAD}: {self._dates['spread']} rows without date")
        if self._dates["unknown"]:
            parts.append(f"{self._dates['unknown']} rows of unknown date")
        parts += [
            f"{problem.count} rows {reason}, first in line {problem.first_line}"
            for reason, problem in sorted(self._problems.items())
        ]
        return "; ".join(parts)


def _capture(path: Path, now: datetime) -> Capture:
    # The file stays the operator's: its digest says which one it was, its posts are kept raw one by one.
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Capture(
        capture_id=uuid4().hex,
        url=path.name,
        fetched_at=now,
        status=0,
        sha256=digest,
        body=b"",
        spider="import",
        version=daymark_version(),
    )


def _outcome(report: ImportReport) -> Outcome:
    if not report.rows:
        return Outcome.EMPTY
    unread = sum(problem.count for problem in report.problems.values())
    return Outcome.FAILED if unread == report.rows else Outcome.OK


def _finish(
    ledger: Ledger, poll_id: int, source: str, report: ImportReport, outcome: Outcome, window: Window, message: str
) -> None:
    landed = report.landed
    counts = {
        "seen": report.rows,
        "new": landed.new,
        "revised": landed.revised,
        "unchanged": landed.unchanged,
        "tombstoned": landed.tombstoned,
        **report.date_faults,
    }
    if report.dates_spread:
        counts["dates_spread"] = report.dates_spread
    if report.dates_unknown:
        counts["dates_unknown"] = report.dates_unknown
    result = PollResult(
        outcome=outcome.value,
        finished=datetime.now(UTC),
        counts=counts,
        not_landed={reason: problem.count for reason, problem in report.problems.items()},
        window_from=window[0] if outcome is Outcome.OK else None,
        window_to=window[1] if outcome is Outcome.OK else None,
        message=message,
    )
    # A source that is also polled keeps its own clock.
    finish_poll(ledger, poll_id, result, read_source(ledger, source).next_due)
