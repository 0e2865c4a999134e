"""Tagging what is due: the ledger's work goes through the tagger and back.

1. a batch is leased and read as a whole
2. a batch that cannot be read is read post by post; one that fails alone is to blame only while the model still reads a
   text that every model can read -> one attempt against it, the third quarantines it
3. a model that reads nothing, a machine without memory or disk, a ledger that is away -> nobody's attempt, all is due again
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from config import SourceRegister
from crawlers import Hosts, find_places
from ledger import (
    CitedPlace,
    Ledger,
    LedgerError,
    Stage,
    StoredPost,
    TagWork,
    Worker,
    claim_tag,
    commit_tags,
    due,
    read_raw_items,
    reject,
    release,
    release_stage,
)
from nlp import ModelError, Tagger, TextInput
from records import PROTECTED_KINDS, Tags

log = structlog.get_logger("daymark")

TAG_BATCH = 256
"""Posts in one lease: a few seconds of work, so that a stop is quick and a death costs little."""
PROOF = TextInput(text="The ferry to the island leaves at noon.")
"""What every model can read: if it fails on this too, the model is at fault and no post."""
WAIT_SECONDS = 0.5
"""Between looks at the ledger while another worker holds the last posts."""


@dataclass(frozen=True)
class TagReport:
    """What one drain of the tag stage did."""

    tagged: int = 0
    rejected: int = 0


def drain_tag(
    ledger: Ledger,
    worker: Worker,
    tagger: Tagger,
    regions: dict[str, tuple[str, ...]],
    *,
    hosts: Hosts | None = None,
    stop: threading.Event | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> TagReport:
    """Tags until nothing is due or leased. ``regions``: likely phone regions by source id; ``tell`` gets each batch's size;
    ``hosts``: servers whose places have no address of their own form (crawlers/places.py).

    A batch whose reading fails is retried post by post; a post that fails alone, while the model still reads a text that
    everybody can read, counts one attempt against itself. Raises ModelError when the model reads nothing any more, and
    MemoryError or OSError as they come: then no post is to blame, and the batch is due again. Raises LedgerUnavailable when
    the ledger does not answer; the next drain gives back what was claimed.
    """
    release_stage(ledger, worker, Stage.TAG)
    tagged = rejected = 0
    while not (stop and stop.is_set()):
        work = claim_tag(ledger, worker, TAG_BATCH)
        if not work:
            if due(ledger, Stage.TAG) == (0, 0):
                break
            time.sleep(WAIT_SECONDS)
            continue
        try:
            tagged += _commit(ledger, worker, _read(tagger, work, regions), hosts)
        except LedgerError:
            raise
        except Exception:  # noqa: BLE001 - whatever a model raises on one text must not stop the others
            log.warning("batch failed, trying post by post", posts=len(work))
            good, bad = _one_by_one(ledger, worker, tagger, work, regions, hosts)
            tagged, rejected = tagged + good, rejected + bad
        tell(len(work))
    return TagReport(tagged, rejected)


def _read(
    tagger: Tagger, work: Sequence[TagWork], regions: dict[str, tuple[str, ...]]
) -> list[tuple[StoredPost, Tags]]:
    inputs = [
        TextInput(
            text=item.post.text,
            title=item.post.title,
            media_text=item.post.media_text,
            lang_hint=item.post.lang_hint,
            regions=regions.get(item.post.source, ()),
        )
        for item in work
    ]
    return [(item.post, tags) for item, tags in zip(work, tagger.tag(inputs), strict=True)]


def _commit(ledger: Ledger, worker: Worker, done: Sequence[tuple[StoredPost, Tags]], hosts: Hosts | None) -> int:
    return commit_tags(ledger, worker, done, _cited(ledger, done, hosts))


def _cited(
    ledger: Ledger, done: Sequence[tuple[StoredPost, Tags]], hosts: Hosts | None
) -> Mapping[str, Collection[CitedPlace]]:
    """The places that posts on topic link to, whatever their labels; not of people who ask for help or give it."""
    telling = [
        post for post, tags in done if tags.is_on_topic and tags.kind not in PROTECTED_KINDS and not tags.referral
    ]
    raw = read_raw_items(ledger, {post.post_id: post.revision for post in telling})
    return {
        post.post_id: find_places(
            (post.title, post.text, post.media_text),
            raw.get(post.post_id, b""),
            own=[address for address in (post.url, post.native_id) if address],
            hosts=hosts,
        )
        for post in telling
    }


def _one_by_one(
    ledger: Ledger,
    worker: Worker,
    tagger: Tagger,
    work: Sequence[TagWork],
    regions: dict[str, tuple[str, ...]],
    hosts: Hosts | None,
) -> tuple[int, int]:
    good = bad = 0
    for item in work:
        try:
            good += _commit(ledger, worker, _read(tagger, [item], regions), hosts)
        except (LedgerError, MemoryError, OSError):
            release(ledger, worker, [other.post.post_id for other in work])
            raise
        except Exception as exc:
            # The type alone: a model's message can quote the text.
            fault = type(exc).__name__
            if not is_alive(tagger):
                release(ledger, worker, [other.post.post_id for other in work])
                raise ModelError(
                    f"the classifier reads nothing any more ({fault}): restart, or see `model info`"
                ) from exc
            reject(ledger, worker, Stage.TAG, item.post.post_id, f"the classifier failed: {fault}")
            bad += 1
    return good, bad


def is_alive(tagger: Tagger) -> bool:
    """Whether the model reads what every model can read; asked before a text is blamed."""
    try:
        tagger.tag([PROOF])
    except Exception:  # noqa: BLE001 - whatever it raises now, no post is to blame
        return False
    return True


def source_regions(register: SourceRegister) -> dict[str, tuple[str, ...]]:
    """Likely phone regions by source id."""
    return {source.id: source.regions for source in register.sources}
