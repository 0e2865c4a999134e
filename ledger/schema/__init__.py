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

from ledger.schema.columns import UtcDateTime, metadata
from ledger.schema.duties import audit, deletion, meta, outbox, tombstone, worker
from ledger.schema.posts import capture, capture_item, post, raw, revision
from ledger.schema.readings import band, family, signature, tags
from ledger.schema.sources import (
    citation,
    covered,
    gap,
    poll,
    proposal,
    recheck,
    rejected,
    server,
    source_event,
    source_state,
    source_total,
    validator,
)

__all__ = [
    "REVISION",
    "UtcDateTime",
    "audit",
    "band",
    "capture",
    "capture_item",
    "citation",
    "covered",
    "deletion",
    "family",
    "gap",
    "meta",
    "metadata",
    "outbox",
    "poll",
    "post",
    "proposal",
    "raw",
    "recheck",
    "rejected",
    "revision",
    "server",
    "signature",
    "source_event",
    "source_state",
    "source_total",
    "tags",
    "tombstone",
    "validator",
    "worker",
]

REVISION = "0010"
"""The migration this code works with; a test holds it equal to the newest file under migrations/."""
