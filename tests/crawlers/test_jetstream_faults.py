"""What a stream does when connections fall away and processes die: nothing is lost. Over real websockets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic

import pytest

from config import Project, Settings
from crawlers.platforms.jetstream import connection
from crawlers.platforms.jetstream.progress import Progress
from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, posts, rows
from tests.crawlers.jetstream_people import ANA, People, at
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.jetstream_sources import begin, following, stream_source, wait_for
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Site


def test_a_connection_that_drops_loses_nothing(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site)
    begin(stream, source, ledger)
    for number in range(30):
        stream.post(ANA, f"3k{number}", "tekne")
    stream.drop_after = 12
    runs = [poll(source) for _ in range(3)]
    assert [run.counts.get("new") for run in runs] == [12, 11, 7], "each begins with the event at the cursor"
    assert len(posts(ledger)) == 30
    assert [run.outcome for run in runs] == ["failed", "failed", "ok"], "who drops everyone at once is asked less often"


def test_a_ping_counts_once_answered_and_what_came_before_is_taken(
    stream: Jetstream, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BEAT", 0.0)
    source = stream_source(stream, site, accounts=[ANA])
    for number in range(40):
        stream.post(ANA, f"3k{number}", "tekne")
    progress = Progress.load({"server": "a", "seq": 1, "time": datetime.now(UTC).isoformat()}, "a", is_whole=False)

    async def allow(_: str) -> None:
        """No robots.txt."""

    async def follow() -> None:
        link = await connection.open_stream(source, stream.url, "Daymark", progress, allow)
        for _ in range(4):
            assert len(await link.gather(5, 0.5)) == 5
            await asyncio.sleep(0.1)
        assert (link.heard, link.quiet) == (None, -inf), "answered by now, but there is more to take"
        taken = sum([len(await link.gather(500, 0.5)) for _ in range(2)])
        assert (taken, link.heard is None) == (20, False)
        for _ in range(3):
            await link.gather(5, 0.2)
        assert link.quiet > 0
        stream.is_stalled = True
        await asyncio.sleep(0.1)
        stalled = monotonic()
        for _ in range(5):
            assert (await link.gather(5, 0.2), link.lost) == ([], "")
        assert link.heard is not None
        assert link.heard <= stalled, "the link stands by its looks, and proves nothing"
        link.socket.transport.abort()

    asyncio.run(follow())


def test_a_worker_that_is_killed_loses_nothing_and_lands_nothing_twice(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site, limits={"seconds": 4})
    # Long enough ago that the run is not done before all of it came.
    begin(stream, source, ledger, seconds=80)
    then = datetime.now(UTC) - timedelta(seconds=60)
    for number in range(1, 1201):
        stream.post(ANA, f"3k{number}", "tekne", moment=then + timedelta(milliseconds=10 * (number - 1)))
    end = then + timedelta(seconds=15)
    stream.delete(ANA, "3k7", moment=end)

    def die(place: int) -> None:
        if place == 1150:
            stream.gate = None
            wait_for(lambda: len(posts(ledger)) >= 1000)
            kill_the_crawl()

    stream.gate = die
    killed = poll(source)
    assert killed.outcome == "killed", killed
    landed = len(posts(ledger))
    cursor = read_source(ledger, source.id).cursor
    assert 500 <= int(cursor["seq"]) <= landed, "never beyond what has landed"
    assert rows(ledger, "poll")[-1]["counts"]["new"] <= landed, "what a killed run told before stays written down"
    last = poll(source)
    assert (last.outcome, last.counts["deletions"]) == ("ok", 1), last
    assert (last.window_from, last.window_to) == (then, end), "what the killed run had read is covered, too"
    stored = posts(ledger)
    assert len(stored) == 1200
    assert [uri for uri, row in stored.items() if row["removed_at"]] == [at(ANA, "3k7")]
    assert all(row["revision"] == 1 for row in stored.values())


def test_a_stream_is_followed_and_comes_back_by_itself_after_a_kill(
    stream: Jetstream, site: Site, people: People, ledger: Ledger, project: Project, settings: Settings
) -> None:
    source = stream_source(stream, site, limits={"seconds": 600})
    with following(source, ledger, project, settings):
        wait_for(lambda: stream.connections == 1)
        stream.post(ANA, "3ka", "tekne bir")
        wait_for(lambda: at(ANA, "3ka") in posts(ledger))
        assert stream.connections == 1, "the second service finds the lease taken"
        kill_the_crawl()
        stream.post(ANA, "3kb", "tekne iki")
        wait_for(lambda: at(ANA, "3kb") in posts(ledger))
        assert stream.connections == 2
        assert "cursor" in stream.asked[-1][1]
    assert [row["outcome"] for row in rows(ledger, "poll")] == ["killed", "interrupted"]
