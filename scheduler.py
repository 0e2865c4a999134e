"""The service: collects, tags, indexes and alerts, each on its own clock.

collect  every 10 s the sources that are due, several at a time, each in its own process; a slow one delays no other
tag      every 5 s, until nothing is due
index    every 5 s, until nothing is due
alert    every 30 s: digests whose window has closed, then the outbox
keep     every hour: what may no longer be kept goes

A job that fails is logged with one line and runs again at its next tick; the ledger says what is left to do. SIGTERM lets
each job finish the batch it holds and ends within seconds; what was claimed is given back.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from alerts import deliver, prepare, recall
from config import Project, Settings, SourceRegister, load_project, load_sources, load_subscriptions
from crawlers import CrawlProcesses, PollSummary
from crawlers import collect as poll_sources
from indexer import Index, IndexReport, drain_index
from ledger import (
    HousekeepingReport,
    Ledger,
    LedgerError,
    Stage,
    TagWork,
    Worker,
    claim_tag,
    commit_tags,
    due,
    housekeep,
    reject,
    release,
    release_stage,
)
from nlp import Tagger, TextInput
from records import Tags

log = structlog.get_logger("daymark")

TAG_BATCH = 256
"""Posts in one lease: a few seconds of work, so that a stop is quick and a death costs little."""
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

    A batch whose reading fails is retried post by post; a post that fails alone counts one attempt against itself. Raises
    LedgerUnavailable when the ledger does not answer; the next drain gives back what was claimed.
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
            done = _read(tagger, work, regions)
            tagged += commit_tags(ledger, worker, done)
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
        except LedgerError:
            release(ledger, worker, [other.post.post_id for other in work])
            raise
        except Exception as exc:  # noqa: BLE001 - the reason is recorded with the post
            # The type alone: a model's message can quote the text.
            reject(ledger, worker, Stage.TAG, item.post.post_id, f"the classifier failed: {type(exc).__name__}")
            bad += 1
    return good, bad


def source_regions(register: SourceRegister) -> dict[str, tuple[str, ...]]:
    """Likely phone regions by source id."""
    return {source.id: source.regions for source in register.sources}


@dataclass(frozen=True)
class Rooms:
    """All that the service wires together."""

    settings: Settings
    project: Project
    register: SourceRegister
    ledger: Ledger
    worker: Worker
    tagger: Tagger
    index: Index
    processes: CrawlProcesses
    stop: threading.Event


def collect(rooms: Rooms) -> list[PollSummary]:
    """Polls the due sources once. The register is read anew: an accepted source is read without a restart."""
    register = load_sources(rooms.settings.data)
    project = load_project(rooms.settings.data)
    return poll_sources(
        rooms.ledger,
        rooms.worker,
        register.sources,
        project,
        rooms.settings,
        parallel=PROCESSES,
        processes=rooms.processes,
    )


def tag(rooms: Rooms) -> TagReport:
    """Tags what is due."""
    return drain_tag(rooms.ledger, rooms.worker, rooms.tagger, source_regions(rooms.register), stop=rooms.stop)


def index(rooms: Rooms) -> IndexReport:
    """Writes what is due into the index; waits for an index that is away."""
    return drain_index(rooms.ledger, rooms.worker, rooms.index, wait=rooms.stop.wait)


def alert(rooms: Rooms) -> int:
    """Prepares the digests whose window has closed and sends what is due; returns how many went out."""
    now = datetime.now(UTC)
    register = load_subscriptions(rooms.settings.data)
    prepare(rooms.ledger, rooms.index, register.subscriptions, now)
    return deliver(rooms.ledger, rooms.worker, rooms.settings, register, now, stop=rooms.stop).sent


def keep(rooms: Rooms) -> HousekeepingReport:
    """Drops what may no longer be kept, from the ledger and from the digests that lie in files."""
    report = housekeep(rooms.ledger, load_project(rooms.settings.data), datetime.now(UTC))
    recall(rooms.ledger, rooms.settings)
    return report


PROCESSES = 2
"""Crawling processes of one collect."""
COLLECTS = 4
"""Collects that may overlap, each with sources that no other holds: one that waits for a slow source delays no other."""

Job = Callable[[Rooms], object]
JOBS: dict[str, tuple[Job, int]] = {
    "collect": (collect, 10),
    "tag": (tag, 5),
    "index": (index, 5),
    "alert": (alert, 30),
    "keep": (keep, 3600),
}
"""What runs, and the seconds between its beginnings."""


def serve(rooms: Rooms) -> None:
    """Runs all jobs until SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: rooms.stop.set())
    threads = len(JOBS) + COLLECTS
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(max_workers=threads)})
    for name, (job, seconds) in JOBS.items():
        scheduler.add_job(
            _guarded,
            "interval",
            args=(name, job, rooms),
            seconds=seconds,
            id=name,
            max_instances=COLLECTS if name == "collect" else 1,
            coalesce=True,
            next_run_time=datetime.now(UTC),
        )
    # A tick that finds its job still at work is the rule here, not a fault worth a line each time.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler.start()
    log.info("running", jobs=sorted(JOBS))
    rooms.stop.wait()
    log.info("stopping")
    scheduler.shutdown(wait=True)
    log.info("stopped")


def _guarded(name: str, job: Job, rooms: Rooms) -> None:
    if rooms.stop.is_set():
        return
    try:
        job(rooms)
    except Exception as exc:  # noqa: BLE001 - one job's failure never ends the service; it runs again at its next tick
        log.error(
            "job failed", job=name, error=type(exc).__name__, detail=str(exc).splitlines()[0][:200] if str(exc) else ""
        )
