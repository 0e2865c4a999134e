"""The ledger: the truth about every post, on SQLite or PostgreSQL. Tables and guarantees: ledger/schema.py."""

from ledger.audit import AuditEntry, read_audit
from ledger.database import Ledger, open_ledger
from ledger.erasure import Erasure, compact, erase_author, erase_post
from ledger.errors import LedgerError, LedgerUnavailable
from ledger.families import resolve_family
from ledger.landing import LandReport, land
from ledger.posts import (
    HousekeepingReport,
    Original,
    expected_documents,
    housekeep,
    mark_removed,
    open_original,
    read_post,
)
from ledger.quarantine import Quarantined, list_quarantine, replay
from ledger.rows import Deletion, IndexWork, Stage, State, StoredPost, TagWork
from ledger.sources import (
    PollResult,
    SourceState,
    Validators,
    claim_sources,
    coverage_windows,
    finish_poll,
    keep_rejected,
    not_landed_counts,
    read_source,
    read_sources,
    read_validators,
    start_poll,
)
from ledger.status import StatusCounts, status_counts
from ledger.tagging import commit_tags
from ledger.work import (
    ack_deletes,
    ack_indexed,
    claim_deletes,
    claim_index,
    claim_tag,
    due,
    mark_all_due,
    mark_due,
    mark_retag,
    reject,
    release,
)
from ledger.workers import Worker, make_worker

__all__ = [
    "AuditEntry",
    "Deletion",
    "Erasure",
    "HousekeepingReport",
    "IndexWork",
    "LandReport",
    "Ledger",
    "LedgerError",
    "LedgerUnavailable",
    "Original",
    "PollResult",
    "Quarantined",
    "SourceState",
    "Stage",
    "State",
    "StatusCounts",
    "StoredPost",
    "TagWork",
    "Validators",
    "Worker",
    "ack_deletes",
    "ack_indexed",
    "claim_deletes",
    "claim_index",
    "claim_sources",
    "claim_tag",
    "commit_tags",
    "compact",
    "coverage_windows",
    "due",
    "erase_author",
    "erase_post",
    "expected_documents",
    "finish_poll",
    "housekeep",
    "keep_rejected",
    "land",
    "list_quarantine",
    "make_worker",
    "mark_all_due",
    "mark_due",
    "mark_removed",
    "mark_retag",
    "not_landed_counts",
    "open_ledger",
    "open_original",
    "read_audit",
    "read_post",
    "read_source",
    "read_sources",
    "read_validators",
    "reject",
    "release",
    "replay",
    "resolve_family",
    "start_poll",
    "status_counts",
]
