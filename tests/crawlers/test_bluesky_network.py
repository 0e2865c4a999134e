"""The Bluesky spider against Bluesky's own servers (tests/peers/bluesky.py), from a polling process into a ledger."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from config import Project, Settings, Source
from crawlers import CrawlProcesses, PollSummary, collect
from ledger import Ledger, Worker, read_source
from records import make_post_id
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source, posts, rows
from tests.peers.bluesky import Bluesky
from tests.peers.bluesky_records import Account, Written, make_post

pytestmark = pytest.mark.timeout(900)  # the first start on a machine installs the network
MINUTE = timedelta(minutes=1)


def account_source(network: Bluesky, account: Account, **fields: Any) -> Source:
    return make_source(network.appview_url, kind="bluesky", author_kind="person", account=account.did, **fields)


def search_source(network: Bluesky, word: str, **fields: Any) -> Source:
    return make_source(network.appview_url, kind="bluesky", author_kind="person", query=word, **fields)


def a_word() -> str:
    """One that no other test's posts have."""
    return f"zz{uuid4().hex[:8]}"


def write_many(network: Bluesky, account: Account, word: str, number: int, apart: timedelta = MINUTE) -> list[Written]:
    """Posts dated back from now, the newest first."""
    now = datetime.now(UTC)
    return network.write(account, [make_post(f"{word} post {n}", at=now - apart * n) for n in range(number)])


def gone(ledger: Ledger) -> set[str]:
    return {uri for uri, row in posts(ledger).items() if row["removed_at"] is not None}


@pytest.mark.parametrize("by", ["account", "search"])
def test_what_is_read_twice_lands_once_across_edit_deletion_and_late_arrival(
    bluesky_network: Bluesky, poll: Poll, ledger: Ledger, by: str
) -> None:
    network, word = bluesky_network, a_word()
    ana = network.account()
    written = write_many(network, ana, word, 230)
    wide = {"limits": {"rechecks": 500}}
    source = account_source(network, ana, **wide) if by == "account" else search_source(network, word, **wide)
    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", 230), first
    assert set(posts(ledger)) == {one.uri for one in written}
    second = poll(source)
    assert second.outcome in ("ok", "not_modified")
    assert (second.counts.get("new", 0), second.counts.get("revised", 0)) == (0, 0), second
    assert second.window_from == first.window_to

    network.edit(ana, written[3], text=f"{word} corrected")
    network.delete(ana, written[5])
    late = network.post(ana, f"{word} late", at=datetime.now(UTC) - timedelta(minutes=90))
    fresh = network.post(ana, f"{word} fresh")
    make_rechecks_due(ledger)
    third = poll(source)
    assert (third.outcome, third.counts["new"], third.counts["revised"]) == ("ok", 2, 1), third
    assert third.counts["removed"] == 1
    stored = posts(ledger)
    assert set(stored) == {one.uri for one in (*written, late, fresh)}
    assert stored[written[3].uri]["text"] == f"{word} corrected"
    assert gone(ledger) == {written[5].uri}
    arrived = stored[late.uri]["published_at"].replace(tzinfo=UTC)
    assert abs(arrived - datetime.now(UTC)) < 5 * MINUTE, "dated by its arrival, not by what its writer says"
    last = poll(source)
    assert (last.counts.get("new", 0), last.counts.get("revised", 0), last.counts.get("removed", 0)) == (0, 0, 0)


def test_a_post_is_read_as_its_author_wrote_it(bluesky_network: Bluesky, poll: Poll, ledger: Ledger) -> None:
    network = bluesky_network
    ana, ben = network.account(), network.account("ben")
    asked = network.post(ben, "Who knows a way?")
    text = "Tekne 🚤 var: t.me/exam… @ben #boza"
    body = text.encode()

    def facet(part: str, feature: dict[str, str]) -> dict[str, Any]:
        start = body.index(part.encode())
        span = {"byteStart": start, "byteEnd": start + len(part.encode())}
        kind, value = next(iter(feature.items()))
        named = {"$type": f"app.bsky.richtext.facet#{kind}", **({"uri": value} if kind == "link" else {})}
        named |= {"did": value} if kind == "mention" else {"tag": value} if kind == "tag" else {}
        return {"index": span, "features": [named]}

    facets = [
        facet("t.me/exam…", {"link": "https://t.me/example_channel"}),
        facet("@ben", {"mention": ben.did}),
        facet("#boza", {"tag": "boza"}),
    ]
    post = network.post(
        ana,
        text,
        langs=["tr"],
        facets=facets,
        tags=["umut"],
        reply_to=asked,
        quote=asked,
        pictures=[network.picture(ana, "Bir tekne")],
    )
    network.repost(ana, asked)
    source = account_source(network, ana)
    summary = poll(source)
    assert (summary.counts["new"], summary.not_landed) == (1, {"repost": 1}), summary
    row = posts(ledger)[post.uri]
    assert row["text"] == "Tekne 🚤 var: https://t.me/example_channel @ben #boza"
    assert (row["media_text"], row["lang_hint"]) == ("Bir tekne", "tr")
    assert list(row["hashtags"]) == ["boza", "umut"]
    assert row["url"] == f"https://bsky.app/profile/{ana.did}/post/{post.rkey}"
    answered = make_post_id("bluesky", asked.uri)
    assert (row["reply_to"], row["thread"], row["quotes"]) == (answered, answered, answered)
    kept = b"".join(zlib.decompress(raw["body"]) for raw in rows(ledger, "raw"))
    assert post.uri.encode() in kept
    assert b"Who knows" not in kept, "the words of others are theirs to delete"
    poll(account_source(network, ben, id="ben"))
    assert list(row["mentions"]) == [posts(ledger)[asked.uri]["author"]], (
        "one pseudonym for who is named and who writes"
    )


