"""Tagging what is due: the ledger's work goes through the tagger and back.

1. a batch is leased and read as a whole
2. a batch that cannot be read is read post by post; one that fails alone is to blame only while the model still reads a
   text that every model can read -> one attempt against it, the third quarantines it
3. a model that reads nothing, a machine without memory or disk, a ledger that is away -> nobody's attempt, all is due again
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from config import SourceRegister
from ledger import (
    Ledger,
    LedgerError,
    Stage,
    TagWork,
    Worker,
    claim_tag,
    commit_tags,
    due,
    reject,
    release,
    release_stage,
)
from nlp import ModelError, Tagger, TextInput
from records import Tags

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
    stop: threading.Event | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> TagReport:
    """Tags until nothing is due or leased. ``regions``: likely phone regions by source id; ``tell`` gets each batch's size.

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
            tagged += commit_tags(ledger, worker, _read(tagger, work, regions))
        except LedgerError:
            raise
        except Exception:  # noqa: BLE001 - whatever a model raises on one text must not stop the others
            log.warning("batch failed, trying post by post", posts=len(work))
            good, bad = _one_by_one(ledger, worker, tagger, work, regions)
            tagged, rejected = tagged + good, rejected + bad
        tell(len(work))
    return TagReport(tagged, rejected)


def _read(tagger: Tagger, work: Sequence[TagWork], regions: dict[str, tuple[str, ...]]) -> list[tuple[Any, Tags]]:
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


def _one_by_one(
    ledger: Ledger, worker: Worker, tagger: Tagger, work: Sequence[TagWork], regions: dict[str, tuple[str, ...]]
) -> tuple[int, int]:
    good = bad = 0
    for item in work:
        try:
            good += commit_tags(ledger, worker, _read(tagger, [item], regions))
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
