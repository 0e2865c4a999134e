"""Lemmy, poll by poll: caps, gaps, windows, and identity; the answers are given, see stand_in.py and lemmy_server.py."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from crawlers.platforms.lemmy.posts import split_url
from tests.crawlers.conftest import make_source
from tests.crawlers.lemmy_given import BASE, VERSIONS, filled, names, source
from tests.crawlers.lemmy_server import HOME, Lemmy
from tests.crawlers.stand_in import NOW, Answer, read


@VERSIONS
def test_the_same_post_over_mastodon_is_the_same_post_of_the_same_author(version: int) -> None:
    """Erasing the post or its author reaches both."""
    found = read(source(), filled(1, version).answers(BASE)).posts[0]
    status = {
        "id": "9",
        "uri": f"{BASE}/post/1",
        "created_at": NOW.isoformat(),
        "content": "<p>Post 1</p>",
        "account": {"acct": f"ana@{HOME}"},
    }
    elsewhere = "https://m.example"
    timeline = {
        f"{elsewhere}/api/v2/instance": Answer('{"domain": "m.example"}'),
        f"{elsewhere}/api/v1/timelines/public": Answer(json.dumps([status])),
    }
    other = read(make_source(elsewhere, kind="mastodon"), timeline).posts[0]
    assert (found.post_id, found.author) == (other.post_id, other.author)


@VERSIONS
def test_a_page_cap_leaves_gaps_that_later_polls_fill(version: int) -> None:
    """New items come and some go while the gap is filled: numbered pages shift both ways."""
    server = filled(2, version)
    capped = source(limits={"pages": 8}, overlap="1m")
    run = read(capped, server.answers(BASE))
    for number in range(3, 600):
        server.post(number, timedelta(seconds=600 - number), NOW + timedelta(minutes=10))
        server.comment(number, timedelta(seconds=600 - number), NOW + timedelta(minutes=10))
    landed, polls, started = names(run), 0, NOW + timedelta(minutes=10)
    wanted = {f"{kind}/{number}" for kind in ("post", "comment") for number in range(1, 600)}
    while not wanted <= landed:
        polls += 1
        assert polls < 12, "each poll brings at least one page more"
        started += timedelta(minutes=5)
        for number in range(1000 + polls * 10, 1005 + polls * 10):
            server.post(number, timedelta(seconds=1), started)
            server.comment(number, timedelta(seconds=1), started)
        for number in range(600 - polls * 20, 610 - polls * 20):
            if f"comment/{number}" in landed:
                server.items["comment"].pop(number, None)
        run = read(capped, server.answers(BASE), before=run, started=started)
        assert run.outcome == "ok"
        assert run.adds_up()
        landed |= names(run)
    assert polls >= 3


def test_the_window_is_what_both_lists_cover() -> None:
    server = Lemmy()
    for minutes in range(1, 200):
        server.post(minutes, timedelta(minutes=minutes), NOW)
    for minutes in range(1, 200):
        server.comment(minutes, timedelta(minutes=2 * minutes), NOW)
    run = read(source(limits={"pages": 2}), server.answers(BASE))
    assert run.window == (NOW - timedelta(minutes=49), NOW), "50 posts reach back 50 minutes, 50 comments 100"
    assert read(source(limits={"pages": 1}), Lemmy().answers(BASE)).window == (None, None)


def test_a_pinned_post_and_one_from_the_future_move_no_mark() -> None:
    server = filled(60)
    server.post(900, timedelta(days=400), NOW, featured_local=True)
    server.post(901, timedelta(hours=-20), NOW)
    run = read(source(), server.answers(BASE))
    assert len(run.posts) == 122
    later = NOW + timedelta(hours=12)
    for number in range(1000, 1120):
        server.post(number, timedelta(hours=7), later)
    run = read(source(), server.answers(BASE), before=run, started=later)
    assert {f"post/{number}" for number in range(1000, 1120)} <= names(run)


def test_a_gap_behind_a_cursor_that_is_gone_is_given_up() -> None:
    server = filled(60)
    run = read(source(overlap="0s"), server.answers(BASE))
    for cursor in ("Pfff", ""):
        run.spider.cursor["post"]["gap"] = {"next": cursor or "x", "until": 1, "tries": 2}
        run = read(source(overlap="0s"), server.answers(BASE), before=run)
        assert (run.outcome, run.tally.counts["gap_given_up"]) == ("ok", 1)


def test_a_server_that_moves_to_version_4_is_read_on() -> None:
    server = filled(60)
    run = read(source(), server.answers(BASE))
    server.version = 4
    failed = read(source(), server.answers(BASE), before=run, started=NOW + timedelta(hours=1))
    assert failed.outcome == "failed"
    after = read(source(), server.answers(BASE), before=failed, started=NOW + timedelta(hours=2))
    assert (after.outcome, len(after.posts)) == ("ok", 120)


def test_a_cursor_of_another_server_or_shape_counts_for_nothing() -> None:
    server = filled(3)
    other = {"server": "other.example", "post": {"mark": 10**17, "covered_to": None, "gap": None}}
    assert len(read(source(), server.answers(BASE), cursor=other).posts) == 6
    shapes: list[dict[str, Any]] = [
        {"post": "x"},
        {"comment": {"mark": []}},
        {"site": {"at": 1}},
        {"site": "x"},
        {"post": {"gap": [1]}},
    ]
    for odd in shapes:
        run = read(source(), server.answers(BASE), cursor=odd)
        assert (run.outcome, len(run.posts), run.tally.counts["cursor_reset"]) == ("ok", 6, 1)


def test_an_address_names_a_server_or_one_of_its_communities() -> None:
    assert split_url("https://lemmy.example/") == ("https://lemmy.example", None)
    assert split_url("https://lemmy.example/c/harbour@other.example/") == (
        "https://lemmy.example",
        "harbour@other.example",
    )
    assert split_url("https://x.example/sub/c/harbour") == ("https://x.example/sub", "harbour")
