"""Rows of one file land in the ledger, BATCH of them in one transaction; what does not fit is counted and kept raw.

No row ends an import: one at which the converter fails, or whose values the database refuses, is rejected alone.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from crawlers.importers.convert import Converts
from crawlers.importers.problems import Problem, Row, RowFault
from crawlers.importers.report import ImportReport
from crawlers.importers.rows import FileKind, kind_of
from crawlers.version import daymark_version
from ledger import LandReport, Ledger, LedgerError, keep_rejected, land
from records import Capture, Landing, RawItem

BATCH = 500
"""Posts a transaction: a commit to disk costs milliseconds, and a batch of 500 short posts stays under a megabyte."""
KEPT_FAULTS = 1000
"""Bad rows kept raw, each in a transaction of its own; the ledger keeps no more of a source."""
FAULT = "fault_in_daymark"
"""Reason of a row at which the converter failed in a way that nobody thought of."""

log = logging.getLogger(__name__)
"""Of faults by row, for --debug: they are counted and shown by reason, and a file may have a million."""


class RowLanding:
    """One import under way. Raises OSError for a file that cannot be read, NotRowsError for one of a kind that is not."""

    def __init__(self, ledger: Ledger, path: Path, source: str, converter: Converts, now: datetime) -> None:
        self._ledger = ledger
        self._path = path
        self._source = source
        self._converter = converter
        self._capture = _capture(path, now)
        self._media_type = "text/csv" if kind_of(path) is FileKind.CSV else "application/json"
        self._batch: list[tuple[Row, Landing]] = []
        self._landed = LandReport()
        self._problems: dict[str, Problem] = {}
        self._remarks: dict[str, Problem] = {}
        self._kept = 0
        self._date_faults: Counter[str] = Counter()
        self._spread = 0
        self._unknown = 0
        self.rows = 0

    def take(self, row: Row) -> None:
        """Lands or rejects one row. Raises LedgerError."""
        self.rows += 1
        if row.values is None:
            self._reject(row, row.fault or "unreadable")
            return
        try:
            converted = self._converter.convert(row.values)
        except RowFault as exc:
            self._reject(row, exc.reason)
            return
        except Exception as exc:  # noqa: BLE001  a fault of ours that this row brought to light
            log.debug("line %s cannot be converted: %s", row.line, type(exc).__name__)
            self._reject(row, FAULT)
            return
        for word in (row.remark, *converted.remarks, *(f"repaired_{word}" for word in converted.post.repairs)):
            if word is not None:
                _count(self._remarks, word, row.line)
        if converted.date_fault is not None:
            self._date_faults[converted.date_fault] += 1
        self._spread += converted.spread
        self._unknown += converted.post.published_at is None
        raw = RawItem(body=row.raw, media_type=self._media_type)
        self._batch.append((row, Landing(post=converted.post, raw=raw, capture=self._capture)))
        if len(self._batch) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Lands what was gathered. Raises LedgerError."""
        batch, self._batch = self._batch, []
        try:
            self._landed += land(self._ledger, [landing for _, landing in batch])
        except LedgerError:
            raise
        except Exception as exc:  # noqa: BLE001  the driver refuses some value: find out whose
            log.debug("a batch was refused by the database: %s", type(exc).__name__)
            self._land_one_by_one(batch)

    def _land_one_by_one(self, batch: list[tuple[Row, Landing]]) -> None:
        for row, landing in batch:
            try:
                self._landed += land(self._ledger, [landing])
            except LedgerError:
                raise
            except Exception as exc:  # noqa: BLE001  any refusal is this row's own now
                log.debug("line %s was refused by the database: %s", row.line, type(exc).__name__)
                self._reject(row, "not_storable")

    def _reject(self, row: Row, reason: str) -> None:
        _count(self._problems, reason, row.line)
        if self._kept < KEPT_FAULTS:
            self._kept += 1
            keep_rejected(self._ledger, self._source, reason, row.raw)

    def report(self, poll_id: int) -> ImportReport:
        """What was counted so far."""
        return ImportReport(
            source=self._source,
            file=self._path.name,
            poll_id=poll_id,
            rows=self.rows,
            landed=self._landed,
            problems=dict(self._problems),
            remarks=dict(self._remarks),
            dates_unknown=self._unknown,
            date_faults=dict(self._date_faults),
            dates_spread=self._spread,
        )


def _count(found: dict[str, Problem], word: str, line: int) -> None:
    known = found.get(word)
    found[word] = Problem(known.count + 1, known.first_line) if known else Problem(1, line)


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
