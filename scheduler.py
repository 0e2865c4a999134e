"""The service: collects, tags, indexes and alerts, each on its own clock.

collect  the sources that are due, some at a time (DAYMARK_POLLS), each in its own process; the register is read anew every 10 s.
         Sources that failed last time hold half of the places at most, so that servers that hang hold up no other
stream   the streams of the register, up to 16, a process of its own each that stays connected: a run that ends (limits.seconds)
         is followed by the next, one that fails by a pause that doubles. A lease keeps two services from reading one stream
tag      every 5 s, until nothing is due
index    every 5 s, until nothing is due
alert    every 30 s: digests whose window has closed, then the outbox
keep     every hour: what may no longer be kept goes

A job that fails is logged with one line and runs again after a pause that doubles, up to a minute; the ledger says what is
left to do. SIGTERM lets each job finish the batch it holds and ends within seconds: crawling processes land what they have
gathered, their polls are noted as interrupted, and what was claimed is given back.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from alerts import deliver, language_warnings, prepare, recall
from config import ConfigError, Settings, load_project, load_sources, load_subscriptions
from crawlers import CrawlProcesses, Polls, PollSummary, Share, known_hosts
from crawlers import collect as poll_sources
from indexer import Index, IndexFault, IndexReport, drain_index, expunge_due
from ledger import Ledger, LedgerError, Worker, housekeep, make_worker
from nlp import ModelError, Tagger, model_folder, read_card
from tagging import TagReport, drain_tag, source_regions

log = structlog.get_logger("daymark")


@dataclass(frozen=True)
class Rooms:
    """All that the service wires together."""

    settings: Settings
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
        parallel=rooms.settings.polls,
        processes=rooms.processes,
    )


def attend(rooms: Rooms, polls: Polls) -> list[PollSummary]:
    """Ten seconds of collecting; polls and streams under way go on into the next."""
    register = load_sources(rooms.settings.data)
    project = load_project(rooms.settings.data)
    return polls.turn(register.sources, project, seconds=TURN, stop=rooms.stop)


def tag(rooms: Rooms) -> TagReport:
    """Tags what is due. The register is read anew: a number without prefix must not get two hashes, before and after."""
    register = load_sources(rooms.settings.data)
    return drain_tag(
        rooms.ledger,
        rooms.worker,
        rooms.tagger,
        source_regions(register),
        hosts=known_hosts(register.sources),
        stop=rooms.stop,
    )


def index(rooms: Rooms) -> IndexReport:
    """Writes what is due into the index; waits for an index that is away."""
    return drain_index(rooms.ledger, rooms.worker, rooms.index, wait=rooms.stop.wait)


def alert(rooms: Rooms) -> int:
    """Prepares the digests whose window has closed and sends what is due; returns how many went out.

    New ones wait while the index is away, being rebuilt, or refuses us; those that are made already go out.
    """
    now = datetime.now(UTC)
    register = load_subscriptions(rooms.settings.data)
    made = prepare(rooms.ledger, rooms.index, register.subscriptions, now, assessed=assessed_languages(rooms.settings))
    for reason, waiting in made.waiting.items():
        log.warning("digests wait", reason=reason, subscriptions=list(waiting))
    return deliver(rooms.ledger, rooms.worker, rooms.settings, register, now, stop=rooms.stop).sent


def assessed_languages(settings: Settings) -> frozenset[str] | None:
    """What the model on this machine was found good enough in; None where there is none: another one may do the tagging."""
    try:
        return frozenset(read_card(model_folder(settings.model)).covered)
    except ModelError:
        return None


def warn_of_languages(settings: Settings) -> None:
    """Logs which subscriptions ask for languages that the model does not assess. Raises ConfigError."""
    assessed = assessed_languages(settings)
    if assessed is not None:
        for line in language_warnings(load_subscriptions(settings.data).subscriptions, assessed):
            log.warning("languages not assessed", detail=line)


def keep(rooms: Rooms) -> None:
    """Drops what may no longer be kept, from the ledger, the digests that lie in files, and the index's own files.

    Raises as `do_each`.
    """
    do_each(
        "keep",
        lambda: housekeep(rooms.ledger, load_project(rooms.settings.data), datetime.now(UTC)),
        lambda: recall(rooms.ledger, rooms.settings),
        lambda: expunge_due(rooms.index, datetime.now(UTC)),
    )


def do_each(job: str, *duties: Callable[[], object]) -> None:
    """Does each duty in turn, whatever became of those before it. Raises the first fault; further ones stand in the log."""
    faults: list[Exception] = []
    for duty in duties:
        try:
            duty()
        except Exception as exc:  # noqa: BLE001 - a folder that is full must not keep erased words in the index's files
            faults.append(exc)
    for fault in faults[1:]:
        log.error("a duty failed", job=job, error=type(fault).__name__, detail=_detail(fault))
    if faults:
        raise faults[0]


STREAMS = 16
"""Streams at a time. Each holds a process of some 100 MB; one can carry 300 accounts or any number of words."""
TURN = 10
"""Seconds after which the register is read anew."""
LONGEST_PAUSE = 60.0
"""Seconds before a job that failed again and again is tried once more: a database that came back is noticed in a minute."""

Job = Callable[[Rooms], object]
JOBS: dict[str, tuple[Job, int]] = {"tag": (tag, 5), "index": (index, 5), "alert": (alert, 30), "keep": (keep, 3600)}
"""What runs beside the collecting, and the seconds between its beginnings."""


def serve(rooms: Rooms) -> None:
    """Runs all jobs until SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: rooms.stop.set())
    warn_of_languages(rooms.settings)
    polls = Polls(rooms.ledger, rooms.worker, rooms.settings, rooms.processes, rooms.settings.polls, share=Share.POLLED)
    # Leases of their own: each of the two gives back what it does not find among its own.
    watcher = make_worker(rooms.ledger)
    streams = Polls(rooms.ledger, watcher, rooms.settings, rooms.processes, STREAMS, share=Share.STREAMED)
    jobs: dict[str, tuple[Job, int]] = {
        "collect": (lambda inside: attend(inside, polls), 1),
        "stream": (lambda inside: attend(inside, streams), 5),
        **JOBS,
    }
    scheduler = make_clock(rooms, jobs)
    # A tick that finds its job still at work is the rule here, not a fault worth a line each time.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler.start()
    log.info("running", jobs=sorted(jobs))
    rooms.stop.wait()
    log.info("stopping")
    rooms.processes.close()
    scheduler.shutdown(wait=True)
    polls.close()
    streams.close()
    watcher.close()
    log.info("stopped")


