"""What a key is allowed to do: budgets that stop in time, nothing of it written down, robots.txt, sources without one.

Against the hand-made servers of peers.py over HTTP.
"""

from __future__ import annotations

import logging
import zlib
from datetime import datetime
from pathlib import Path

import pytest

from config import Project, Settings
from crawlers import CrawlProcesses, check, collect
from ledger import Ledger, Worker, read_source, schema
from tests.crawlers.conftest import make_source, posts, rows
from tests.crawlers.keyed.conftest import HOUR, MINUTE, Poll, PollAt, fill, source_of
from tests.crawlers.keyed.peers import KEY, KEYS, SECRET, Call, Peer, Reply
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube
from tests.crawlers.site import serve as serve_site

# Budgets


def test_the_quota_stops_before_the_request_that_would_exceed_it(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    youtube.clock = lambda: noon
    fill(youtube, 60)
    youtube.page_size = 20
    first = poll_at(youtube, noon, limits={"quota": 2})
    assert (first.outcome, first.counts["limit_quota"], first.counts["quota_units"]) == ("ok", 1, 2)
    assert "2 of 2 quota units spent" in first.message
    assert len(youtube.calls) == 2
    assert len(posts(ledger)) == 40
    assert read_source(ledger, "test").cursor["spent"]["units"] == 2
    poll_at(youtube, noon + MINUTE, limits={"quota": 2})
    assert len(youtube.calls) == 2, "not one more on this day"
    opens = read_source(ledger, "test").not_before
    assert opens is not None
    assert noon < opens <= noon + 13 * HOUR


def test_money_stops_a_run_and_the_month_and_what_was_read_today_is_free(
    x: X, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    x.clock = lambda: noon
    fill(x, 60)
    limits = {"money": 0.10, "money_month": 0.20}
    first = poll_at(x, noon, limits=limits)
    assert (first.outcome, first.counts["limit_money"], first.counts["usd_mills"]) == ("ok", 1, 100)
    assert (len(x.billed), len(posts(ledger))) == (20, 20)
    second = poll_at(x, noon + MINUTE, limits=limits)
    assert (second.counts["usd_mills"], len(x.billed), len(posts(ledger))) == (100, 40, 40)
    assert "$0.200 of $0.2" in second.message
    calls = len(x.calls)
    third = poll_at(x, noon + 2 * MINUTE, limits=limits)
    assert len(x.calls) == calls, "the month's money is spent"
    assert third.counts.get("usd_mills", 0) == 0
    opens = read_source(ledger, "test").not_before
    assert opens is not None
    assert (opens.day, opens.hour) == (1, 0)
    assert opens > noon


def test_a_check_is_paid_for_out_of_the_same_budgets(
    x: X, poll_at: PollAt, ledger: Ledger, worker: Worker, project: Project, settings: Settings, noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    x.clock = lambda: noon
    limits = {"money": 0.10, "money_month": 0.20}
    source = source_of(x, limits=limits)
    fill(x, 20)
    poll_at(x, noon, limits=limits)
    before = read_source(ledger, "test")
    assert before.cursor["spent"]["mills"] == 100
    x.items.clear()
    fill(x, 60, first=100)
    looked = check(ledger, worker, source, project, settings, now=noon)
    assert (looked.outcome, looked.counts["usd_mills"], len(looked.posts)) == ("ok", 50, 10), "the fewest that X sells"
    after = read_source(ledger, "test")
    assert after.cursor["spent"]["mills"] == 150
    assert {**after.cursor, "spent": None} == {**before.cursor, "spent": None}, "the reading place stays"
    x.items.clear()
    fill(x, 60, first=200)
    check(ledger, worker, source, project, settings, now=noon)
    calls = len(x.calls)
    refused = check(ledger, worker, source, project, settings, now=noon)
    assert (refused.outcome, len(x.calls)) == ("failed", calls), "the month's money is spent"
    assert "limits.money_month" in refused.message
    assert len(x.billed) == 40


def test_a_check_before_the_first_poll_counts_too(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, worker: Worker, project: Project, settings: Settings,
    noon: datetime, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    youtube.clock = lambda: noon
    fill(youtube, 3)
    found = check(ledger, worker, source_of(youtube), project, settings, now=noon)
    assert found.counts["quota_units"] == 1
    assert set(read_source(ledger, "test").cursor) == {"spent"}
    assert "2 of 2 quota units spent" in poll_at(youtube, noon, limits={"quota": 2}).message


def test_a_month_without_room_reads_nothing(x: X, poll: Poll) -> None:
    fill(x, 60)
    summary = poll(x, limits={"money": 0.04, "money_month": 5.0})
    assert (summary.outcome, x.calls) == ("failed", [])
    assert "limits.money" in summary.message


def test_what_a_failed_run_spent_stays_spent(youtube: YouTube, poll: Poll, ledger: Ledger) -> None:
    youtube.before = lambda _: (200, {}, {"items": [{"id": 1}, {"id": 2}]})
    summary = poll(youtube)
    assert summary.outcome == "failed"
    cursor = read_source(ledger, "test").cursor
    assert (cursor["spent"]["units"], cursor.get("covered_to")) == (1, None)


# Keys


def test_no_byte_of_a_key_is_written_down(
    peer: Peer,
    ledger: Ledger,
    worker: Worker,
    project: Project,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG, "crawlers.process")  # the crawling processes may write to stderr then
    fill(peer, 3)
    peer.add(9, f"The server repeats what it was sent: {KEY} {SECRET}", MINUTE)
    real, secrets = peer.answer, [KEY, SECRET, Reddit.token]
    turns: list[Reply | None] = [
        None,
        (403, {}, {"error": {"message": f"refused: {KEY}"}, "secret": SECRET}),
        (302, {"Location": f"{peer.base_url}/moved?key={KEY.replace('/', '%2F').replace('+', '%2B')}"}, b""),
        (200, {}, f"<html>{KEY}".encode()),
        (500, {}, {"key": KEY}),
    ]

    def echo(call: Call) -> Reply:
        status, headers, found = turns[0] or real(call)
        return status, {**headers, "X-Echo": f"{KEY} {SECRET} {Reddit.token}", "Set-Cookie": f"k={KEY}"}, found

    peer.before = echo
    said = []
    with CrawlProcesses() as processes:
        for _ in list(turns):
            said.append(
                repr(collect(ledger, worker, [source_of(peer)], project, settings, only="test", processes=processes))
            )
            turns.append(turns.pop(0))
        said.append(repr(check(ledger, worker, source_of(peer), project, settings)))
    outcomes = [row["outcome"] for row in rows(ledger, "poll")]
    assert outcomes[0] == "ok"
    assert "ok" not in outcomes[1:]
    assert "[key]" in posts(ledger)[peer.native_id(9)]["text"]
    stored = b"".join(path.read_bytes() for path in Path(settings.data).rglob("*") if path.is_file())
    stored += b"".join(zlib.decompress(row["body"]) for row in rows(ledger, "raw"))
    stored += "".join(repr(rows(ledger, table.name)) for table in schema.metadata.sorted_tables).encode()
    out, err = capfd.readouterr()
    for secret in secrets[: 3 if peer.kind == "reddit" else 1]:
        for spelling in (secret, secret.replace("/", "\\/"), secret.replace("/", "%2F").replace("+", "%2B")):
            assert spelling.encode() not in stored
            assert spelling not in out + err + caplog.text + "".join(said)
    assert not [call for call in peer.calls if KEY in call.path or "/moved" in call.path]


def test_a_key_follows_no_redirect(peer: Peer, poll: Poll) -> None:
    with serve_site() as other:
        peer.before = lambda call: (301, {"Location": f"{other.base_url}/elsewhere"}, b"")
        assert poll(peer).outcome == "failed"
        assert other.asked == []


def test_robots_of_an_api_is_recorded_and_binds_everybody_else(
    peer: Peer, poll: Poll, ledger: Ledger, worker: Worker, project: Project, settings: Settings,
    keyed_processes: CrawlProcesses,
) -> None:  # fmt: skip
    fill(peer, 3)
    summary = poll(peer)
    assert (summary.outcome, summary.counts["robots_recorded"]) == ("ok", 1)
    feed = make_source(f"{peer.base_url}/feed", id="feed")
    refused = collect(ledger, worker, [feed], project, settings, only="feed", processes=keyed_processes)[0]
    assert refused.outcome == "robots_denied"
    peer.robots = ""
    assert poll(peer).counts.get("robots_recorded", 0) == 0


def test_a_source_is_off_until_its_keys_are_there(
    peer: Peer, ledger: Ledger, worker: Worker, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_API_KEY", raising=False)
    source = source_of(peer)
    assert source.why_off is not None
    assert "TEST_API_KEY" in source.why_off
    (summary,) = collect(ledger, worker, [source], project, settings, only="test")
    assert (summary.ran, peer.calls) == (False, [])
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert source.why_off is None
    assert "credentials" in (source.model_copy(update={"credentials": ()}).why_off or "")


def test_a_wrong_key_blocks(peer: Peer, poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(peer, 3)
    answers: dict[str, Reply | None] = {
        "youtube": (400, {}, YouTube.error(400, "badRequest")),
        "vk": None,
        "x": (401, {}, {}),
        "reddit": (401, {}, {}),
    }
    vk: Reply = (200, {}, {"error": {"error_code": 5, "error_msg": "User authorization failed"}})
    peer.before = lambda _: answers[peer.kind] or vk
    assert poll(peer).outcome == "blocked"
