"""What becomes of Bluesky's answers, page by page and poll by poll: in process, against appview.py."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from crawlers.errors import RateLimited, Unreachable
from tests.crawlers.appview import FEED, POSTS, SEARCH, AppView, hours, stamp, uri_of, view
from tests.crawlers.bluesky_given import BASE, MINUTE, NOW, many, poll, source, wanted
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Say, read


def test_an_unchanged_page_says_enough_for_some_hours() -> None:
    network = many(60)
    page = network.reply(f"{FEED}?actor=ana.example&limit=100")
    network.faults[FEED] = lambda _: (200, {**page[1], "ETag": '"one"'}, page[2])
    first = poll(source(), network)
    assert (first.outcome, len(first.posts)) == ("ok", 60)
    network.fail(FEED, 304)
    due = wanted(uri_of(3), uri_of(900))
    second = poll(source(), network, first, NOW + hours(1), rechecks=due)
    assert (second.outcome, second.window) == ("not_modified", (NOW, NOW + hours(1)))
    assert list(second.rechecked.values()) == ["present", "deleted"], "a post of the page proves that the server looks"
    assert poll(source(), network, first, NOW + hours(7)).outcome == "failed", "then the page is asked for whole"


def test_pages_that_are_not_read_whole_are_asked_for_anew() -> None:
    network = many(160)
    assert poll(source(), network).spider.cursor["enough"] is None, "two pages"
    assert poll(source(limits={"pages": 1}), network).spider.cursor["enough"] is None, "capped"


def test_a_search_goes_on_by_time_where_its_count_ends() -> None:
    network = many(1000, timedelta(seconds=1))
    network.deep = 300
    run = poll(source(query="Post"), network)
    assert len(run.posts) == 1000
    assert run.outcome == "ok"
    assert any("until" in asked for _, asked in network.asked)
    assert run.tally.counts["list_cut"] == 0


def test_a_search_that_does_not_know_until_claims_no_more_than_it_read() -> None:
    network = many(1000, timedelta(seconds=1))
    network.deep, network.knows_until = 300, False
    run = poll(source(query="Post"), network)
    assert (len(run.posts), run.tally.counts["list_cut"]) == (300, 1)
    assert run.window[0] is not None
    assert run.window[0] >= NOW - timedelta(seconds=299), "no more than was read"
    again = poll(source(query="Post"), network, run, NOW + hours(1))
    assert again.window[0] is not None
    assert again.window[0] >= NOW - timedelta(seconds=299)


def test_posts_of_one_moment_are_all_found_where_the_count_ends() -> None:
    network = AppView(*(view(n, NOW - MINUTE * (n // 60)) for n in range(400)))
    network.deep = 200
    assert len(poll(source(query="Post"), network).posts) == 400


def test_a_server_that_keeps_later_pages_for_members_is_taken_at_its_word() -> None:
    network = many(250)
    network.fail(SEARCH, 403, "<html>", when="cursor")
    first = poll(source(query="Post"), network)
    assert (first.outcome, len(first.posts)) == ("ok", 100)
    assert first.window == (NOW - MINUTE * 98, NOW)
    assert "without an account" in first.spider.message
    assert [asked.get("cursor") for _, asked in network.asked] == [None, "100"], "not by another way"
    later = NOW + hours(12)
    network.add(*(view(1000 + n, later - MINUTE * n) for n in range(300)))
    second = poll(source(query="Post"), network, first, later)
    assert second.window[0] is not None
    assert second.window[0] > later - MINUTE * 100, "the gap shows"


@pytest.mark.parametrize("fault", [Unreachable("no answer"), RateLimited("api.example", NOW + hours(2))])
def test_a_poll_that_breaks_off_is_read_again_whole(fault: Exception) -> None:
    network = many(250)
    answers: dict[str, Any] = dict(network.answers(BASE))
    whole = answers[BASE + FEED]

    def breaks(address: str) -> Say:
        return fault if "cursor" in address else whole(address)

    first = read(source(), {**answers, BASE + FEED: breaks}, started=NOW)
    assert not first.spider.outcome.is_success
    assert (len(first.posts), first.window) == (100, (None, None))
    assert "covered_to" not in first.spider.cursor
    assert len(poll(source(), network, first).posts) == 250


def test_the_same_page_for_every_cursor_ends() -> None:
    for fields, method, name in (({}, FEED, "feed"), ({"query": "Post"}, SEARCH, "posts")):
        network = AppView()
        items = [view(n, NOW - MINUTE * n) for n in range(100)]
        network.fail(method, 200, json.dumps({name: items, "cursor": "again"}))
        run = poll(source(**fields), network)
        assert (len(run.posts), run.tally.counts["list_cut"]) == (100, 1), name
        assert len(network.asked) < 5


def test_a_post_with_a_date_of_its_own_ends_no_reading() -> None:
    network = many(250)
    network.posts[uri_of(50)]["record"]["createdAt"] = stamp(NOW - hours(50_000))
    network.posts[uri_of(60)]["record"]["createdAt"] = "whenever"
    network.posts[uri_of(70)]["record"]["createdAt"] = "2999-01-01T00:00:00Z"
    run = poll(source(overlap="200m"), network)
    assert run.outcome == "ok"
    assert len(run.posts) >= 248


def test_an_account_that_is_not_there_is_gone_and_can_come_back() -> None:
    run = poll(source().model_copy(update={"account": "nobody.example"}), many(3))
    assert (run.outcome, run.spider.retired) == ("gone", False)
    network = many(3)
    network.fail(FEED, 400, '{"error": "InvalidRequest", "message": "actor must be valid"}')
    assert poll(source(), network).outcome == "failed"


def test_an_empty_list_covers_no_time() -> None:
    run = poll(source(), AppView())
    assert (run.outcome, run.window) == ("empty", (None, None))
    low = poll(source(expect={"min_posts": 3}), many(2))
    assert low.outcome == "failed"
    high = poll(source(expect={"max_posts": 1}), many(2))
    assert (high.outcome, high.tally.counts["above_max_posts"]) == ("ok", 1)


# Rechecks


def test_missing_is_believed_only_beside_what_is_known_to_be_there() -> None:
    gone = wanted(uri_of(500))
    assert list(poll(source(), many(3), rechecks=gone).rechecked.values()) == ["deleted"], "a page has shown another"
    blind = many(3)
    blind.fail(POSTS, 200, '{"posts": []}')
    run = poll(source(), blind, rechecks=gone)
    assert (list(run.rechecked.values()), run.tally.counts["removal_doubted"]) == (["unknown"], 1)


def test_an_unreachable_lookup_leaves_all_unclear_and_a_limit_puts_them_off() -> None:
    answers = dict(many(3).answers(BASE))
    due = wanted(*(uri_of(n) for n in range(3)))
    away = read(source(), {**answers, BASE + POSTS: Unreachable("no")}, started=NOW, rechecks=due)
    assert (set(away.rechecked.values()), away.outcome) == ({"unknown"}, "ok")
    limited = RateLimited("api.example", NOW + hours(1))
    put_off = read(source(), {**answers, BASE + POSTS: limited}, started=NOW, rechecks=due)
    assert (put_off.rechecked, put_off.tally.counts["rechecks_put_off"]) == ({}, 1)


# The register


@pytest.mark.parametrize("fields", [{}, {"account": "a.example", "query": "x"}, {"account": "not a name"}])
def test_an_entry_names_an_account_or_a_query(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="account"):
        make_source(BASE, kind="bluesky", **fields)
