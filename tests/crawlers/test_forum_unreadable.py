"""Pages of a board that are not for us, not there, or of another layout, and pages of any shape."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.errors import RateLimited, Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.forum.walk import TRIES
from tests.crawlers.forum_board import HTML, STYLES
from tests.crawlers.forum_given import HOUR, board, html, numbers, poll
from tests.crawlers.stand_in import NOW, WALL, Answer, Say

MARKUP = {
    "phpbb": {"row": ["topictitle"], "mark": ['"posts"', '"lastpost"'], "sign": ['id="phpbb"']},
    "smf": {"row": ["message_index_title"], "mark": ['"lastpost"', "board_stats"], "sign": ["footerfix"]},
    "mybb": {"row": ["inline_row"], "mark": ["whoPosted", '"lastpost'], "sign": ["mybb.com"]},
    "xenforo": {"row": ["structItem--thread"], "mark": ["--latest", "--meta"], "sign": ['id="XF"']},
    "vbulletin": {"row": ["threadbit "], "mark": ["threadstats", "threadlastpost"], "sign": ["vBulletin 4"]},
    "vbulletin3": {"row": ["td_threadtitle_"], "mark": ["whoposted", "#post", "lastposter"], "sign": ["vBulletin 3"]},
}
"""What a page of each engine loses where its rows, what changes in them, or the engine's sign are others."""


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (Answer(status=403), "blocked"),
        (Answer(status=401), "blocked"),
        (Answer(status=410), "gone"),
        (Answer(status=500), "failed"),
        (html("<html><body>Checking your browser</body></html>"), "failed"),
        (Answer("<html></html>", headers={**HTML, "cf-mitigated": "challenge"}), "blocked"),
        (WALL, "blocked"),
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
    run = poll(made, answers={made.url: page})
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
    run = poll(made, answers={made.url: html(page)})
    assert (run.outcome, run.window) == ("failed", (None, None))
    assert words in run.spider.message
    assert "write selectors of your own" in run.spider.message


def test_an_older_page_of_another_layout_covers_nothing() -> None:
    made = board()
    for topic in range(5, 11):
        made.fill(topic, 1, NOW - HOUR)
    over: dict[str, Say] = {made.style.forum(4): html("<html><body id='phpbb'>New look</body></html>")}
    run = poll(made, answers=made.answers(**over))
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
    run = poll(made, answers=made.answers(**over))
    assert (run.outcome, numbers(run), run.tally.counts[word]) == ("ok", other, 1)
    assert (run.window[1] is not None) is covers
    again = poll(made, answers=made.answers(**over), before=run, started=NOW + HOUR)
    assert again.tally.counts[word] == (0 if covers else 1), "what is closed is not asked for until its row changes"
    mended = poll(made, before=run, started=NOW + HOUR)
    assert (len(mended.posts) == 2) is not covers


@pytest.mark.parametrize("place", ["first page", "last page", "list"])
def test_a_wall_before_some_of_the_pages_ends_the_poll_and_loses_nothing(place: str) -> None:
    made = board()
    for topic in (5, 6, 7):
        made.fill(topic, 2, NOW - 2 * HOUR)
    first = poll(made)
    made.fill(5, 9 if place == "last page" else 1, NOW + HOUR / 2)
    for topic in (6, 7, *range(8, 14)):
        made.fill(topic, 1, NOW + HOUR / 3)
    walled = {"first page": [made.style.topic(topic, 0) for topic in (5, 6, 7)], "last page": [made.style.topic(5, 5)]}
    over: dict[str, Say] = dict.fromkeys(walled.get(place, [made.style.forum(4)]), WALL)
    stopped = poll(made, answers=made.answers(**over), before=first, started=NOW + HOUR)
    assert (stopped.outcome, stopped.window[1]) == ("blocked", None)
    met = [made.base + path for path in over if made.base + path in stopped.asked]
    assert met == stopped.asked[-1:], "nothing more is asked for"
    mended = poll(made, before=stopped, started=NOW + 2 * HOUR)
    landed = {*numbers(first), *numbers(stopped), *numbers(mended)}
    assert (mended.outcome, landed) == ("ok", set(made.posts))
    assert mended.window == (NOW, NOW + 2 * HOUR)


def test_a_topic_that_never_answers_does_not_hold_up_the_rest() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    made.fill(6, 2, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 0): Answer(status=500)}
    run, windows = None, []
    for turn in range(TRIES + 1):
        run = poll(made, answers=made.answers(**over), before=run, started=NOW + turn * HOUR)
        windows.append(run.window[1] is not None)
    assert windows == [False] * (TRIES - 1) + [True] * 2


def test_a_server_that_asks_to_wait_ends_the_poll() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 0): RateLimited("board.example", NOW + HOUR)}
    assert poll(made, answers=made.answers(**over)).outcome == "rate_limited"


def test_another_layout_of_all_topics_is_a_failure() -> None:
    made = board()
    made.fill(5, 2, NOW - HOUR)
    over: dict[str, Say] = {made.style.topic(5, 0): html("<html><body id='phpbb'><p>New look</p></body></html>")}
    run = poll(made, answers=made.answers(**over))
    assert run.rejected == ["bad_shape"]
    assert run.tally.nothing_readable


def test_an_older_page_that_cannot_be_read_leaves_a_gap_and_no_failure() -> None:
    made = board()
    for topic in range(5, 11):
        made.fill(topic, 1, NOW - HOUR)
    over: dict[str, Say] = {made.style.forum(4): Answer(status=500)}
    run = poll(made, answers=made.answers(**over))
    assert (run.outcome, len(run.posts), run.window[1]) == ("ok", 4, None)
    assert run.tally.counts["older_page_failed"] == 1
    assert len(poll(made, before=run, started=NOW + HOUR).posts) == 2


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
    run = poll(made, answers=answers)
    assert run.tally.fault is None
    assert run.adds_up()
    assert poll(made, answers=answers, before=run, started=NOW + HOUR).tally.fault is None
