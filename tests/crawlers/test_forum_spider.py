"""What becomes of a board's pages, poll by poll; the pages are hand-made (forum_board.py), the answers given (stand_in.py)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.forum.topics import KEPT, Progress, TopicMemory
from crawlers.platforms.forum.walk import TRIES
from crawlers.task import RecheckOf
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.forum_board import HTML, STYLES, Board
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

HOUR = timedelta(hours=1)
MARKUP = {
    "phpbb": {"row": ["topictitle"], "mark": ['"posts"', '"lastpost"'], "sign": ['id="phpbb"']},
    "smf": {"row": ["message_index_title"], "mark": ['"lastpost"', "board_stats"], "sign": ["footerfix"]},
    "mybb": {"row": ["inline_row"], "mark": ["whoPosted", '"lastpost'], "sign": ["mybb.com"]},
    "xenforo": {"row": ["structItem--thread"], "mark": ["--latest", "--meta"], "sign": ['id="XF"']},
    "vbulletin": {"row": ["threadbit "], "mark": ["threadstats", "threadlastpost"], "sign": ["vBulletin 4"]},
    "vbulletin3": {"row": ["td_threadtitle_"], "mark": ["whoposted", "#post", "lastposter"], "sign": ["vBulletin 3"]},
}
"""What a page of each engine loses where its rows, what changes in them, or the engine's sign are others."""
DAY = timedelta(days=1)


def source(board: Board, **fields: Any) -> Source:
    return make_source(board.url, kind="forum", engine=board.engine, author_kind="person", **fields)


def board(engine: str = "phpbb") -> Board:
    return Board(engine)


def numbers(run: Run) -> list[int]:
    return sorted(int(post.native_id.partition("#")[2]) for post in run.posts)


def post_id(number: int) -> str:
    return make_post_id("forum", f"https://board.example/#{number}")


def html(body: str) -> Answer:
    return Answer(body, headers=HTML)


@pytest.mark.parametrize("engine", sorted(STYLES))
def test_a_forum_is_read_from_its_last_pages_and_then_forward(engine: str) -> None:
    made = board(engine)
    made.fill(5, 12, NOW - HOUR)
    made.fill(6, 3, NOW - 2 * HOUR)
    first = read(source(made), made.answers())
    assert (first.outcome, numbers(first)) == ("ok", sorted(made.posts))
    assert first.window == (NOW - HOUR, NOW)
    assert first.adds_up()
    assert {post.url for post in first.posts} == {
        made.base + made.style.post(made.posts[number].topic, number) for number in made.posts
    }
    again = read(source(made), made.answers(), before=first, started=NOW + HOUR)
    assert (again.posts, len(again.asked)) == ([], 1), "nothing new: the list is all that is asked for"
    assert again.window == (NOW, NOW + HOUR)
    new = made.fill(5, 7, NOW + HOUR)
    third = read(source(made), made.answers(), before=again, started=NOW + 2 * HOUR)
    assert set(new) <= set(numbers(third))
    assert third.window == (NOW + HOUR, NOW + 2 * HOUR)


def test_an_old_long_topic_is_not_read_to_its_beginning() -> None:
    made = board()
    made.fill(5, 60, NOW - HOUR, step=HOUR)
    run = read(source(made, overlap=6 * HOUR), made.answers())
    assert 6 <= len(run.posts) < 20
    assert max(made.posts) in numbers(run)


def test_what_a_cap_cut_off_comes_in_the_polls_after() -> None:
    made = board()
    made.fill(5, 31, NOW - HOUR, step=timedelta(minutes=1))
    made.fill(6, 4, NOW - 2 * HOUR)
    small = source(made, limits={"pages": 4})
    run, seen, windows = None, set[int](), []
    for turn in range(8):
        run = read(small, made.answers(), before=run, started=NOW + turn * timedelta(minutes=15))
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
    cut = read(source(made), made.answers(**over))
    assert (cut.outcome, cut.window[1]) == ("ok", None)
    rest = read(source(made), made.answers(), before=cut, started=NOW + HOUR)
    assert set(numbers(cut)) | set(numbers(rest)) == set(made.posts)
    assert "covered_to" not in cut.spider.cursor
    assert rest.spider.cursor["covered_to"] == (NOW + HOUR).isoformat()


