"""The tables of the ledger.

post        one row per post_id, the current revision; state is one of landed, tagged, indexed, quarantined
tombstone   what is left of an erased post or author: a keyed hash. `what` is post (counted as erased), author, or
            unseen: a post that was blocked before it ever landed
revision    earlier wordings, one row per (post_id, revision) that was replaced
raw         the item's own bytes, one per (post_id, revision), written with its post, never changed, deletable
capture     one row per response that brought something new; its body goes after 72 hours, its address with the last post
            that it held
tags        every reading a model made, with its origin; the newest of a post's current revision is `current`
worker      the owners of leases: host, process, start time, last renewal
server      one row per server that is read: its lease, its ban, its delay; shared by all sources that are on it
recheck     one row per post that is asked for again, with when and by what
poll        every attempt to read a source, with its outcome and the window it covered (kept: retention.poll_days)
covered     time of a source that successful polls covered, in spans that do not touch
source_total  one row per source ever polled: since when, until when, and what was seen and not landed
gap         time of a source that was to be read and was not, with its bounds; closed when a later reading covers it
source_event  what befell a source (failing, blocked, silent, ...), from when, until when
proposal    a public place that posts on topic link to, and what a person decided; of a refused one only its keyed hash is left
citation    one row per (post, place it links to): the evidence

Guarantee: a post is in exactly one state; landed + tagged + indexed + quarantined + erased = posts ever seen.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.engine import Dialect

REVISION = "0010"
"""The migration this code works with; a test holds it equal to the newest file under migrations/."""

metadata = MetaData()

# SQLite gives a table's row id away only to a column typed INTEGER.
_Serial = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, held in UTC on both engines and always returned with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses times without zone: they would silently shift by the machine's offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Puts the zone back that SQLite does not keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
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


def _linked(name: str) -> Index:
    there = text(f"{name} IS NOT NULL")
    return Index(f"post_{name}", name, sqlite_where=there, postgresql_where=there)


post = Table(
    "post",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
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

tags = Table(
    "tags",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("post_id", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("model_name", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("body", JSON, nullable=False),
    Index("tags_post", "post_id", "current"),
)

signature = Table(
    "signature",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("minhash", LargeBinary, nullable=False),
)

band = Table(
    "band",
    metadata,
    Column("band", BigInteger, primary_key=True),
    Column("post_id", String(32), primary_key=True, index=True),
)

family = Table(
    "family",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("family", String(16), nullable=False, unique=True),
    Column("merged_into", String(16), index=True),
)

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
    Column("id", _Serial, primary_key=True, autoincrement=True),
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
    Column("id", _Serial, primary_key=True, autoincrement=True),
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
    Column("id", _Serial, primary_key=True, autoincrement=True),
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
    Column("id", _Serial, primary_key=True, autoincrement=True),
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

worker = Table(
    "worker",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("renewed", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # else a worker that was reaped while it lived would share its id, and leases, with the next
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
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("reason", Text, nullable=False),
)
