"""The index template: settings, analysis and a strict mapping. A field that is not named here is refused by the server."""

from __future__ import annotations

from typing import Any

from indexer.elastic.names import SCHEMA_VERSION, Names
from records import Label

ENGAGEMENT = (
    "likes", "favourites", "replies", "comments", "reposts", "reblogs", "shares", "quotes", "views", "reactions", "forwards",
)  # fmt: skip
"""Counts that platforms give. Others are kept with the document but cannot be charted until they are named here."""

_LONGEST_KEYWORD = 8191
"""Lucene takes terms of up to 32,766 bytes; 8191 characters of any script stay below it."""


def keyword() -> dict[str, Any]:
    """A word that is filtered, counted and grouped by."""
    return {"type": "keyword", "ignore_above": _LONGEST_KEYWORD}


def text() -> dict[str, Any]:
    """Text for people's own searches in Kibana; Daymark's queries go to `body`."""
    return {"type": "text", "analyzer": "neutral"}


def plain(kind: str) -> dict[str, Any]:
    """A field of a type without options."""
    return {"type": kind}


def scores() -> dict[str, Any]:
    """One number a label, and one for being on topic. half_float: compared to a threshold, three digits are enough."""
    return {"properties": {name: plain("half_float") for name in (*map(str, Label), "on_topic")}}


def make_properties() -> dict[str, Any]:
    """The mapping's fields under the contract's names; `body` and `hashtag_folded` are searched, never stored or shown."""
    return {
        **{name: keyword() for name in ("post_id", "platform", "source", "url", "author", "lang", "kind", "family")},
        **{name: keyword() for name in ("hashtags", "hashtag_folded", "labels", "sub_labels", "referral")},
        **{name: keyword() for name in ("mentions", "thread", "reply_to", "quotes")},
        **{name: plain("date") for name in ("published_at", "collected_at", "removed_at", "engagement_read_at")},
        **{name: plain("boolean") for name in ("published_estimated", "on_topic", "covered", "reviewed")},
        **{name: text() for name in ("title", "text", "media_text")},
        "body": {"type": "text", "analyzer": "tokens", "norms": True},
        "engagement": {"dynamic": False, "properties": {name: plain("long") for name in ENGAGEMENT}},
        "scores": scores(),
        "thresholds": scores(),
        "model": {"properties": {"name": keyword(), "version": keyword()}},
        "revision": plain("integer"),
        "doc_version": plain("long"),
        "offer": {
            "properties": {
                **{name: keyword() for name in ("origin", "transit", "destination", "modes", "service", "payment")},
                **{name: keyword() for name in ("departure", "price_unit", "currency", "contact")},
                "price_eur": plain("double"),
            }
        },
    }


def make_settings() -> dict[str, Any]:
    """Settings of each monthly index."""
    return {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        "codec": "best_compression",
        # Analysts read by the day; fewer refreshes leave more for writing.
        "refresh_interval": "10s",
        # An erased document's version is remembered so long; default 60 s, less than a worker's lease and its renewal.
        "gc_deletes": "1h",
        # Erasure frees bytes also where few documents of a segment were erased; default 10 % would leave them.
        "merge.policy.expunge_deletes_allowed": 0,
        "analysis": {
            "analyzer": {
                "neutral": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "asciifolding"]},
                # indexer.normalise made the tokens already: both backends find the same.
                "tokens": {"type": "custom", "tokenizer": "whitespace"},
            }
        },
    }


def make_template(names: Names) -> dict[str, Any]:
    """The body of the index template."""
    return {
        "index_patterns": [names.pattern],
        "priority": 200,
        "template": {
            "settings": {"index": make_settings()},
            "mappings": {
                "dynamic": "strict",
                "_meta": {"schema_version": SCHEMA_VERSION},
                "_source": {"excludes": ["body", "hashtag_folded"]},
                "properties": make_properties(),
            },
            "aliases": {names.alias: {}},
        },
        "_meta": {"schema_version": SCHEMA_VERSION},
    }
