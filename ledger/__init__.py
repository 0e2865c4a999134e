"""The ledger: the truth about every post, on SQLite or PostgreSQL. Tables and guarantees: ledger/schema.py."""

from ledger.audit import AuditEntry, read_audit
from ledger.claims import claim_source, give_back
from ledger.coverage import SourceWindows, coverage_windows, note_off
from ledger.database import Ledger
from ledger.deletions import ack_deletes, claim_deletes
from ledger.documents import DocumentCounts, Place, count_documents, read_places
from ledger.erasure import Erasure, compact, erase_author, erase_post
from ledger.errors import LedgerError, LedgerUnavailable
from ledger.events import Sign, Signs, SourceEvent, open_events, read_events
from ledger.families import resolve_families, resolve_family
from ledger.gaps import ANSWERED, Gap, KnownGap, note_gap, open_gaps, read_until
from ledger.identity import ledger_identity
from ledger.kept import KeptDelivery, hold_broken_off, read_broken_off, read_kept, update_kept
from ledger.landing import LandReport, land
from ledger.opening import ledger_fingerprint, open_ledger
from ledger.outbox import (
    OutboxItem,
    OutboxState,
    OutboxWindow,
    claim_outbox,
    enqueue,
    outbox_key,
    record_dead,
    record_down,
    record_failed,
    record_sent,
    release_outbox,
)
from ledger.outbox_view import OutboxCounts, last_window_end, outbox_counts, read_windows
from ledger.polls import not_landed_counts
from ledger.posts import (
    HousekeepingReport,
    Original,
    expected_documents,
    housekeep,
    mark_removed,
    open_original,
    read_post,
    tagged_posts,
)
from ledger.proposals import (
    CitedPlace,
    Proposal,
    ProposalState,
    decide_proposal,
    list_proposals,
    prune_proposals,
    read_proposal,
    read_raw_items,
)
from ledger.quarantine import Quarantined, list_quarantine, replay
from ledger.recheck_turns import AGES as RECHECK_AGES
from ledger.recheck_turns import GIVEN_UP as RECHECKS_GIVEN_UP
from ledger.recheck_turns import SKIPPED as RECHECKS_SKIPPED
from ledger.recheck_turns import (
    MissedRechecks,
    Watched,
    count_rechecks,
    due_rechecks,
    missed_rechecks,
    recheck_wanted,
    skip_rechecks,
)
from ledger.rechecks import Rechecked, RecheckOutcome, Settled, settle_rechecks, watch_landed
from ledger.redoing import count_read_otherwise, mark_all_due, mark_due, mark_retag
from ledger.register import note_addresses
from ledger.robots import RobotsFacts
from ledger.rows import Deletion, IndexWork, Stage, State, StoredPost, TagWork
from ledger.servers import Claim, ServerFacts, Verdict, claim_server, closed_servers, release_server
from ledger.sources import (
    BACKLOG,
    PollResult,
    SourceState,
    Validators,
    finish_poll,
    keep_rejected,
    newly_posted,
    read_source,
    read_sources,
    read_validators,
    start_poll,
)
from ledger.spending import SPENT, note_spent
from ledger.status import StatusCounts, status_counts
from ledger.streams import advance_poll, known_among, mark_author_removed
from ledger.tagged import ReadPosts, TaggedPost, count_read, read_tagged
from ledger.tagging import commit_tags
from ledger.tombstones import erased_among
from ledger.waiting import note_waiting, read_waiting
from ledger.work import ack_indexed, claim_index, claim_tag, due, reject, release, release_stage
from ledger.workers import Worker, make_worker

__all__ = [
    "ANSWERED",
    "BACKLOG",
    "RECHECKS_GIVEN_UP",
    "RECHECKS_SKIPPED",
    "RECHECK_AGES",
    "SPENT",
    "AuditEntry",
    "CitedPlace",
    "Claim",
    "Deletion",
    "DocumentCounts",
    "Erasure",
    "Gap",
    "HousekeepingReport",
    "IndexWork",
    "KeptDelivery",
    "KnownGap",
    "LandReport",
    "Ledger",
    "LedgerError",
    "LedgerUnavailable",
    "MissedRechecks",
    "Original",
    "OutboxCounts",
    "OutboxItem",
    "OutboxState",
    "OutboxWindow",
    "Place",
    "PollResult",
    "Proposal",
    "ProposalState",
    "Quarantined",
    "ReadPosts",
    "RecheckOutcome",
    "Rechecked",
    "RobotsFacts",
    "ServerFacts",
    "Settled",
    "Sign",
    "Signs",
    "SourceEvent",
    "SourceState",
    "SourceWindows",
    "Stage",
    "State",
    "StatusCounts",
    "StoredPost",
    "TagWork",
    "TaggedPost",
    "Validators",
    "Verdict",
    "Watched",
    "Worker",
    "ack_deletes",
    "ack_indexed",
    "advance_poll",
    "claim_deletes",
    "claim_index",
    "claim_outbox",
    "claim_server",
    "claim_source",
    "claim_tag",
    "closed_servers",
    "commit_tags",
    "compact",
    "count_documents",
    "count_read",
    "count_read_otherwise",
    "count_rechecks",
    "coverage_windows",
    "decide_proposal",
    "due",
    "due_rechecks",
    "enqueue",
    "erase_author",
    "erase_post",
    "erased_among",
    "expected_documents",
    "finish_poll",
    "give_back",
    "hold_broken_off",
    "housekeep",
    "keep_rejected",
    "known_among",
    "land",
    "last_window_end",
    "ledger_fingerprint",
    "ledger_identity",
    "list_proposals",
    "list_quarantine",
    "make_worker",
    "mark_all_due",
    "mark_author_removed",
    "mark_due",
    "mark_removed",
    "mark_retag",
    "missed_rechecks",
    "newly_posted",
    "not_landed_counts",
    "note_addresses",
    "note_gap",
    "note_off",
    "note_spent",
    "note_waiting",
    "open_events",
    "open_gaps",
    "open_ledger",
    "open_original",
    "outbox_counts",
    "outbox_key",
    "prune_proposals",
    "read_audit",
    "read_broken_off",
    "read_events",
    "read_kept",
    "read_places",
    "read_post",
    "read_proposal",
    "read_raw_items",
    "read_source",
    "read_sources",
    "read_tagged",
    "read_until",
    "read_validators",
    "read_waiting",
    "read_windows",
    "recheck_wanted",
    "record_dead",
    "record_down",
    "record_failed",
    "record_sent",
    "reject",
    "release",
    "release_outbox",
    "release_server",
    "release_stage",
    "replay",
    "resolve_families",
    "resolve_family",
    "settle_rechecks",
    "skip_rechecks",
    "start_poll",
    "status_counts",
    "tagged_posts",
    "update_kept",
    "watch_landed",
]