def make_clock(rooms: Rooms, jobs: dict[str, tuple[Job, int]]) -> BackgroundScheduler:
    """The jobs on their clocks, each with a thread of its own; not started yet."""
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(max_workers=len(jobs))})
    for name, (job, seconds) in jobs.items():
        scheduler.add_job(
            Guarded(name, job, rooms, seconds),
            "interval",
            seconds=seconds,
            id=name,
            max_instances=1,
            coalesce=True,
            # A tick that comes late on a busy machine is late, not void: retention is a duty.
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
    return scheduler


class Guarded:
    """A job whose failure never ends the service: it pauses, twice as long after each failure in a row."""

    def __init__(self, name: str, job: Job, rooms: Rooms, seconds: float) -> None:
        self._name = name
        self._job = job
        self._rooms = rooms
        self._seconds = seconds
        self._failures = 0
        self._resume = 0.0

    def __call__(self) -> None:
        """Runs the job, unless it pauses or the service stops."""
        if self._rooms.stop.is_set() or time.monotonic() < self._resume:
            return
        try:
            self._job(self._rooms)
            self._failures = 0
        except Exception as exc:  # noqa: BLE001 - whatever it was, the other jobs go on
            self._failures += 1
            pause = min(LONGEST_PAUSE, self._seconds * 2**self._failures)
            self._resume = time.monotonic() + pause
            log.error("job failed", job=self._name, error=type(exc).__name__, detail=_detail(exc), again_in=pause)


def _detail(exc: Exception) -> str:
    """What the log may know of a fault: of a defect the place alone, since its message can quote a post."""
    if isinstance(exc, (OSError, ConfigError, LedgerError, IndexFault, ModelError)):
        return " ".join(str(exc).split())[:200]
    places = traceback.extract_tb(exc.__traceback__)
    return f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
