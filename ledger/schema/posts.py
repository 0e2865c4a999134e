"""Posts as they came: their wordings, the bytes and the responses that they came in."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, false, text

from ledger.schema.columns import Serial, UtcDateTime, metadata


def _linked(name: str) -> Index:
    there = text(f"{name} IS NOT NULL")
    return Index(f"post_{name}", name, sqlite_where=there, postgresql_where=there)


post = Table(
    "post",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("post_id", String(32), nullable=False, unique=True),
    Column("platform", String, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("doc_version", BigInteger, nullable=False),
    Column("content_hash", String(32), nullable=False),
    Column("url", Text),
    Column("author", String(16), index=True),
    Column("author_scope", String),
    Column("author_kind", String, nullable=False),
    Column("lang_hint", String),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("media_text", Text, nullable=False),
    Column("hashtags", JSON, nullable=False),
    Column("mentions", JSON(none_as_null=True)),
    Column("reply_to", String(32)),
    Column("thread", String(32)),
    Column("quotes", String(32)),
    Column("engagement", JSON, nullable=False),
    Column("engagement_read_at", UtcDateTime),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_estimated", Boolean, nullable=False),
    Column("month", String(7), nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("collected_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
    Column("stripped", Boolean, nullable=False, default=False),
    Column("expunge", Boolean, nullable=False, default=False, server_default=false()),
    Column("family", String(16)),
    Column("tagged_at", UtcDateTime),
    Column("model_version", String),
    Column("on_topic", Boolean),
    Column("is_offer", Boolean, nullable=False, default=False),
    Column("retag", Boolean, nullable=False, default=False),
    Column("indexed_version", BigInteger),
    Column("worker", BigInteger),
    Column("lease_stage", String),
    Column("alone", Boolean, nullable=False, default=False),
    Column("deaths", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("failed_stage", String),
    Column("failed_reason", Text),
    Column("failed_at", UtcDateTime),
    Index("post_state", "state", "seq"),
    # Of leased posts only: SQLite would look for free ones in it, that is, go through all posts for every claim.
    Index(
        "post_worker",
        "worker",
        sqlite_where=text("worker IS NOT NULL"),
        postgresql_where=text("worker IS NOT NULL"),
    ),
    Index("post_retag", "retag", "seq"),
    Index("post_family", "family"),
    Index("post_removed", "removed_at"),
    *(_linked(name) for name in ("reply_to", "thread", "quotes")),
    sqlite_autoincrement=True,  # else SQLite gives the number of an erased post to the next one
)

revision = Table(
    "revision",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("media_text", Text, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("collected_at", UtcDateTime, nullable=False),
)

raw = Table(
    "raw",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("capture_id", String(32), nullable=False, index=True),
    Column("media_type", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

capture = Table(
    "capture",
    metadata,
    Column("capture_id", String(32), primary_key=True),
    Column("source", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False, index=True),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("spider", String, nullable=False),
    Column("version", String, nullable=False),
    Column("body", LargeBinary),
)

capture_item = Table(
    "capture_item",
    metadata,
    Column("capture_id", String(32), primary_key=True),
    Column("post_id", String(32), primary_key=True, index=True),
)