def test_a_reader_without_an_account_gets_nothing_of_who_wants_signed_in_readers(
    bluesky_network: Bluesky, poll: Poll, ledger: Ledger
) -> None:
    network, word = bluesky_network, a_word()
    ana, ben = network.account(), network.account("ben")
    open_post, shut_post = network.post(ana, f"{word} one"), network.post(ben, f"{word} two")
    source = search_source(network, word)
    assert poll(source).counts["new"] == 2
    network.signed_in_only(ben)
    network.post(ben, f"{word} three")
    second = poll(source)
    assert second.not_landed == {"no_unauthenticated": 2}, second
    assert gone(ledger) == {shut_post.uri}
    assert open_post.uri in posts(ledger)
    alone = poll(account_source(network, ben, id="ben"))
    assert alone.not_landed == {"no_unauthenticated": 2}
    assert "signed-in" in alone.message


Switch = Callable[[Bluesky, Account], None]


@pytest.mark.parametrize(
    ("off", "on"),
    [
        (Bluesky.take_down, lambda network, account: network.take_down(account, wanted=False)),
        (Bluesky.deactivate, Bluesky.activate),
    ],
    ids=["taken_down", "deactivated"],
)
def test_an_account_that_is_switched_off_takes_its_posts_along(
    bluesky_network: Bluesky, poll: Poll, ledger: Ledger, off: Switch, on: Switch
) -> None:
    network, word = bluesky_network, a_word()
    ana, ben = network.account(), network.account("ben")
    stays, goes = network.post(ana, f"{word} one"), network.post(ben, f"{word} two")
    source, bens = search_source(network, word), account_source(network, ben, id="ben")
    assert poll(source).counts["new"] == 2
    assert poll(bens).outcome == "ok"
    off(network, ben)
    make_rechecks_due(ledger)
    assert poll(source).counts["removed"] == 1
    assert gone(ledger) == {goes.uri}
    assert poll(bens).outcome == "gone"
    on(network, ben)
    assert poll(bens).outcome == "ok", "an account can come back"
    assert gone(ledger) == set(), "and its posts with it"
    assert stays.uri in posts(ledger)


def test_a_kill_in_the_middle_loses_nothing(
    bluesky_network: Bluesky, ledger: Ledger, worker: Worker, project: Project, settings: Settings, poll: Poll
) -> None:
    network = bluesky_network
    ana = network.account()
    written = write_many(network, ana, a_word(), 250)
    source = account_source(network, ana, delay=2.0)
    with CrawlProcesses() as processes:

        def stop() -> None:
            until = time.monotonic() + 60
            while time.monotonic() < until and not posts(ledger):
                time.sleep(0.05)
            time.sleep(0.3)
            processes.kill()

        thread = threading.Thread(target=stop)
        thread.start()
        assert collect(ledger, worker, [source], project, settings, processes=processes) == []
        thread.join()
    landed = len(posts(ledger))
    assert 0 < landed <= 100, "the first of three pages"
    assert read_source(ledger, source.id).cursor == {}
    again = poll(account_source(network, ana))
    assert (again.outcome, again.counts["new"]) == ("ok", 250 - landed), again
    assert set(posts(ledger)) == {one.uri for one in written}


def test_a_server_that_hangs_in_the_middle_costs_only_time(
    bluesky_network: Bluesky, poll: Poll, ledger: Ledger
) -> None:
    network = bluesky_network
    ana = network.account()
    written = write_many(network, ana, a_word(), 250)
    summaries: list[PollSummary] = []
    source = account_source(network, ana, delay=2.0, limits={"seconds": 5})
    thread = threading.Thread(target=lambda: summaries.append(poll(source)))
    thread.start()
    until = time.monotonic() + 60
    while time.monotonic() < until and not posts(ledger):
        time.sleep(0.05)
    with network.frozen():
        thread.join()
    (hung,) = summaries
    assert (hung.counts["new"], hung.counts["limit_seconds"]) == (100, 1), hung
    again = poll(account_source(network, ana))
    assert (again.outcome, again.counts["new"]) == ("ok", 150), again
    assert set(posts(ledger)) == {one.uri for one in written}


def test_what_a_cap_leaves_is_read_by_the_next_polls(bluesky_network: Bluesky, poll: Poll, ledger: Ledger) -> None:
    network = bluesky_network
    ana = network.account()
    written = write_many(network, ana, a_word(), 320)
    source = account_source(network, ana, limits={"pages": 2})
    counts = [poll(source).counts.get("new", 0) for _ in range(3)]
    assert (counts[0], sum(counts)) == (200, 320), counts
    assert set(posts(ledger)) == {one.uri for one in written}


def test_an_unchanged_page_is_not_sent_again(bluesky_network: Bluesky, poll: Poll, ledger: Ledger) -> None:
    network = bluesky_network
    ana = network.account()
    written = write_many(network, ana, a_word(), 60)
    source = account_source(network, ana)
    first = poll(source)
    make_rechecks_due(ledger)
    second = poll(source)
    assert (first.outcome, second.outcome) == ("ok", "not_modified")
    assert (second.window_from, second.counts.get("removed", 0)) == (first.window_to, 0)
    third = poll(source)
    assert third.outcome == "not_modified"
    assert third.counts["bytes"] < 2000
    network.edit(ana, written[30], text="Other words")
    network.delete(ana, written[0])
    make_rechecks_due(ledger)
    fourth = poll(source)
    assert (fourth.outcome, fourth.counts["revised"], fourth.counts["removed"]) == ("ok", 1, 1)