def test_a_post_approved_late_is_found_on_an_earlier_page() -> None:
    made = board()
    late = made.add(5, NOW - 2 * HOUR, held=True)
    made.fill(5, 9, NOW - HOUR)
    first = read(source(made), made.answers())
    assert late not in numbers(first)
    made.posts[late].held = False
    made.add(5, NOW + HOUR)
    second = read(source(made), made.answers(), before=first, started=NOW + 2 * HOUR)
    assert late in numbers(second)


def test_posts_that_moved_up_a_page_are_found_by_their_numbers() -> None:
    """Earlier posts are deleted, and new ones fill the page before the one read last; they are older than the overlap."""
    made = board()
    made.fill(5, 11, NOW - DAY)
    first = read(source(made, overlap=timedelta(minutes=1)), made.answers())
    for number in sorted(made.posts)[:4]:
        del made.posts[number]
    new = made.fill(5, 6, NOW - HOUR)
    second = read(source(made, overlap=timedelta(0)), made.answers(), before=first, started=NOW + HOUR)
    assert set(new) <= set(numbers(second))


def test_a_last_page_that_is_gone_does_not_end_a_topic() -> None:
    made = board()
    made.fill(5, 11, NOW - HOUR)
    first = read(source(made), made.answers())
    for number in sorted(made.posts)[:8]:
        del made.posts[number]
    new = made.add(5, NOW + HOUR)
    second = read(source(made), made.answers(), before=first, started=NOW + 2 * HOUR)
    assert (second.outcome, new in numbers(second)) == ("ok", True)
    assert "topic_gone" not in second.tally.counts


def test_an_edit_lands_as_the_same_post_in_other_words() -> None:
    made = board()
    posts = made.fill(5, 3, NOW - HOUR)
    first = read(source(made), made.answers())
    made.edit(posts[1], "Now in other words.", NOW)
    made.add(5, NOW + HOUR)
    second = read(source(made), made.answers(), before=first, started=NOW + 2 * HOUR)
    changed = next(post for post in second.posts if post.post_id == post_id(posts[1]))
    assert (changed.text, changed.edited_at) == ("Now in other words.", NOW)


def test_a_post_shown_as_deleted_is_removed() -> None:
    made = board()
    posts = made.fill(5, 3, NOW - HOUR)
    first = read(source(made), made.answers())
    made.posts[posts[0]].entry.deleted = True
    made.add(5, NOW + HOUR)
    second = read(source(made), made.answers(), before=first, started=NOW + 2 * HOUR)
    assert second.removed == [post_id(posts[0])]
    assert second.tally.not_landed["deleted"] == 1
    assert second.adds_up()


def test_a_board_that_moves_to_https_keeps_its_posts() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    by_http = Board("phpbb", made.posts, "http://board.example")
    first = read(source(made), made.answers())
    second = read(source(by_http), by_http.answers())
    assert [post.post_id for post in first.posts] == [post.post_id for post in second.posts]


# Pages that are not for us, or not there


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (Answer(status=403), "blocked"),
        (Answer(status=401), "blocked"),
        (Answer(status=410), "gone"),
        (Answer(status=500), "failed"),
        (html("<html><body>Checking your browser</body></html>"), "failed"),
        (Answer("<html></html>", headers={**HTML, "cf-mitigated": "challenge"}), "blocked"),
        (
            html("<html><head><title>Just a moment...</title><meta name=robots content=noindex></head></html>"),
            "blocked",
        ),
        (html("<html><body id='phpbb'><form action='ucp.php?mode=login'><input name=password></form>"), "blocked"),
        (html("<html><head><meta name=robots content=noindex></head><body id='phpbb'></body></html>"), "robots_denied"),
        (Answer("<html><body id='phpbb'></body></html>", headers={**HTML, "X-Robots-Tag": "noindex"}), "robots_denied"),
        (html(STYLES["phpbb"].rows([])), "empty"),
        (html("<html><body id='phpbb'>There are no topics</body></html>"), "failed"),
        (Answer(b"\x89PNG", headers={"Content-Type": "image/png"}), "failed"),
        (html(""), "failed"),
    ],
)
def test_a_list_that_cannot_be_read_has_a_clear_outcome(page: Answer, outcome: str) -> None:
    made = board()
    run = read(source(made), {made.url: page})
    assert (run.outcome, run.posts, run.window) == (outcome, [], (None, None))


