"""Caps, gaps, windows, rechecks and answers of any shape; the forum's answers are given, see stand_in.py and
discourse_server.py.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.errors import Refused, TooLarge, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.discourse.posts import make_native_id, parse_native_id, read_cooked
from crawlers.task import RecheckOf
from records import Landing, make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.discourse_server import Forum
from tests.crawlers.site import Reply
from tests.crawlers.stand_in import NOW, Answer, Run, read

BASE = "https://forum.example"


def source(**fields: Any) -> Source:
    return make_source(BASE, kind="discourse", author_kind="person", **fields)


def filled(*numbers: int, old: bool = False, age: timedelta = timedelta(minutes=5)) -> Forum:
    forum = Forum(old=old)
    for number in numbers:
        forum.write(number, age, NOW)
    return forum


def numbers(run: Run) -> list[int]:
    return [int(post.native_id.rpartition("/")[2]) for post in run.posts]


def test_what_a_post_answers_is_found_further_down_the_page() -> None:
    forum = filled(10, 11)
    forum.write(12, timedelta(0), NOW, reply_to_post_number=2)
    forum.write(25, timedelta(0), NOW, reply_to_post_number=1)
    run = read(source(), forum.answers(BASE))
    found = {int(post.native_id.rpartition("/")[2]): (post.reply_to, post.thread) for post in run.posts}
    assert found[12] == ("forum.example/p/11", "forum.example/t/2")
    assert found[25] == (None, "forum.example/t/3"), "the first post of that topic is not on any page that was read"


# Paging


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


# Rechecks

QUOTE = (
    '<aside class="quote no-group" data-username="ben" data-post="1" data-topic="2"><div class="title">ben:</div>'
    "<blockquote><p>Words of ben.</p></blockquote></aside>"
)


def recheck(forum: Forum, number: int, **fields: Any) -> Run:
    native_id = fields.pop("lookup", make_native_id("forum.example", number))
    wanted = (RecheckOf(post_id=make_post_id("discourse", native_id), lookup=native_id),)
    return read(source(**fields), forum.answers(BASE), rechecks=wanted)


def test_a_post_that_is_gone_is_deleted_and_one_that_is_there_lands_as_it_reads_now() -> None:
    forum = filled(10, 11, 12)
    assert list(recheck(forum, 13).rechecked.values()) == ["deleted"]
    forum.edit(11, "<p>Other words.</p>")
    run = recheck(forum, 11)
    assert list(run.rechecked.values()) == ["present"]
    assert run.posts[-1].text == "Other words."
    assert run.adds_up()
    forum.posts[11]["user_deleted"] = True
    assert list(recheck(forum, 11).rechecked.values()) == ["deleted"]


def test_an_emptied_post_is_removed_by_a_list_and_by_a_recheck() -> None:
    """Only somebody else's words, and a picture, are left of it."""
    forum = filled(10, 11, 12)
    forum.edit(11, f"{QUOTE}<p><img src='/p.jpg'></p>")
    run = recheck(forum, 11)
    assert run.removed == [make_post_id("discourse", "forum.example/p/11")]
    assert (list(run.rechecked.values()), run.tally.not_landed) == (["deleted"], {"no_text": 1})
    assert run.adds_up()


def test_what_is_kept_of_a_post_is_its_authors_alone() -> None:
    forum = filled(10)
    forum.write(
        11,
        timedelta(0),
        NOW,
        cooked=f"{QUOTE}<p>Own <b>words</b>.</p>",
        raw='[quote="ben, post:1, topic:2"]\nWords of ben.\n[/quote]\nOwn words.',
        excerpt="Words of ben. Own words.",
        reply_to_user={"username": "ben", "name": "Ben Example"},
    )
    run = recheck(forum, 11)
    kept = {item.lookup: item for item in run.items if isinstance(item, Landing)}
    landed = [item for item in run.items if isinstance(item, Landing) and item.lookup == "forum.example/p/11"]
    assert len(landed) == 2, "from the list, and from the lookup"
    for item in landed:
        original = item.raw.body.decode()
        assert [words for words in ("ben", "Ben", "Topic 2") if words in original] == []
        assert "<b>words</b>" in original
        assert item.capture.body == b"", "the answer holds what the originals leave out"
    assert "Topic 2" in kept["forum.example/p/10"].raw.body.decode(), "who opened the topic wrote its title"


