"""Forums over real HTTP: django-machina 1.3.1 as it is installed, and hand-made boards of six engines (forum_board.py).

Each is polled twice in a row without a double and without a loss, across an edit, a deletion, a late post and a kill.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config import Settings, Source
from crawlers.platforms.forum.engine import SHIPPED
from ledger import Ledger, schema
from tests.crawlers.conftest import Poll, make_source, posts, rows
from tests.crawlers.forum_board import STYLES, Board
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Reply, Site
from tests.peers.machina import Machina

HOUR = timedelta(hours=1)


def forum_source(url: str, engine: str, **fields: Any) -> Source:
    return make_source(url, kind="forum", engine=engine, author_kind="person", **fields)


def adds_up(counts: dict[str, int], not_landed: dict[str, int]) -> bool:
    became = sum(counts.get(word, 0) for word in ("new", "revised", "unchanged", "tombstoned"))
    return counts.get("seen", 0) == became + sum(not_landed.values())


def by_number(ledger: Ledger) -> dict[int, dict[str, Any]]:
    return {int(native.partition("#")[2]): row for native, row in posts(ledger).items()}


def make_due(ledger: Ledger) -> None:
    """The first recheck of all posts is due now."""
    with ledger.write() as conn:
        conn.execute(sa.update(schema.recheck).values(due=datetime.now(UTC) - HOUR))


# django-machina


def test_a_machina_board_is_read_without_a_double_or_a_loss(machina_board: Machina, poll: Poll, ledger: Ledger) -> None:
    now = datetime.now(UTC)
    source = forum_source(machina_board.forum_url, "machina", languages=["en"])
    long, opening = machina_board.topic("The road north", "Is the road open?", at=now - 3 * HOUR)
    made = [opening] + [
        machina_board.reply(long, f"Answer {n}.", at=now - 3 * HOUR + n * timedelta(minutes=5)) for n in range(1, 13)
    ]
    held = machina_board.reply(long, "Held back for a while.", at=now - 2 * HOUR, held=True)
    for number in range(11):
        made.append(machina_board.topic(f"Question {number}", f"Words {number}.", at=now - HOUR)[1])

    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", len(made)), first
    assert first.window_to is not None
    stored = by_number(ledger)
    assert set(stored) == set(made)
    assert (stored[opening]["title"], stored[opening]["text"]) == ("The road north", "Is the road open?")
    assert stored[made[1]]["title"] == ""
    assert stored[opening]["platform"] == "forum"
    assert stored[opening]["published_at"] == (now - 3 * HOUR).replace(second=0, microsecond=0)
    assert stored[opening]["author"] != "ana", "a pseudonym"
    again = poll(source)
    assert (again.counts["requests"], again.counts.get("seen", 0)) == (3, 0), "robots.txt and two pages of the list"
    assert again.window_from == first.window_to

    machina_board.approve(held)
    machina_board.edit(made[12], "Answer 12, corrected.")
    new = machina_board.reply(long, "The newest answer.")
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"]) == (2, 1), third
    stored = by_number(ledger)
    assert {held, new} < set(stored)
    assert stored[made[12]]["text"] == "Answer 12, corrected."
    assert adds_up(third.counts, third.not_landed)


def test_an_empty_machina_board_says_so(machina_board: Machina, poll: Poll) -> None:
    empty = poll(forum_source(machina_board.forum_url, "machina"))
    assert (empty.outcome, empty.message) == ("empty", "the forum has no topics")


def test_machina_posts_are_asked_for_again(machina_board: Machina, poll: Poll, ledger: Ledger) -> None:
    source = forum_source(machina_board.forum_url, "machina")
    kept, opening = machina_board.topic("The road north", "Is the road open?")
    answers = [machina_board.reply(kept, f"Answer {n}.") for n in range(6)]
    gone, first_of_gone = machina_board.topic("An offer", "Invented words of an offer.")
    poll(source)
    machina_board.delete_topic(gone)
    machina_board.edit(opening, "Is the road open now?")
    make_due(ledger)
    second = poll(source)
    assert second.counts["recheck_deleted"] == 1
    assert second.counts["recheck_present"] == 7
    assert second.counts["revised"] == 1
    stored = by_number(ledger)
    assert stored[first_of_gone]["removed_at"] is not None
    assert stored[opening]["text"] == "Is the road open now?"
    machina_board.delete(answers[2])
    make_due(ledger)
    third = poll(source)
    assert third.counts["recheck_unknown"] == 1, "its address shows the topic: no deletion is told"
    assert by_number(ledger)[answers[2]]["removed_at"] is None
    assert third.counts.get("revised", 0) == 0


# Hand-made boards


@pytest.mark.parametrize("engine", sorted(STYLES))
def test_a_board_is_read_over_http(engine: str, site: Site, poll: Poll, ledger: Ledger) -> None:
    board, now = Board(engine), datetime.now(UTC)
    late = board.add(5, now - HOUR - timedelta(minutes=15), held=True)
    board.fill(5, 12, now - HOUR, step=timedelta(minutes=2))
    for topic in range(6, 11):
        board.fill(topic, 2, now - HOUR)
    board.publish(site)
    source = forum_source(board.url, engine)
    shown = len(board.posts) - 1
    first = poll(source)
    assert (first.outcome, first.counts["new"], first.counts["seen"]) == ("ok", shown, shown), first
    assert poll(source).counts.get("seen", 0) == 0
    edited = max(number for number, kept in board.posts.items() if kept.topic == 5)
    board.edit(edited, "In other words.", now)
    board.posts[late].held = False
    board.add(5, now)
    board.publish(site)
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"]) == (2, 1), third
    assert adds_up(third.counts, third.not_landed)
    assert len(posts(ledger)) == len(board.posts)
    del board.posts[edited]
    board.publish(site)
    make_due(ledger)
    fourth = poll(source)
    assert fourth.counts["removed"] == 1, "its own address answers 404"
    assert by_number(ledger)[edited]["removed_at"] is not None


def test_a_poll_that_is_killed_in_the_middle_is_read_again(site: Site, poll: Poll, ledger: Ledger) -> None:
    board, now = Board("phpbb"), datetime.now(UTC)
    for topic in range(5, 9):
        board.fill(topic, 7, now - HOUR)
    board.publish(site)
    source = forum_source(board.url, "phpbb")
    whole = site.answers[board.style.topic(7, 0)]

    def kill(headers: Any) -> Reply:
        kill_the_crawl()
        return whole(headers)

    site.answers[board.style.topic(7, 0)] = kill
    assert poll(source).outcome == "killed"
    assert rows(ledger, "source_state")[0]["cursor"] in (None, {}, "{}"), "it has not moved"
    site.answers[board.style.topic(7, 0)] = whole
    second = poll(source)
    assert second.outcome == "ok"
    assert len(posts(ledger)) == len(board.posts)
    assert poll(source).counts.get("seen", 0) == 0


def test_an_operators_own_engine_is_read(site: Site, poll: Poll, settings: Settings) -> None:
    board = Board("phpbb")
    board.fill(5, 3, datetime.now(UTC))
    board.publish(site)
    for path, answer in list(site.answers.items()):
        page = answer({})[2].decode().replace("topictitle", "our-topic")
        site.serve(path, page, Content_Type="text/html")
    other = poll(forum_source(board.url, "phpbb"))
    assert (other.outcome, "write selectors of your own" in other.message) == ("failed", True), other
    folder: Path = settings.data / "forums"
    folder.mkdir(parents=True)
    (folder / "ours.yaml").write_text((SHIPPED / "phpbb.yaml").read_text().replace("topictitle", "our-topic"))
    assert poll(forum_source(board.url, "ours", id="own")).counts["new"] == 3
