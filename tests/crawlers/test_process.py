"""Crawling processes: every end is an outcome, nothing that was gathered is lost, and none outlives its forker."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from time import monotonic

import psutil
import pytest

from config import Project, Settings
from crawlers import CrawlProcesses, collect
from crawlers.process import CrawlStopped
from crawlers.task import Task
from ledger import Ledger, Verdict, Worker, claim_source, read_source
from tests.crawlers.conftest import Stub, make_source, posts, rows
from tests.crawlers.site import Reply, Site, item, rss

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mode", "outcome", "words"),
    [
        ("hang", "killed", "still running 0.5 s after limits.seconds = 1"),
        ("signal", "killed", "killed by signal 11"),
        ("exit", "killed", "exit status 3"),
        ("raise", "killed", "exit status 1"),
        ("silent", "failed", "ended without a result"),
        ("forker-dies", "killed", "killed by signal 9"),
        ("print", "ok", ""),
    ],
)
def test_every_end_of_a_process_is_an_outcome(
    stub: Stub,
    ledger: Ledger,
    worker: Worker,
    project: Project,
    settings: Settings,
    mode: str,
    outcome: str,
    words: str,
) -> None:
    # A second is short for a start on a busy machine: only the process that hangs gets so little.
    source = make_source("http://127.0.0.1/", limits={"seconds": 1 if mode == "hang" else 60})
    summary = collect(ledger, worker, [source], project, settings, processes=stub(mode))[0]
    assert summary.outcome == outcome
    assert words in summary.message
    state = read_source(ledger, "test")
    assert state.health == outcome
    assert state.failures == (0 if outcome == "ok" else 1)
    assert rows(ledger, "poll")[0]["outcome"] == outcome
    again = claim_source(ledger, worker, "test", "127.0.0.1", datetime.now(UTC), force=True)
    assert again.verdict is Verdict.MINE, "the leases are free again"


def test_closing_kills_what_runs(stub: Stub, ledger: Ledger, project: Project, settings: Settings) -> None:
    processes = stub("hang")
    source = make_source("http://127.0.0.1/", limits={"seconds": 50})
    task = Task(source=source, mode="check", url=source.url, user_agent="x", version="0", started=START)
    from threading import Timer

    Timer(0.7, processes.close).start()
    began = monotonic()
    with pytest.raises(CrawlStopped):
        processes.run(task)
    assert monotonic() - began < 40
    with pytest.raises(CrawlStopped):
        processes.run(task)


def test_a_process_that_is_overdue_says_what_it_has_done(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    # Time enough for the process to start on a busy machine.
    source = make_source("http://127.0.0.1/", limits={"seconds": 5})
    (summary,) = collect(ledger, worker, [source], project, settings, processes=stub("last-words"))
    assert (summary.outcome, summary.counts) == ("killed", {"new": 7})
    assert "still running" in summary.message


def test_a_forker_that_is_killed_takes_its_children_with_it(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    collect(ledger, worker, [make_source("http://127.0.0.1/")], project, settings, processes=stub("forker-dies"))
    child = int((settings.key_dir / "child").read_text())
    end = monotonic() + 60
    while _is_running(child):
        assert monotonic() < end, "the child crawls on, and nobody watches over it"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_was_gathered_lands_when_the_runner_stops(
    site: Site, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    asked = threading.Event()

    def hang(_: object) -> Reply:
        asked.set()
        time.sleep(20)
        return 404, {}, b""

    site.answers["/3"] = hang
    entries = [item(1), item(2), item(3, text=None, base=site.base_url)]
    source = make_source(site.serve("/feed", rss(*entries)))
    with CrawlProcesses() as processes:

        def stop() -> None:
            asked.wait(60)
            processes.kill()

        thread = threading.Thread(target=stop)
        thread.start()
        began = monotonic()
        assert collect(ledger, worker, [source], project, settings, processes=processes) == []
        thread.join()
        assert monotonic() - began < 30
    assert len(posts(ledger)) == 2, "the second was gathered, and landed on the way out"
    assert [row["outcome"] for row in rows(ledger, "poll")] == ["interrupted"]
    state = read_source(ledger, "test")
    assert (state.cursor, state.failures) == ({}, 0)
    again = claim_source(ledger, worker, "test", "127.0.0.1", datetime.now(UTC))
    assert again.verdict is Verdict.MINE, "it is read again at once"


def test_what_lands_slowly_lands_at_once(
    site: Site, ledger: Ledger, worker: Worker, project: Project, settings: Settings, processes: CrawlProcesses
) -> None:
    landed: list[int] = []

    def look(_: object) -> Reply:
        landed.append(len(posts(ledger)))
        return 404, {}, b""

    site.answers["/2"] = look
    source = make_source(site.serve("/feed", rss(item(1), item(2, text=None, base=site.base_url))))
    collect(ledger, worker, [source], project, settings, processes=processes)
    assert landed == [1]
