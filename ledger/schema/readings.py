"""What a model reads in posts, and the families of near-copies that follow from it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from ledger.schema.columns import Serial, UtcDateTime, metadata

tags = Table(
    "tags",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
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
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("family", String(16), nullable=False, unique=True),
    Column("merged_into", String(16), index=True),
)
