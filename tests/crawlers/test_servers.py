"""Politeness between polls: what one poll learned of a server holds for all sources on it, in every process."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from config import Project, Settings, Source
from crawlers import CrawlProcesses, PollSummary, check, collect
from crawlers.servers import server_of
from ledger import (
    Ledger,
    PollResult,
    ServerFacts,
    Verdict,
    Worker,
    claim_server,
    claim_source,
    finish_poll,
    make_worker,
    release_server,
    start_poll,
)
from tests.crawlers.conftest import Poll, PollAll, Stub, make_source, rows
from tests.crawlers.site import Reply, Site, item, rss
from tests.peers.hostile import hostile


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://News.Example/feed", "news.example"),
        ("http://news.example:80/", "news.example"),
        ("https://news.example:443", "news.example"),
        ("http://news.example:443/", "news.example:443"),
        ("http://127.0.0.1:8080/feed?x=1", "127.0.0.1:8080"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://user:secret@news.example./", "news.example"),
        ("http://news.example:99999/", ""),
        ("no address", ""),
    ],
)
def test_a_server_is_host_and_port(url: str, server: str) -> None:
    assert server_of(url) == server


def test_one_server_is_asked_by_one_process_at_a_time_however_many_collect(
    site: Site, ledger: Ledger, project: Project, settings: Settings
) -> None:
    under_way = most = 0
    lock = threading.Lock()

    def answer(_: object) -> Reply:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.3)
        with lock:
            under_way -= 1
        return 200, {}, rss(item(1)).encode()

    names = ("a", "b", "c", "d")
    for name in names:
        site.answers[f"/{name}"] = answer
    sources = [make_source(f"{site.base_url}/{name}", id=name) for name in names]

    def one_of_two(_: int) -> list[PollSummary]:
        with make_worker(ledger) as worker, CrawlProcesses() as processes:
            return collect(ledger, worker, sources, project, settings, processes=processes)

    with ThreadPoolExecutor(2) as pool:
        found = [summary.source for summaries in pool.map(one_of_two, range(2)) for summary in summaries]
    assert sorted(found) == list(names), "each was read, by one of the two"
    assert most == 1
    polls = sorted(rows(ledger, "poll"), key=lambda row: row["started"])
    assert all(earlier["finished"] <= later["started"] for earlier, later in itertools.pairwise(polls))


def test_two_servers_are_asked_at_once(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    sources = [make_source(f"http://{name}.example/", id=name, limits={"seconds": 3}) for name in ("slow", "slower")]
    collect(ledger, worker, sources, project, settings, processes=stub("hang-one"), parallel=2)
    first, second = rows(ledger, "poll")
    assert second["started"] < first["finished"]


def test_a_ban_holds_for_every_source_of_the_server(poll_all: PollAll, poll: Poll) -> None:
    with hostile() as banning:
        banning.retry_after_s = 3600
        sources = [make_source(banning.base_url + "/limited/seconds", id=name) for name in ("a", "b", "c")]
        found = poll_all(*sources)
        assert [summary.outcome for summary in found.values()] == ["rate_limited"]
        asked = banning.paths()
        assert asked.count("/limited/seconds") == 1
        for source in sources:
            again = poll(source)
            assert not again.ran
            assert "asked to be left alone until" in again.message
        assert banning.paths() == asked


def test_the_last_answers_word_on_limits_is_kept(site: Site, poll: Poll) -> None:
    source = make_source(site.serve("/feed", rss(item(1)), X_RateLimit_Remaining="0", X_RateLimit_Reset="7200"))
    summary = poll(source)
    assert summary.outcome == "ok"
    assert summary.next_due is not None
    assert summary.next_due > datetime.now(UTC) + timedelta(minutes=110)
    again = poll(make_source(site.serve("/other", rss(item(2))), id="other"))
    assert "asked to be left alone until" in again.message
    assert site.paths() == ["/feed"]


def test_the_delay_passes_between_two_polls_of_one_server(poll_all: PollAll) -> None:
    with hostile() as server:
        server.robots_text = "User-agent: *\nCrawl-delay: 1\n"
        for name in ("a", "b"):
            server.serve(f"/{name}", rss(item(1)), "application/rss+xml")
        poll_all(*(make_source(f"{server.base_url}/{name}", id=name) for name in ("a", "b")))
        times = [seen.at for seen in server.requests]
        assert len(times) == 4
        # A tenth of a second is what a busy machine takes to note a request.
        assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.9


def test_a_delay_too_long_to_be_waited_for_is_left_to_the_schedule(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    claim_server(ledger, worker, "one.example", "before", datetime.now(UTC))
    asked = ServerFacts(last_request=datetime.now(UTC), crawl_delay=3600)
    release_server(ledger, worker, "before", {"one.example": asked}, datetime.now(UTC))
    source = make_source("http://one.example/")
    processes = stub("print")
    assert collect(ledger, worker, [source], project, settings, processes=processes) == []
    (named,) = collect(ledger, worker, [source], project, settings, processes=processes, only="test")
    assert "asks for a delay" in named.message
    later = datetime.now(UTC) + timedelta(hours=1)
    assert len(collect(ledger, worker, [source], project, settings, processes=processes, now=later)) == 1


def test_a_look_at_a_source_keeps_the_same_manners(
    site: Site, ledger: Ledger, worker: Worker, project: Project, settings: Settings, poll: Poll
) -> None:
    source = make_source(site.serve("/feed", rss(item(1)), X_RateLimit_Remaining="0", X_RateLimit_Reset="7200"))
    with make_worker(ledger) as another:
        assert claim_server(ledger, another, server_of(site.base_url), "x", datetime.now(UTC)).verdict is Verdict.MINE
        busy = check(ledger, worker, source, project, settings)
        assert (busy.outcome, busy.message) == ("failed", "another process is asking its server now")
    assert site.asked == []
    assert check(ledger, worker, source, project, settings).outcome == "ok"
    for refused in (check(ledger, worker, source, project, settings).message, poll(source).message):
        assert "asked to be left alone until" in refused
    assert site.paths() == ["/feed"]


def test_sources_that_hang_again_leave_half_of_the_places_to_the_others(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    names = ("slow1", "slow2", "slow3", "well")
    sources = [make_source(f"http://{name}.example/", id=name, limits={"seconds": 3}) for name in names]
    for source in sources[:3]:
        make_failing(ledger, worker, source)
    collect(ledger, worker, sources, project, settings, processes=stub("hang-one"), parallel=2)
    polls = {row["source"]: row for row in rows(ledger, "poll") if row["outcome"] != "timeout"}
    assert set(polls) == set(names)
    assert polls["well"]["started"] < polls["slow1"]["finished"]


def make_failing(ledger: Ledger, worker: Worker, source: Source) -> None:
    """A source whose last poll failed."""
    now = datetime.now(UTC)
    claim_source(ledger, worker, source.id, f"{source.id}.before", now)
    finish_poll(ledger, start_poll(ledger, worker, source.id, now), PollResult("timeout", now), now)