def test_the_first_post_of_a_topic_keeps_its_title_when_it_is_asked_for_again() -> None:
    forum = filled(10, 11)
    run = recheck(forum, 10)
    assert [post.title for post in run.posts if post.native_id.endswith("/10")] == ["Topic 2", "Topic 2"]
    forum.over["/t/2.json"] = lambda _: (503, {}, b"")
    run = recheck(forum, 10)
    assert [post.title for post in run.posts if post.native_id.endswith("/10")] == ["Topic 2"]
    assert list(run.rechecked.values()) == ["present"]


@pytest.mark.parametrize("status", [200, 204, 301, 401, 403, 429, 451, 500, 503])
def test_only_404_410_and_flags_are_deletions(status: int) -> None:
    forum = filled(10, 11)
    answer: Reply = (status, {}, b'{"errors": []}')
    forum.over["/posts/11.json"] = lambda _: answer
    assert list(recheck(forum, 11).rechecked.values()) == ["unknown"]


@pytest.mark.parametrize("fault", [Unreachable("no route"), Refused(Outcome.ROBOTS_DENIED, "robots.txt")])
def test_silence_is_no_deletion(fault: Exception) -> None:
    forum = filled(10, 11)

    class Silent:
        def get(self, url: str, default: Any = None) -> Any:
            return fault if "/posts/" in url else forum.answers(BASE).get(url)

    wanted = (RecheckOf(post_id="a" * 32, lookup="forum.example/p/11"),)
    run = read(source(), Silent(), rechecks=wanted)  # type: ignore[arg-type]
    assert list(run.rechecked.values()) == ["unknown"]


def test_not_found_is_not_believed_of_a_server_that_finds_nothing() -> None:
    forum = filled(10, 11)
    for number in (10, 11):
        forum.over[f"/posts/{number}.json"] = lambda _: (404, {}, b"{}")
    run = recheck(forum, 12)
    assert list(run.rechecked.values()) == ["unknown"]
    assert run.tally.counts["removal_doubted"] == 1


def test_a_post_of_another_forum_is_not_asked_for() -> None:
    forum = filled(10, 11)
    usual = len(read(source(), forum.answers(BASE)).asked)
    for lookup in ("other.example/p/12", "forum.example/p/0", "forum.example/p/x", "12", "", "forum.example/p/1/2"):
        run = recheck(forum, 12, lookup=lookup or " ")
        assert (list(run.rechecked.values()), len(run.asked)) == (["unknown"], usual)
    assert parse_native_id(make_native_id("forum.example/sub", 7), "forum.example/sub") == 7


# Shapes

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "2026-11-01", "\ud800", "<p", "<aside class=quote>", "&#0;", "//x", "-1"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "count"]), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*filled(10).posts[10], "topic_title", "locale"})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4)), max_size=4))
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any]) -> None:
    forum = filled(10, 11, 12, 13)
    odd = [
        {**forum.posts[10 + index], **change} if isinstance(change, dict) else change
        for index, change in enumerate(changes)
    ]
    body = json.dumps({"latest_posts": odd}).encode()
    single = json.dumps(odd[0] if odd else None).encode()
    forum.over["/posts.json"] = lambda _: (200, {}, body)
    forum.over["/posts/10.json"] = lambda _: (200, {}, single)
    run = recheck(forum, 10)
    assert run.tally.fault is None
    assert run.adds_up()
    again = read(source(), forum.answers(BASE), before=run, started=NOW + timedelta(hours=2))
    assert again.tally.fault is None
    assert again.adds_up()


@settings(max_examples=50, deadline=None)
@given(ANYTHING | st.binary(max_size=40))
def test_any_answer_ends_the_run_with_an_outcome(data: Any) -> None:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    run = read(source(), {f"{BASE}/posts.json": Answer(body)})
    assert run.tally.fault is None
    assert run.outcome in {"failed", "empty", "ok"}


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>/=\"' &;#\x00aside class quote div meta img emoji alt svg p\n"), max_size=120))
def test_any_markup_becomes_text(markup: str) -> None:
    text, alts, _, _, links = read_cooked(markup)
    assert all(isinstance(found, str) for found in [text, *alts, *links])
