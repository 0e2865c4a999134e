"""A board's posts, asked for again by their own addresses: there, edited, deleted, or emptied of their words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawlers.errors import Unreachable
from crawlers.task import RecheckOf
from tests.crawlers.forum_board import STYLES, Board
from tests.crawlers.forum_given import HOUR, board, html, numbers, poll, post_id
from tests.crawlers.stand_in import NOW, WALL, Answer, Run, Say


def due(made: Board, *posts: int, topic: int = 5) -> tuple[RecheckOf, ...]:
    return tuple(
        RecheckOf(post_id=post_id(number), lookup=made.base + made.style.post(topic, number)) for number in posts
    )


def recheck(made: Board, number: int) -> Run:
    return poll(made, rechecks=due(made, number))


@pytest.mark.parametrize("engine", sorted(STYLES))
def test_a_post_is_asked_for_by_its_own_address(engine: str) -> None:
    made = board(engine)
    posts = made.fill(5, 7, NOW - HOUR)
    first = poll(made)
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
        (WALL, "unknown"),
        (Answer(b"\x89PNG", headers={"Content-Type": "image/png"}), "unknown"),
    ],
)
def test_only_what_is_said_plainly_is_a_deletion(page: Say, outcome: str) -> None:
    made = board()
    number = made.fill(5, 2, NOW - HOUR)[1]
    del made.posts[number]  # no page shows it any more
    address = made.style.post(5, number)
    run = poll(made, answers=made.answers(**{address: page}), rechecks=due(made, number))
    assert run.rechecked == {post_id(number): outcome}
    assert run.outcome == "ok"


def test_not_found_is_not_believed_of_a_board_with_other_addresses() -> None:
    made = board()
    shown = made.fill(5, 2, NOW - HOUR)
    gone = made.fill(6, 2, NOW - HOUR)[1]
    addresses = {made.style.post(5, number): Answer(status=404) for number in shown}
    addresses |= {made.style.post(6, gone): Answer(status=404)}
    del made.posts[gone]
    wanted = (*due(made, *shown), *due(made, gone, topic=6))
    kept = made.answers()
    kept.update(made.answers(**addresses))
    run = poll(made, answers=kept, rechecks=wanted)
    assert set(run.rechecked.values()) == {"unknown"}
    assert run.tally.counts["removal_doubted"] >= 2


@pytest.mark.parametrize("permalinks_work", [True, False])
def test_on_a_quiet_day_a_post_shown_before_says_whether_not_found_is_believed(permalinks_work: bool) -> None:
    made = board()
    kept, gone = made.fill(5, 2, NOW - HOUR)
    before = poll(made)
    missing = {made.style.post(5, gone): Answer(status=404)}
    if not permalinks_work:
        missing[made.style.post(5, kept)] = Answer(status=404)
    # Moved to a closed part, say: the list shows nothing new, so no topic is read.
    answers = made.answers(**missing)
    quiet = poll(made, answers=answers, before=before, started=NOW + timedelta(days=7), rechecks=due(made, gone))
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
    before = poll(made, answers=without_pictures(made))
    made.posts[second].entry.text = ""
    made.add(5, NOW)
    run = poll(made, answers=without_pictures(made), before=before, started=NOW + HOUR)
    assert (run.removed, run.tally.not_landed) == ([post_id(second)], {"wordless": 1})
    assert run.adds_up()
    run = poll(made, answers=without_pictures(made), rechecks=due(made, first, second))
    assert run.rechecked == {post_id(first): "present", post_id(second): "deleted"}


def test_a_layout_that_hides_all_words_takes_none_back() -> None:
    """Neither where their place is no longer found, nor where nothing stands in it."""
    made = board()
    first, second = made.fill(5, 2, NOW - HOUR)
    wanted = due(made, second)
    run = poll(made, answers=without_pictures(made, 'class="content"'), rechecks=wanted)
    assert (run.removed, run.rechecked) == ([], {post_id(second): "unknown"})
    assert second not in numbers(run)
    for number in (first, second):
        made.posts[number].entry.text = ""
    run = poll(made, answers=without_pictures(made), rechecks=wanted)
    assert (run.removed, run.rechecked) == ([], {post_id(second): "unknown"})
