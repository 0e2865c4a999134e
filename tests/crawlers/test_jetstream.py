"""Jetstream over real websockets and real HTTP, from a crawling process into a ledger.

The instance is hand-made after its lexicon (jetstream_server.py), and so is the AppView that says what authors want.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from config import Project, Settings
from crawlers import check
from ledger import Ledger, Worker, read_source
from tests.crawlers.conftest import Poll, posts, rows
from tests.crawlers.jetstream_people import ANA, BEN, CEM, People, at
from tests.crawlers.jetstream_server import NEW, OLD, Jetstream
from tests.crawlers.jetstream_sources import begin, move_cursor, stream_source, wait_for
from tests.crawlers.site import Site


def test_the_first_run_takes_a_position_and_the_next_reads_on_from_it(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site)
    first = poll(source)
    assert (first.outcome, first.counts.get("new")) == ("ok", None), first
    assert stream.asked[-1] == (NEW, {"collections": ["app.bsky.feed.post"], "kinds": ["commit", "account"]})
    assert stream.agents[-1].startswith("Daymark/")
    stream.post(ANA, "3ka", "Tekne yarın kalkıyor")
    stream.post(ANA, "3kb", "Hava güzel")
    stream.post(BEN, "3kc", "A boat", langs=["en"])
    second = poll(source)
    assert (second.outcome, second.counts["new"], second.counts["seen"]) == ("ok", 1, 3), second
    assert second.not_landed == {"no_wanted_word": 2}
    row = posts(ledger)[at(ANA, "3ka")]
    assert (row["platform"], row["url"]) == ("bluesky", f"https://bsky.app/profile/{ANA}/post/3ka")
    assert abs(row["published_at"] - datetime.now(UTC)) < timedelta(minutes=1), "dated by when it was witnessed"
    assert people.asked == [[ANA]], "only of whoever wrote what is wanted"
    third = poll(source)
    assert stream.asked[-1][1]["cursor"] == ["3"]
    assert (third.outcome, third.counts.get("seen")) == ("ok", None), "the event at the cursor was handled before"


def test_posts_edits_deletions_and_accounts_that_go(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site)
    begin(stream, source, ledger)
    for rkey in ("3ka", "3kb", "3kc"):
        stream.post(ANA, rkey, f"tekne {rkey}")
    for rkey in ("3kd", "3ke"):
        stream.post(BEN, rkey, f"tekne {rkey}")
    stream.post(CEM, "3kf", "tekne ve can yeleği")
    assert poll(source).counts["new"] == 6
    stream.edit(ANA, "3ka", "iptal oldu")  # no wanted word any more, but it is here
    stream.edit(ANA, "3kz", "iptal oldu")
    stream.delete(ANA, "3kb")
    stream.delete(ANA, "3kunknown")
    stream.account(BEN, active=False, status="deactivated")
    stream.account(CEM, active=False, status="throttled")
    stream.tell(CEM, "identity", {"did": CEM, "handle": "cem.example", "seq": 1, "time": "2026-11-22T10:00:00Z"})
    stream.post(ANA, "3kg", "yeni tekne")
    stream.delete(ANA, "3kg")
    summary = poll(source)
    assert (summary.counts["new"], summary.counts["revised"], summary.not_landed) == (1, 1, {"no_wanted_word": 1})
    assert (summary.counts["deletions"], summary.counts["accounts_gone"], summary.counts["removed"]) == (2, 1, 2)
    stored = posts(ledger)
    gone = {uri for uri, row in stored.items() if row["removed_at"] is not None}
    assert gone == {at(ANA, "3kb"), at(BEN, "3kd"), at(BEN, "3ke"), at(ANA, "3kg")}
    edited = stored[at(ANA, "3ka")]
    assert (edited["text"], edited["revision"], edited["edited_at"] is not None) == ("iptal oldu", 2, True)
    assert stored[at(CEM, "3kf")]["author"] != CEM


def test_who_wants_signed_in_readers_only_or_is_not_known_does_not_land(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site)
    begin(stream, source, ledger)
    stream.post(ANA, "3ka", "tekne bir")
    assert poll(source).counts["new"] == 1
    people.labels[ANA] = ["!no-unauthenticated"]
    del people.labels[CEM]
    stream.post(ANA, "3kb", "tekne iki")
    stream.post(CEM, "3kc", "tekne üç")
    stream.post(BEN, "3kd", "tekne dört", labels={"values": [{"val": "!no-unauthenticated"}]})
    stream.post(BEN, "3ke", "tekne beş")
    summary = poll(source)
    assert summary.counts["new"] == 1, summary
    assert summary.not_landed == {"no_unauthenticated": 2, "author_unknown": 1}
    stored = posts(ledger)
    assert {uri: row["removed_at"] is not None for uri, row in stored.items()} == {
        at(ANA, "3ka"): True,
        at(BEN, "3ke"): False,
    }
    bodies = b"".join(row["body"] or b"" for row in rows(ledger, "capture"))
    assert b"3kb" not in bodies


@pytest.mark.parametrize("status", [503, 403])
def test_nothing_lands_while_the_appview_does_not_say_what_authors_want(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger, status: int
) -> None:
    source = stream_source(stream, site)
    begin(stream, source, ledger)
    stream.post(ANA, "3ka", "tekne")
    people.status = status
    failed = poll(source)
    assert failed.outcome == ("blocked" if status == 403 else "failed"), failed
    assert (posts(ledger), read_source(ledger, source.id).cursor["seq"]) == ({}, None)
    people.status = 200
    assert poll(source).counts["new"] == 1


def test_accounts_are_asked_for_and_an_older_instance_is_spoken_to_in_its_way(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    stream.dialects = (OLD,)
    source = stream_source(stream, site, accounts=[ANA, CEM], languages=["tr"])
    begin(stream, source, ledger)
    stream.post(ANA, "3kb", "anything", langs=["en"])
    stream.post(BEN, "3kc", "başka biri")
    stream.tell(ANA, "identity", {"did": ANA, "seq": 1, "time": "2026-11-22T10:00:00Z"})
    stream.post(ANA, "3ka", "herhangi bir şey")
    summary = poll(source)
    assert (summary.counts["new"], summary.not_landed) == (1, {"other_language": 1}), summary
    assert summary.counts["identity_events"] == 1
    path, asked = stream.asked[-1]
    assert (path, asked["wantedDids"], asked["wantedCollections"]) == (OLD, [ANA, CEM], ["app.bsky.feed.post"])
    again = poll(source)
    assert int(stream.asked[-1][1]["cursor"][0]) > 10**15
    assert (again.counts.get("new"), again.counts["unchanged"]) == (0, 1), "the last one comes once more and is known"


def test_a_connected_stretch_is_a_window_and_what_is_too_old_is_a_gap(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    now = datetime.now(UTC)
    source = stream_source(stream, site)
    stop_at = now - timedelta(hours=3)
    keep = {"server": stream.url.partition("//")[2], "seq": 1, "time": stop_at.isoformat(),
            "covered_to": stop_at.isoformat(), "since": None}  # fmt: skip
    move_cursor(ledger, source, keep)
    for number in range(1, 41):
        stream.post(ANA, f"3k{number}", "tekne", moment=stop_at + timedelta(seconds=40 * (number - 1)))
    joined = poll(source)
    assert (joined.counts["new"], joined.counts.get("gap")) == (39, None), joined
    assert (joined.window_from, joined.window_to) == (stop_at, stop_at + timedelta(seconds=40 * 39))

    # Two hours away: the instance has forgotten all but the last posts.
    recent = now - timedelta(minutes=5)
    for number in range(41, 50):
        stream.post(BEN, f"3k{number}", "tekne", moment=recent + timedelta(seconds=number))
    stream.floor = 45
    late = poll(source)
    assert [asked["cursor"] for _, asked in stream.asked[-1:]] != [["40"]], "refused, so asked for by time"
    assert (late.counts["new"], late.counts["gap"]) == (5, 1), late
    assert "gap: nothing could be read between" in late.message
    assert late.window_from == recent + timedelta(seconds=45)


def test_an_instance_that_began_anew_leaves_a_gap(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    now = datetime.now(UTC)
    source = stream_source(stream, site)
    keep = {"server": stream.url.partition("//")[2], "seq": 9000, "time": (now - timedelta(minutes=30)).isoformat(),
            "covered_to": (now - timedelta(minutes=30)).isoformat(), "since": None}  # fmt: skip
    move_cursor(ledger, source, keep)

    threading.Timer(0.7, lambda: stream.post(ANA, "3ka", "tekne")).start()
    summary = poll(stream_source(stream, site, limits={"seconds": 4}))
    assert (summary.counts["new"], summary.counts["gap"]) == (1, 1), summary
    assert read_source(ledger, source.id).cursor["seq"] == 1


def test_garbage_is_counted_kept_and_no_end(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site)
    begin(stream, source, ledger)
    stream.post(ANA, "3ka", "tekne bir")
    deep = "[" * 100_000
    stream.events += ["", "{", "null", "[]", '{"$type": "message"}', b"\xff\xfe", deep, '{"kind": "commit"}']
    bad = stream.post(ANA, "../../etc", "tekne")
    stream.post(ANA, "3kb", "tekne iki", langs="tr")
    stream.post(ANA, "3kc", "tekne \ud800 üç\x00")
    summary = poll(source)
    assert (summary.counts["new"], summary.not_landed) == (2, {"bad_shape": 10}), summary
    assert summary.outcome == "ok"
    kept = [row["body"] for row in rows(ledger, "rejected")]
    assert len(kept) == 10
    assert max(map(len, kept)) <= 65_536
    assert any(bad.new().encode() == body for body in kept)


def test_a_check_shows_what_would_land_and_stores_nothing(
    stream: Jetstream, site: Site, people: People, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    threading.Thread(target=lambda: post_when_connected(stream), daemon=True).start()
    report = check(ledger, worker, stream_source(stream, site, limits={"seconds": 4}), project, settings)
    assert (report.outcome, [post.text for post in report.posts]) == ("ok", ["tekne bir"]), report
    assert report.not_landed == {"no_wanted_word": 1, "bad_shape": 1}
    assert (posts(ledger), rows(ledger, "source_state"), rows(ledger, "rejected")) == ({}, [], [])


def post_when_connected(stream: Jetstream) -> None:
    wait_for(lambda: stream.connections == 1)
    stream.post(ANA, "3ka", "tekne bir")
    stream.post(ANA, "3kb", "hava güzel")
    stream.events.append("garbage")