@pytest.mark.parametrize("engine", sorted(STYLES))
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{row}", "x-{row}", "no topics are found"),
        ("{mark}", "x", "nothing that a new post changes"),
        ("{sign}", "x", "of another version"),
    ],
    ids=["another row", "no mark", "no sign"],
)
def test_a_board_of_another_version_or_theme_is_a_failure_that_says_what_to_do(
    engine: str, old: str, new: str, words: str
) -> None:
    made = board(engine)
    made.fill(5, 2, NOW - HOUR)
    page = made.pages()[made.style.forum(made.style.first)]
    for part in MARKUP[engine][old.strip("{}")]:
        assert part in page
        page = page.replace(part, new.replace(old, part))
    run = read(source(made), {made.url: html(page)})
    assert (run.outcome, run.window) == ("failed", (None, None))
    assert words in run.spider.message
    assert "write selectors of your own" in run.spider.message


def test_an_older_page_of_another_layout_covers_nothing() -> None:
    made = board()
    for topic in range(5, 11):
        made.fill(topic, 1, NOW - HOUR)
    over: dict[str, Say] = {made.style.forum(4): html("<html><body id='phpbb'>New look</body></html>")}
    run = read(source(made), made.answers(**over))
    assert (run.outcome, len(run.posts), run.window[1]) == ("ok", 4, None)
    assert run.tally.counts["older_page_failed"] == 1


@pytest.mark.parametrize(
    ("page", "word", "covers"),
    [
        (Answer(status=403), "topic_blocked", True),
        (Answer(status=404), "topic_gone", True),
        (Answer(status=503), "topic_unavailable", False),
        (Unreachable("no route"), "topic_unavailable", False),
        (Refused(Outcome.ROBOTS_DENIED, "robots.txt"), "topic_robots_denied", True),
        (
            html("<html><head><meta name=robots content=noai></head><body id='phpbb'></body></html>"),
            "topic_noindex",
            True,
        ),
    ],
)
def test_a_topic_that_cannot_be_read_leaves_the_others(page: Say, word: str, covers: bool) -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    other = made.fill(6, 2, NOW - 2 * HOUR)
    over = {made.style.topic(5, 0): page}
    run = read(source(made), made.answers(**over))
    assert (run.outcome, numbers(run), run.tally.counts[word]) == ("ok", other, 1)
    assert (run.window[1] is not None) is covers
    again = read(source(made), made.answers(**over), before=run, started=NOW + HOUR)
    assert again.tally.counts[word] == (0 if covers else 1), "what is closed is not asked for until its row changes"
    mended = read(source(made), made.answers(), before=run, started=NOW + HOUR)
    assert (len(mended.posts) == 2) is not covers


def test_a_topic_that_never_answers_does_not_hold_up_the_rest() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    made.fill(6, 2, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 0): Answer(status=500)}
    run, windows = None, []
    for turn in range(TRIES + 1):
        run = read(source(made), made.answers(**over), before=run, started=NOW + turn * HOUR)
        windows.append(run.window[1] is not None)
    assert windows == [False] * (TRIES - 1) + [True] * 2


def test_a_server_that_asks_to_wait_ends_the_poll() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 0): RateLimited("board.example", NOW + HOUR)}
    assert read(source(made), made.answers(**over)).outcome == "rate_limited"


def test_another_layout_of_all_topics_is_a_failure() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 0): html("<html><body id='phpbb'><p>New look</p></body></html>")}
    run = read(source(made), made.answers(**over))
    assert run.rejected == ["bad_shape"]
    assert run.tally.nothing_readable


def test_a_list_that_pages_without_end_ends() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    same = made.style.rows([made._row(5)], _sheet(0, [4]))
    answers: dict[str, Say] = {**made.answers(), made.url: html(same)}
    for number in range(4, 4000, 4):
        page = made.style.rows([made._row(5)], _sheet(number, [number + 4]))
        answers[made.base + made.style.forum(number)] = html(page)
    run = read(source(made), answers)
    assert (run.outcome, len(run.asked)) == ("ok", 3), "the second page shows nothing that the first did not"


def _sheet(number: int, others: list[int]) -> Any:
    from tests.crawlers.forum_pages import Sheet

    return Sheet(number, others)


def test_an_older_page_that_cannot_be_read_leaves_a_gap_and_no_failure() -> None:
    made = board()
    for topic in range(5, 11):
        made.fill(topic, 1, NOW - HOUR)
    over: dict[str, Say] = {made.style.forum(4): Answer(status=500)}
    run = read(source(made), made.answers(**over))
    assert (run.outcome, len(run.posts), run.window[1]) == ("ok", 4, None)
    assert run.tally.counts["older_page_failed"] == 1
    assert len(read(source(made), made.answers(), before=run, started=NOW + HOUR).posts) == 2


