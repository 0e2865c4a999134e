"""What is left to do and to answer for: leases, erasures, messages to people, who did what."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String, Table, Text

from ledger.schema.columns import Serial, UtcDateTime, metadata

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("renewed", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # else a worker that was reaped while it lived would share its id, and leases, with the next
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("what", String, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

deletion = Table(
    "deletion",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("month", String(7), nullable=False),
    Column("doc_version", BigInteger, nullable=False),
    Column("due", UtcDateTime, nullable=False, index=True),
    Column("rounds", Integer, nullable=False, default=0),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("subscription", String, nullable=False, index=True),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("window_from", UtcDateTime, nullable=False),
    Column("window_to", UtcDateTime, nullable=False),
    Column("message", JSON, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("receipt", Text),
    Column("worker", BigInteger),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("reason", Text, nullable=False),
)
