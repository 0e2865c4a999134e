"""What a server says of statuses that are asked for again, and when a status that is missing is believed to be deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.errors import RateLimited, Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.mastodon.recheck import BATCH, SINGLES
from ledger import Watched
from tests.crawlers.mastodon_given import NOW, Server, due, in_json, poll, post_id, source, status
from tests.crawlers.stand_in import Answer

LOST = in_json({"error": "not found"}, 404)


@pytest.mark.parametrize("unclear", [Answer(status=503), Answer(status=403), Answer("<html>"), Answer("[1]")])
def test_an_answer_that_says_nothing_is_no_deletion_and_no_failure(unclear: Answer) -> None:
    server = Server(status(2), status(4), batch=unclear, single=unclear)
    run = poll(server, rechecks=due(1, 3))
    assert (run.outcome, run.rechecked) == ("ok", {post_id(1): "unknown", post_id(3): "unknown"})
    assert run.window[1] is not None, "the timeline was read"


@pytest.mark.parametrize("fault", [Refused(Outcome.ROBOTS_DENIED, "robots.txt forbids it"), Unreachable("no answer")])
def test_a_recheck_that_cannot_be_made_says_nothing(fault: Exception) -> None:
    server = Server(status(2), batch=fault, single=fault)
    assert poll(server, rechecks=due(1, 3)).rechecked == {
        post_id(1): "unknown",
        post_id(3): "unknown",
    }
    one = poll(Server(status(2), single=fault), rechecks=due(2, 3, 4))
    assert one.rechecked == {post_id(2): "present", post_id(3): "unknown", post_id(4): "unknown"}


def test_what_a_server_asks_to_wait_for_stays_due() -> None:
    limited = Server(status(2), batch=RateLimited("m.example", NOW + timedelta(hours=1)))
    run = poll(limited, rechecks=due(1, 3))
    assert (run.outcome, run.rechecked, run.tally.counts["rechecks_put_off"]) == ("ok", {}, 1)


def test_what_the_page_shows_is_present_without_a_request_and_the_rest_is_asked_for_twenty_at_a_time() -> None:
    server = Server(*map(status, range(1, 91)))
    run = poll(server, source(overlap="0s"), rechecks=due(*range(1, 91)))
    assert set(run.rechecked.values()) == {"present"}
    lookups = [url for url in run.asked if "/statuses" in url]
    assert [url.count("id%5B%5D=") for url in lookups] == [20, 20, 10], "forty were on the page"
    assert run.adds_up()


def test_a_server_without_lookups_by_many_ids_is_asked_for_some_hundred_statuses() -> None:
    server = Server(*map(status, range(1, 251)), batch=Answer(status=404))
    run = poll(server, source(overlap="0s"), rechecks=due(*range(1, 201)))
    singles = [url for url in run.asked if "/api/v1/statuses/" in url]
    assert SINGLES <= len(singles) <= SINGLES + BATCH
    assert set(run.rechecked.values()) == {"present"}
    assert (len(run.rechecked), run.tally.counts["rechecks_put_off"]) == (len(singles), 1), "the others stay due"


def test_not_found_is_believed_only_where_the_same_lookup_finds_what_is_there() -> None:
    first = poll(Server(*map(status, range(1, 31))))
    there = [status(number) for number in range(20, 31)]
    astray = Server(*there, batch=LOST, single=LOST)
    doubted = poll(astray, before=first)
    assert set(doubted.rechecked.values()) == {"unknown"}
    assert doubted.tally.counts["removal_doubted"] == 19
    assert len([url for url in doubted.asked if "/statuses" in url]) == 3, "a batch, one status, the proof: no more"
    mended = poll(Server(*there), before=first)
    assert mended.rechecked == {post_id(number): "deleted" for number in range(1, 20)}


def test_what_the_pages_no_longer_show_is_asked_for_once() -> None:
    first = poll(Server(*map(status, range(1, 11))))
    without = Server(*map(status, range(2, 11)), single=Answer(status=503))
    second = poll(without, before=first)
    assert second.rechecked == {post_id(1): "unknown"}
    third = poll(without, before=second)
    assert third.rechecked == {}, "the ledger's queue has it, and asks again later"


def test_the_cap_of_rechecks_holds_for_hints_and_due_ones_together() -> None:
    small = source(limits={"rechecks": 3})
    first = poll(Server(*map(status, range(1, 11))), small)
    emptied = Server(*map(status, range(6, 11)))
    there = {post_id(6): "present"}
    second = poll(emptied, small, before=first, rechecks=due(6, 90))
    assert second.rechecked == {post_id(number): "deleted" for number in (1, 2, 3)} | there, "what is shown is free"
    third = poll(emptied, small, before=second, rechecks=due(6, 90))
    assert third.rechecked == {post_id(number): "deleted" for number in (4, 5, 90)} | there
    none = source(limits={"rechecks": 0})
    assert poll(emptied, none, before=first).rechecked == {}


def test_nothing_is_missing_from_an_empty_timeline() -> None:
    first = poll(Server(*map(status, range(1, 11))))
    closed = Server(timeline=in_json([]))
    run = poll(closed, before=first, rechecks=due(1, 2))
    assert (run.outcome, set(run.rechecked.values())) == ("empty", {"unknown"})
    assert run.tally.counts["removal_doubted"] == 2
    assert len(poll(Server(status(9)), before=run).rechecked) == 9, "asked for now"


def test_the_lookup_of_another_server_means_nothing_here() -> None:
    run = poll(Server(status(2)), rechecks=due(1, 2, server="old.example"))
    assert (run.rechecked, run.tally.counts["recheck_elsewhere"]) == (
        {post_id(1): "unknown", post_id(2): "unknown"},
        2,
    )
    assert not [url for url in run.asked if "/statuses" in url]


def test_a_recheck_lands_the_edit_and_counts_it() -> None:
    edited = status(1, content="<p>Corrected</p>", edited_at=NOW.isoformat())
    server = Server(edited, *map(status, range(2, 60)))
    run = poll(server, source(overlap="0s"), rechecks=due(1))
    assert [post.text for post in run.posts if post.post_id == post_id(1)] == ["Corrected"]
    assert run.rechecked == {post_id(1): "present"}
    assert run.adds_up()


def test_the_watch_list_of_an_earlier_version_moves_to_the_ledgers_queue() -> None:
    first = poll(Server(*map(status, range(1, 5))))
    seen = int((NOW - timedelta(days=3)).timestamp())
    later = int((NOW + timedelta(hours=5)).timestamp())
    old = {
        "server": "m.example",
        "mark": "4",
        "covered_to": NOW.isoformat(),
        "access": first.spider.cursor["access"],
        "watch": {
            "1": [post_id(1), seen, 2],
            "2": [post_id(2), seen, 0, 3, later],
            "3": [post_id(3), seen, 4],
            "90": [post_id(90), seen, 1],
        },
    }
    run = poll(Server(*map(status, range(1, 5))), cursor=old)
    taken = {item.post_id: item for item in run.items if isinstance(item, Watched)}
    assert set(taken) == {post_id(1), post_id(2), post_id(90)}, "the third has had its last recheck"
    assert all(item.seen.timestamp() == seen for item in taken.values())
    assert taken[post_id(1)].lookup == "m.example/1"
    ages = [(taken[post_id(number)].due or NOW).timestamp() - seen for number in (1, 90)]
    assert ages == [7 * 86_400, 86_400], "the age that comes next"
    assert taken[post_id(2)].due == datetime.fromtimestamp(later, UTC), "it was being waited for"
    assert run.rechecked == {post_id(90): "deleted"}, "the page should have shown it"
    assert "watch" not in run.spider.cursor
    again = poll(Server(*map(status, range(1, 5))), before=run)
    assert not [item for item in again.items if isinstance(item, Watched)]
    assert again.rechecked == {}
