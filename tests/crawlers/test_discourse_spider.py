"""Pages, caps, gaps, windows and cursors; the forum's answers are given, see stand_in.py and discourse_server.py."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from crawlers.errors import TooLarge, Unreachable
from tests.crawlers.discourse_given import BASE, filled, numbers, source
from tests.crawlers.stand_in import NOW, read


def test_what_a_post_answers_is_found_further_down_the_page() -> None:
    forum = filled(10, 11)
    forum.write(12, timedelta(0), NOW, reply_to_post_number=2)
    forum.write(25, timedelta(0), NOW, reply_to_post_number=1)
    run = read(source(), forum.answers(BASE))
    found = {int(post.native_id.rpartition("/")[2]): (post.reply_to, post.thread) for post in run.posts}
    assert found[12] == ("forum.example/p/11", "forum.example/t/2")
    assert found[25] == (None, "forum.example/t/3"), "the first post of that topic is not on any page that was read"


@pytest.mark.parametrize("old", [False, True])
def test_a_page_cap_leaves_a_gap_that_later_polls_fill(old: bool) -> None:
    forum = filled(1, 2, old=old)
    capped = source(limits={"pages": 2})
    run = read(capped, forum.answers(BASE))
    for number in range(3, 400):
        forum.write(number, timedelta(0), NOW)
    landed, polls = set(numbers(run)), 0
    while landed != set(range(1, 400)):
        polls += 1
        assert polls < 12, "each poll brings at least one page more"
        forum.write(399 + polls, timedelta(0), NOW)
        run = read(capped, forum.answers(BASE), before=run)
        assert run.adds_up()
        landed |= {number for number in numbers(run) if number < 400}
    assert polls >= 3


def test_a_gap_is_no_part_of_the_window() -> None:
    forum = filled(1)
    capped = source(limits={"pages": 1})
    run = read(capped, forum.answers(BASE), started=NOW)
    assert run.outcome == "ok"
    later = NOW + timedelta(hours=3)
    for number in range(2, 102):
        forum.write(number, timedelta(minutes=101 - number), later)
    run = read(capped, forum.answers(BASE), before=run, started=later)
    assert run.window == (later - timedelta(minutes=48), later), "the last two read are 52 and 53"
    assert run.spider.cursor["list"]["gap"] == {"next": "52", "until": 1, "tries": 0}
    wide = source(limits={"pages": 9})
    run = read(wide, forum.answers(BASE), before=run, started=later + timedelta(minutes=1))
    assert run.spider.cursor["list"]["gap"] is None
    assert run.window[0] is not None
    assert run.window[0] <= later - timedelta(minutes=99)


def test_a_fault_below_the_newest_page_leaves_a_gap_too() -> None:
    """With an overlap of nothing, what is missing can come by the gap alone."""
    forum, plain = filled(1), source(overlap="0s")
    run = read(plain, forum.answers(BASE))
    for number in range(2, 160):
        forum.write(number, timedelta(minutes=1), NOW)
    forum.over["/posts.json"] = lambda address: (500, {}, b"") if "before" in address else None
    failed = read(plain, forum.answers(BASE), before=run)
    assert (failed.outcome, failed.window) == ("failed", (None, None))
    forum.over.clear()
    after = read(plain, forum.answers(BASE), before=failed)
    assert {*numbers(failed), *numbers(after)} >= set(range(2, 160))
    assert after.outcome == "ok"


def test_what_a_failed_poll_left_unread_is_claimed_by_no_later_window() -> None:
    forum, narrow, wide = filled(1), source(overlap="0s", limits={"pages": 1}), source(overlap="0s")
    run = read(wide, forum.answers(BASE))
    later = NOW + timedelta(hours=3)
    for number in range(2, 160):
        forum.write(number, timedelta(minutes=160 - number), later)
    forum.over["/posts.json"] = lambda address: (500, {}, b"") if "before" in address else None
    run = read(wide, forum.answers(BASE), before=run, started=later)
    assert run.outcome == "failed"
    forum.over.clear()
    run = read(narrow, forum.answers(BASE), before=run, started=later + timedelta(minutes=1))
    assert (run.outcome, run.window) == ("ok", (None, None)), "the gap is still there"
    run = read(wide, forum.answers(BASE), before=run, started=later + timedelta(minutes=2))
    assert run.window == (later - timedelta(minutes=158), later + timedelta(minutes=2))


def test_a_second_gap_takes_the_first_one_in() -> None:
    forum, narrow, wide = filled(1), source(overlap="0s", limits={"pages": 1}), source(overlap="0s")
    run = read(wide, forum.answers(BASE))
    landed = set(numbers(run))
    for first, last, capped in ((2, 150, True), (151, 300, True), (301, 301, False)):
        for number in range(first, last + 1):
            forum.write(number, timedelta(minutes=1), NOW)
        run = read(narrow if capped else wide, forum.answers(BASE), before=run)
        landed |= set(numbers(run))
    assert landed == set(range(1, 302))
    assert run.spider.cursor["list"]["gap"] is None


def test_a_gap_that_cannot_be_read_is_given_up_and_fails_no_poll() -> None:
    forum = filled(*range(1, 60))
    forum.over["/posts.json"] = lambda address: (500, {}, b"") if "before=7" in address else None
    gap = {
        "server": "forum.example",
        "list": {"mark": 59, "covered_to": None, "gap": {"next": "7", "until": 1, "tries": 0}},
    }
    run = read(source(overlap="0s"), forum.answers(BASE), cursor=gap)
    for given_up in (0, 0, 1):
        assert (run.outcome, run.tally.counts["gap_failed"]) == ("ok", 1)
        assert run.tally.counts["gap_given_up"] == given_up
        run = read(source(overlap="0s"), forum.answers(BASE), before=run)
    assert run.tally.counts["gap_failed"] == 0


@pytest.mark.parametrize("fault", [Unreachable("no answer", timed_out=True), TooLarge("too large")])
def test_an_old_page_that_hangs_or_is_too_large_fails_no_poll_either(fault: Exception) -> None:
    forum = filled(*range(1, 60))
    gap = {"next": "7", "until": 1, "tries": 2}
    cursor = {"server": "forum.example", "list": {"mark": 59, "covered_to": None, "gap": gap}}

    def hang(address: str) -> None:
        if "before=7" in address:
            raise fault

    forum.over["/posts.json"] = hang
    run = read(source(overlap="0s"), forum.answers(BASE), cursor=cursor)
    assert (run.outcome, run.tally.counts["gap_given_up"]) == ("ok", 1)
    assert run.posts, "the newest page has landed"


def test_an_old_server_pages_by_ids_over_a_hole() -> None:
    forum = filled(*range(1, 30), *range(140, 200), old=True)
    run = read(source(), forum.answers(BASE))
    assert set(numbers(run)) == set(forum.posts)


def test_the_same_page_for_every_token_ends() -> None:
    forum = filled(*range(1000, 1040))
    same = json.dumps({"latest_posts": list(forum.posts.values())}).encode()
    forum.over["/posts.json"] = lambda _: (200, {}, same)
    run = read(source(), forum.answers(BASE))
    assert (run.outcome, len(run.posts), len(run.asked)) == ("ok", 40, 4)
    assert run.adds_up()


def test_the_reading_stops_at_the_overlap_and_the_mark() -> None:
    forum = filled(*range(1, 500), age=timedelta(days=2))
    for number in range(500, 520):
        forum.write(number, timedelta(minutes=5), NOW)
    assert len(read(source(), forum.answers(BASE)).asked) == 1
    everything = read(source(overlap="3d"), forum.answers(BASE))
    assert len(everything.posts) == 519


def test_a_cursor_of_another_forum_or_shape_counts_for_nothing() -> None:
    forum = filled(*range(1, 20))
    other = {"server": "other.example", "list": {"mark": 10**6, "covered_to": None, "gap": None}}
    assert len(read(source(), forum.answers(BASE), cursor=other).posts) == 19
    for odd in (
        {"list": "x"},
        {"list": {"mark": "x"}},
        {"list": {"gap": {"next": "x", "until": 1, "tries": 0}}},
        {"list": [1]},
    ):
        run = read(source(), forum.answers(BASE), cursor=odd)
        assert (run.outcome, len(run.posts)) == ("ok", 19)
        assert run.tally.counts["cursor_reset"] == 1