def test_links_to_other_servers_are_not_followed() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    page = made.pages()[made.style.forum(0)].replace("./viewtopic.php", "https://other.example/viewtopic.php")
    run = read(source(made), {made.url: html(page)})
    assert run.asked == [made.url]


# Cursor and volume


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
    run = read(source(made), made.answers(), cursor=cursor)
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
    few = read(source(made, expect={"min_posts": 2}), made.answers())
    assert (few.outcome, len(few.posts)) == ("failed", 2)
    made.fill(6, 2, NOW - HOUR)
    many = read(source(made, expect={"max_posts": 1}), made.answers())
    assert (many.outcome, many.tally.counts["above_max_posts"]) == ("ok", 1)


def test_an_unknown_engine_fails_with_the_names_of_those_there_are() -> None:
    made = board()
    run = read(source(made).model_copy(update={"engine": "nobody"}), made.answers())
    assert (run.outcome, run.asked) == ("failed", [])
    assert "phpbb, smf" in run.spider.message


# Rechecks


def recheck(made: Board, number: int, *, over: dict[str, Say] | None = None) -> Run:
    kept = made.posts[number]
    lookup = made.base + made.style.post(kept.topic, number)
    wanted = (RecheckOf(post_id=post_id(number), lookup=lookup),)
    return read(source(made), made.answers(**(over or {})), rechecks=wanted)


@pytest.mark.parametrize("engine", sorted(STYLES))
def test_a_post_is_asked_for_by_its_own_address(engine: str) -> None:
    made = board(engine)
    posts = made.fill(5, 7, NOW - HOUR)
    first = read(source(made), made.answers())
    for number in (posts[0], posts[5], posts[6]):
        run = recheck(made, number)
        assert run.rechecked == {post_id(number): "present"}
        then = next(post for post in first.posts if post.post_id == post_id(number))
        again = [post for post in run.posts if post.post_id == then.post_id][-1]
        assert again.thread is None, "its own address does not say which topic it is in; the ledger keeps what it knows"
        same = {"collected_at": then.collected_at, "thread": then.thread}
        assert again.model_copy(update=same) == then, "asked for again it reads as it did at first"
        assert run.adds_up()
    made.edit(posts[0], "In other words.", NOW)
    edited = recheck(made, posts[0])
    assert [post.text for post in edited.posts if post.post_id == post_id(posts[0])][-1] == "In other words."


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (Answer(status=404), "deleted"),
        (Answer(status=410), "deleted"),
        (Answer(status=403), "unknown"),
        (Answer(status=503), "unknown"),
        (Unreachable("no route"), "unknown"),
        (html("<html><body id='phpbb'><p>The requested post does not exist.</p></body></html>"), "unknown"),
        (html("<html><head><meta name=robots content=noindex></head></html>"), "deleted"),
        (
            html("<html><head><title>Just a moment...</title><meta name=robots content=noindex></head></html>"),
            "unknown",
        ),
        (Answer(b"\x89PNG", headers={"Content-Type": "image/png"}), "unknown"),
    ],
)
def test_only_what_is_said_plainly_is_a_deletion(page: Say, outcome: str) -> None:
    made = board()
    number = made.fill(5, 2, NOW - HOUR)[1]
    del made.posts[number]  # no page shows it any more
    address = made.style.post(5, number)
    wanted = (RecheckOf(post_id=post_id(number), lookup=made.base + address),)
    run = read(source(made), made.answers(**{address: page}), rechecks=wanted)
    assert run.rechecked == {post_id(number): outcome}
    assert run.outcome == "ok"


def test_not_found_is_not_believed_of_a_board_with_other_addresses() -> None:
    made = board()
    shown = made.fill(5, 2, NOW - HOUR)
    gone = made.fill(6, 2, NOW - HOUR)[1]
    addresses = {made.style.post(5, number): Answer(status=404) for number in shown}
    addresses |= {made.style.post(6, gone): Answer(status=404)}
    del made.posts[gone]
    wanted = tuple(
        RecheckOf(post_id=post_id(number), lookup=made.base + made.style.post(5 if number in shown else 6, number))
        for number in (*shown, gone)
    )
    kept = made.answers()
    kept.update(made.answers(**addresses))
    run = read(source(made), kept, rechecks=wanted)
    assert set(run.rechecked.values()) == {"unknown"}
    assert run.tally.counts["removal_doubted"] >= 2


