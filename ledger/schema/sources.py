"""Sources and the servers they are on: how they are read, and what of their time is known."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from ledger.schema.columns import Serial, UtcDateTime, metadata

source_state = Table(
    "source_state",
    metadata,
    Column("source", String, primary_key=True),
    Column("cursor", JSON, nullable=False),
    Column("register_url", Text),
    Column("url", Text),
    Column("retired", Boolean, nullable=False, default=False),
    Column("next_due", UtcDateTime),
    Column("not_before", UtcDateTime),
    Column("last_attempt", UtcDateTime),
    Column("last_success", UtcDateTime),
    Column("last_new", UtcDateTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("rate", Float, nullable=False, default=0.0, server_default="0"),
    Column("rate_hours", Float, nullable=False, default=0.0, server_default="0"),
    Column("robots_verdict", Text),
    Column("robots_sha256", String(64)),
    Column("robots_read_at", UtcDateTime),
    Column("robots_changed_at", UtcDateTime),
    Column("health", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("worker", BigInteger),
)

server = Table(
    "server",
    metadata,
    Column("server", String, primary_key=True),
    Column("worker", BigInteger),
    Column("source", String),
    Column("not_before", UtcDateTime),
    Column("last_request", UtcDateTime),
    Column("crawl_delay", Float, nullable=False, default=0.0),
)

validator = Table(
    "validator",
    metadata,
    Column("source", String, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
)

poll = Table(
    "poll",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False, index=True),
    Column("started", UtcDateTime, nullable=False, index=True),
    Column("finished", UtcDateTime),
    Column("outcome", String),
    Column("counts", JSON),
    Column("not_landed", JSON),
    Column("window_from", UtcDateTime),
    Column("window_to", UtcDateTime),
    Column("message", Text),
    Column("worker", BigInteger),
)

covered = Table(
    "covered",
    metadata,
    Column("source", String, primary_key=True),
    Column("span_from", UtcDateTime, primary_key=True),
    Column("span_to", UtcDateTime, nullable=False),
)

source_total = Table(
    "source_total",
    metadata,
    Column("source", String, primary_key=True),
    Column("first_started", UtcDateTime, nullable=False),
    Column("last_ended", UtcDateTime, nullable=False),
    Column("not_landed", JSON, nullable=False),
)

gap = Table(
    "gap",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("gap_from", UtcDateTime, nullable=False),
    Column("gap_to", UtcDateTime, nullable=False),
    Column("why", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index("gap_open", "source", "closed_at"),
)

source_event = Table(
    "source_event",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ending", Text),
    Index("source_event_open", "source", "ended_at"),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

recheck = Table(
    "recheck",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("source", String, nullable=False),
    Column("lookup", Text, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False, index=True),
    Column("unclear", Integer, nullable=False, default=0),
    Index("recheck_due", "source", "due"),
)

proposal = Table(
    "proposal",
    metadata,
    Column("place", String(16), primary_key=True),
    Column("platform", String, nullable=False),
    Column("address", Text),
    Column("state", String, nullable=False, index=True),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String),
    Column("source", String),
)

citation = Table(
    "citation",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("place", String(16), primary_key=True, index=True),
)
