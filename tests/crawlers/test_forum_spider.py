"""What becomes of a board's pages, poll by poll; the pages are hand-made (forum_board.py), the answers given (stand_in.py)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from crawlers.errors import BudgetSpent
from crawlers.platforms.forum.topics import KEPT, Progress, TopicMemory
from tests.crawlers.forum_board import STYLES, Board
from tests.crawlers.forum_given import DAY, HOUR, board, html, numbers, poll, post_id, source
from tests.crawlers.forum_pages import Sheet
from tests.crawlers.stand_in import NOW, Say


@pytest.mark.parametrize("engine", sorted(STYLES))
def test_a_forum_is_read_from_its_last_pages_and_then_forward(engine: str) -> None:
    made = board(engine)
    made.fill(5, 12, NOW - HOUR)
    made.fill(6, 3, NOW - 2 * HOUR)
    first = poll(made)
    assert (first.outcome, numbers(first)) == ("ok", sorted(made.posts))
    assert first.window == (NOW - HOUR, NOW)
    assert first.adds_up()
    assert {post.url for post in first.posts} == {
        made.base + made.style.post(made.posts[number].topic, number) for number in made.posts
    }
    again = poll(made, before=first, started=NOW + HOUR)
    assert (again.posts, len(again.asked)) == ([], 1), "nothing new: the list is all that is asked for"
    assert again.window == (NOW, NOW + HOUR)
    new = made.fill(5, 7, NOW + HOUR)
    third = poll(made, before=again, started=NOW + 2 * HOUR)
    assert set(new) <= set(numbers(third))
    assert third.window == (NOW + HOUR, NOW + 2 * HOUR)


def test_an_old_long_topic_is_not_read_to_its_beginning() -> None:
    made = board()
    made.fill(5, 60, NOW - HOUR, step=HOUR)
    run = poll(made, source(made, overlap=6 * HOUR))
    assert 6 <= len(run.posts) < 20
    assert max(made.posts) in numbers(run)


def test_what_a_cap_cut_off_comes_in_the_polls_after() -> None:
    made = board()
    made.fill(5, 31, NOW - HOUR, step=timedelta(minutes=1))
    made.fill(6, 4, NOW - 2 * HOUR)
    small = source(made, limits={"pages": 4})
    run, seen, windows = None, set[int](), []
    for turn in range(8):
        run = poll(made, small, before=run, started=NOW + turn * timedelta(minutes=15))
        assert run.outcome == "ok"
        seen |= set(numbers(run))
        windows.append(run.window[1])
    assert seen == set(made.posts), "none is lost"
    assert windows[0] is None, "a capped poll covers nothing"
    assert windows[-1] is not None


def test_a_run_out_of_requests_loses_nothing() -> None:
    made = board()
    made.fill(5, 14, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 5): BudgetSpent("requests", 3)}
    cut = poll(made, answers=made.answers(**over))
    assert (cut.outcome, cut.window[1]) == ("ok", None)
    rest = poll(made, before=cut, started=NOW + HOUR)
    assert set(numbers(cut)) | set(numbers(rest)) == set(made.posts)
    assert "covered_to" not in cut.spider.cursor
    assert rest.spider.cursor["covered_to"] == (NOW + HOUR).isoformat()


def test_a_post_approved_late_is_found_on_an_earlier_page() -> None:
    made = board()
    late = made.add(5, NOW - 2 * HOUR, held=True)
    made.fill(5, 9, NOW - HOUR)
    first = poll(made)
    assert late not in numbers(first)
    made.posts[late].held = False
    made.add(5, NOW + HOUR)
    second = poll(made, before=first, started=NOW + 2 * HOUR)
    assert late in numbers(second)


def test_posts_that_moved_up_a_page_are_found_by_their_numbers() -> None:
    """Earlier posts are deleted, and new ones fill the page before the one read last; they are older than the overlap."""
    made = board()
    made.fill(5, 11, NOW - DAY)
    first = poll(made, source(made, overlap=timedelta(minutes=1)))
    for number in sorted(made.posts)[:4]:
        del made.posts[number]
    new = made.fill(5, 6, NOW - HOUR)
    second = poll(made, source(made, overlap=timedelta(0)), before=first, started=NOW + HOUR)
    assert set(new) <= set(numbers(second))


def test_a_last_page_that_is_gone_does_not_end_a_topic() -> None:
    made = board()
    made.fill(5, 11, NOW - HOUR)
    first = poll(made)
    for number in sorted(made.posts)[:8]:
        del made.posts[number]
    new = made.add(5, NOW + HOUR)
    second = poll(made, before=first, started=NOW + 2 * HOUR)
    assert (second.outcome, new in numbers(second)) == ("ok", True)
    assert "topic_gone" not in second.tally.counts


def test_an_edit_lands_as_the_same_post_in_other_words() -> None:
    made = board()
    posts = made.fill(5, 3, NOW - HOUR)
    first = poll(made)
    made.edit(posts[1], "Now in other words.", NOW)
    made.add(5, NOW + HOUR)
    second = poll(made, before=first, started=NOW + 2 * HOUR)
    changed = next(post for post in second.posts if post.post_id == post_id(posts[1]))
    assert (changed.text, changed.edited_at) == ("Now in other words.", NOW)


def test_a_post_shown_as_deleted_is_removed() -> None:
    made = board()
    posts = made.fill(5, 3, NOW - HOUR)
    first = poll(made)
    made.posts[posts[0]].entry.deleted = True
    made.add(5, NOW + HOUR)
    second = poll(made, before=first, started=NOW + 2 * HOUR)
    assert second.removed == [post_id(posts[0])]
    assert second.tally.not_landed["deleted"] == 1
    assert second.adds_up()


def test_a_board_that_moves_to_https_keeps_its_posts() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    by_http = Board("phpbb", made.posts, "http://board.example")
    first = poll(made)
    second = poll(by_http)
    assert [post.post_id for post in first.posts] == [post.post_id for post in second.posts]


def test_a_list_that_pages_without_end_ends() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    same = made.style.rows([made._row(5)], Sheet(0, [4]))
    answers: dict[str, Say] = {**made.answers(), made.url: html(same)}
    for number in range(4, 4000, 4):
        page = made.style.rows([made._row(5)], Sheet(number, [number + 4]))
        answers[made.base + made.style.forum(number)] = html(page)
    run = poll(made, answers=answers)
    assert (run.outcome, len(run.asked)) == ("ok", 3), "the second page shows nothing that the first did not"


def test_links_to_other_servers_are_not_followed() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    page = made.pages()[made.style.forum(0)].replace("./viewtopic.php", "https://other.example/viewtopic.php")
    run = poll(made, answers={made.url: html(page)})
    assert run.asked == [made.url]


@pytest.mark.parametrize(
    "cursor",
    [
        {"topics": {"5": ["x"]}},
        {"topics": {"5": 7}},
        {"covered_to": "yesterday"},
        {"topics": []},
        {"entries": {}},
        {"url": "https://other.example/", "covered_to": NOW.isoformat()},
    ],
)
def test_a_cursor_of_another_shape_is_begun_anew(cursor: dict[str, Any]) -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    run = poll(made, cursor=cursor)
    assert (run.outcome, numbers(run)) == ("ok", sorted(made.posts))
    json.dumps(run.spider.cursor)


def test_the_cursor_stays_small() -> None:
    memory = TopicMemory(None)
    for number in range(KEPT + 500):
        memory.keep(
            str(number), Progress("0" * 16, f"https://board.example/viewtopic.php?t={number}&start=120", number)
        )
    kept = memory.dump()
    assert (len(kept), "0" in kept, str(KEPT + 499) in kept) == (KEPT, False, True)
    assert len(json.dumps(kept)) < 300_000
    assert TopicMemory(kept).dump() == kept


def test_volume_bounds_are_of_topics() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    few = poll(made, source(made, expect={"min_posts": 2}))
    assert (few.outcome, len(few.posts)) == ("failed", 2)
    made.fill(6, 2, NOW - HOUR)
    many = poll(made, source(made, expect={"max_posts": 1}))
    assert (many.outcome, many.tally.counts["above_max_posts"]) == ("ok", 1)


def test_an_unknown_engine_fails_with_the_names_of_those_there_are() -> None:
    made = board()
    run = poll(made, source(made).model_copy(update={"engine": "nobody"}))
    assert (run.outcome, run.asked) == ("failed", [])
    assert "phpbb, smf" in run.spider.message