@pytest.mark.parametrize("permalinks_work", [True, False])
def test_on_a_quiet_day_a_post_shown_before_says_whether_not_found_is_believed(permalinks_work: bool) -> None:
    made = board()
    kept, gone = made.fill(5, 2, NOW - HOUR)
    before = read(source(made), made.answers())
    missing = {made.style.post(5, gone): Answer(status=404)}
    if not permalinks_work:
        missing[made.style.post(5, kept)] = Answer(status=404)
    wanted = (RecheckOf(post_id=post_id(gone), lookup=made.base + made.style.post(5, gone)),)
    # Moved to a closed part, say: the list shows nothing new, so no topic is read.
    answers = made.answers(**missing)
    quiet = read(source(made), answers, before=before, started=NOW + timedelta(days=7), rechecks=wanted)
    assert len(quiet.asked) == 3, "the list, the post, the witness"
    assert quiet.rechecked == {post_id(gone): "deleted" if permalinks_work else "unknown"}
    assert quiet.tally.counts["removal_doubted"] == (not permalinks_work)


def test_a_recheck_sees_a_post_marked_as_deleted() -> None:
    made = board("xenforo")
    number = made.fill(5, 2, NOW - HOUR)[1]
    made.posts[number].entry.deleted = True
    assert recheck(made, number).rechecked == {post_id(number): "deleted"}


# Words taken back


def without_pictures(made: Board, *hidden: str) -> dict[str, Say]:
    """All pages; what is ``hidden`` is taken out of each as well."""
    shown: dict[str, Say] = {}
    for address, answer in made.answers().items():
        assert isinstance(answer, Answer)
        page = str(answer.body)
        for words in ("a boat at night", *hidden):
            page = page.replace(words, "")
        shown[address] = html(page)
    return shown


def test_an_emptied_post_is_removed_by_a_list_and_by_a_recheck() -> None:
    made = board()
    first, second, _ = made.fill(5, 3, NOW - HOUR)
    before = read(source(made), without_pictures(made))
    made.posts[second].entry.text = ""
    made.add(5, NOW)
    run = read(source(made), without_pictures(made), before=before, started=NOW + HOUR)
    assert (run.removed, run.tally.not_landed) == ([post_id(second)], {"wordless": 1})
    assert run.adds_up()
    wanted = tuple(
        RecheckOf(post_id=post_id(number), lookup=made.base + made.style.post(5, number)) for number in (first, second)
    )
    run = read(source(made), without_pictures(made), rechecks=wanted)
    assert run.rechecked == {post_id(first): "present", post_id(second): "deleted"}


def test_a_layout_that_hides_all_words_takes_none_back() -> None:
    """Neither where their place is no longer found, nor where nothing stands in it."""
    made = board()
    first, second = made.fill(5, 2, NOW - HOUR)
    wanted = (RecheckOf(post_id=post_id(second), lookup=made.base + made.style.post(5, second)),)
    run = read(source(made), without_pictures(made, 'class="content"'), rechecks=wanted)
    assert (run.removed, run.rechecked) == ([], {post_id(second): "unknown"})
    assert second not in numbers(run)
    for number in (first, second):
        made.posts[number].entry.text = ""
    run = read(source(made), without_pictures(made), rechecks=wanted)
    assert (run.removed, run.rechecked) == ([], {post_id(second): "unknown"})


# Any pages


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(STYLES)), st.data())
def test_any_pages_land_are_rejected_or_are_counted(engine: str, data: st.DataObject) -> None:
    made = board(engine)
    made.fill(5, 7, NOW - HOUR)
    made.fill(6, 2, NOW - HOUR)
    answers = made.answers()
    for address, answer in list(answers.items()):
        assert isinstance(answer, Answer)
        page = str(answer.body)
        start = data.draw(st.integers(0, len(page)))
        cut = data.draw(st.integers(0, 300))
        answers[address] = html(page[:start] + data.draw(st.text(max_size=8)) + page[start + cut :])
    run = read(source(made), answers)
    assert run.tally.fault is None
    assert run.adds_up()
    assert read(source(made), answers, before=run, started=NOW + HOUR).tally.fault is None
