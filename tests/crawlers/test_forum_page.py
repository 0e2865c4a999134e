"""Pages of forum engines -> topics and posts: the shipped selectors on hand-made pages, and pages of any shape.

phpBB and SMF pages are written after the templates in their repositories, MyBB, XenForo and vBulletin from memory
of their usual markup (forum_pages.py, forum_vbulletin.py); none of the six was tested against a running board.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.forum.engine import cut, load_engine
from crawlers.platforms.forum.page import NotAPage, read_posts, read_topics
from tests.crawlers.forum_board import STYLES, Board
from tests.crawlers.forum_pages import BASE, Entry, Row, Sheet
from tests.crawlers.stand_in import NOW


def dates_of(name: str) -> DateRule:
    return DateRule(NOW, formats=load_engine(name, None).formats)


def when(name: str, day: int, hour: int, minute: int = 5) -> str:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC).strftime(STYLES[name].when)


@pytest.mark.parametrize("name", sorted(STYLES))
def test_a_list_shows_its_topics(name: str) -> None:
    style = STYLES[name]
    numbers = [style.number(page, 10) for page in range(3)]
    rows = [
        Row(5, when(name, 20, 10), replies=12, last_post=77, pages=numbers[1]),
        Row(6, when(name, 19, 22), replies=0, last_post=60),
    ]
    url = BASE + style.forum(numbers[0])
    found = read_topics(style.rows(rows, Sheet(numbers[0], numbers[1:])), url, load_engine(name, None), dates_of(name))
    assert (found.known, found.members_only, found.refusal) == (True, False, None)
    assert [topic.key for topic in found.topics] == ["5", "6"]
    first, second = found.topics
    assert first.last == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert second.last == datetime(2026, 11, 19, 22, 5, tzinfo=UTC)
    assert second.last_page == second.url
    assert first.last_page != first.url
    assert cut(first.last_page, load_engine(name, None).pages.number) == str(numbers[1])
    assert "sid" not in first.url, "a visitor's session is no part of an address"
    assert "0123456789abcdef" not in first.url
    assert found.pages.after == BASE + style.forum(numbers[1])
    more = style.rows([Row(5, when(name, 20, 10), replies=13, last_post=78), rows[1]], Sheet(numbers[0]))
    again = read_topics(more, url, load_engine(name, None), dates_of(name))
    assert [now.mark == then.mark for now, then in zip(again.topics, found.topics, strict=True)] == [False, True]


@pytest.mark.parametrize("name", sorted(STYLES))
def test_only_a_list_that_says_so_is_empty(name: str) -> None:
    """How an empty forum of vBulletin looks is not known: it counts as another layout."""
    style, engine = STYLES[name], load_engine(name, None)
    none = read_topics(style.rows([]), BASE + style.forum(style.first), engine, dates_of(name))
    assert (none.known, none.topics, none.is_empty) == (True, (), not name.startswith("vbulletin"))
    full = style.rows([Row(5, when(name, 20, 10))])
    assert not read_topics(full, BASE + style.forum(style.first), engine, dates_of(name)).is_empty
    broken = full.replace("class=", "data-class=").replace("thread_title_", "x_").replace("msg_", "x_")
    other = read_topics(broken, BASE + style.forum(style.first), engine, dates_of(name))
    assert (other.topics, other.is_empty) == ((), False)


@pytest.mark.parametrize("name", sorted(STYLES))
def test_a_topic_shows_its_posts(name: str) -> None:
    style = STYLES[name]
    entries = [
        Entry(71, when(name, 20, 9), "Is the <b>road</b> open?<br>It rains."),
        Entry(
            72,
            when(name, 20, 10),
            'Yes, <a href="https://t.me/sample_contact">write</a>.',
            author="ben",
            edited=when(name, 20, 11),
        ),
    ]
    url = BASE + style.topic(5, style.first)
    page = read_posts(style.posts(entries, Sheet(style.first), 5), url, load_engine(name, None), dates_of(name))
    assert (page.known, page.language) == (True, "en")
    first, second = page.posts
    assert (first.id, first.author, first.title) == ("71", "ana", "The road north")
    assert first.text == "Is the road open?\nIt rains.", "neither quotation, nor smiley, nor signature"
    assert first.media_text == "a boat at night"
    assert (first.published, first.edited) == (datetime(2026, 11, 20, 9, 5, tzinfo=UTC), None)
    assert (second.id, second.author, second.title) == ("72", "ben", "")
    assert second.text == "Yes, write."
    assert second.media_text == "a boat at night\nhttps://t.me/sample_contact"
    assert second.edited == datetime(2026, 11, 20, 11, 5, tzinfo=UTC)
    assert all(post.quotes for post in page.posts)


@pytest.mark.parametrize("name", sorted(STYLES))
def test_what_is_kept_of_a_row_is_its_authors_alone(name: str) -> None:
    style = STYLES[name]
    html = style.posts(
        [
            Entry(71, when(name, 20, 9), "Is the <b>road</b> open?"),
            Entry(72, when(name, 20, 10), "Yes.", author="mia", edited=when(name, 20, 11)),
        ]
    )
    page = read_posts(html, BASE, load_engine(name, None), dates_of(name))
    for post, own in zip(page.posts, ("<b>road</b>", "Yes."), strict=True):
        kept = post.raw.decode()
        assert own in kept
        assert str(post.author) in kept
        assert post.id in kept
        # Quoted, in the title of the topic, below all that the author writes, and in a notice of the board.
        others = ("words of another", "ben wrote", "ben Wrote", "The road north", "signature", "Last edited by")
        assert [words for words in others if words in kept] == []


def test_a_row_without_a_place_for_words_is_told_from_one_without_words() -> None:
    engine = load_engine("phpbb", None)
    html = STYLES["phpbb"].posts([Entry(71, when("phpbb", 20, 9), "")]).replace("a boat at night", "")
    emptied = read_posts(html, BASE + "/viewtopic.php?t=5&start=10", engine, dates_of("phpbb")).posts[0]
    assert (emptied.has_body, emptied.says_something) == (True, False)
    other = read_posts(
        html.replace('class="content"', ""), BASE + "/viewtopic.php?t=5&start=10", engine, dates_of("phpbb")
    ).posts[0]
    assert (other.has_body, other.says_something) == (False, False)


@pytest.mark.parametrize("name", ["phpbb", "xenforo", "vbulletin"])
def test_a_post_that_its_board_shows_as_deleted_is_one(name: str) -> None:
    entries = [Entry(71, when(name, 20, 9)), Entry(72, when(name, 20, 9), deleted=True)]
    page = read_posts(STYLES[name].posts(entries), BASE, load_engine(name, None), dates_of(name))
    assert [post.deleted for post in page.posts] == [False, True]


@pytest.mark.parametrize("name", sorted(STYLES))
def test_the_title_stands_with_the_opening_post_alone(name: str) -> None:
    style = STYLES[name]
    first, second = style.number(0, 10), style.number(1, 10)
    sheet = Sheet(second, [first], shown=2)
    html = style.posts([Entry(81, when(name, 20, 9))], sheet, 5)
    # By its page's address, and by its own, which does not say on which page it stands.
    for path in (style.topic(5, second), style.post(5, 81)):
        assert read_posts(html, BASE + path, load_engine(name, None), dates_of(name)).posts[0].title == ""


def sample(name: str) -> list[str]:
    board = Board(name)
    board.fill(5, 12, NOW)
    return list(board.pages().values())


SAMPLES = {name: sample(name) for name in STYLES}
BITS = st.sampled_from(
    [
        "<div>",
        "</div>",
        "<li>",
        "<a href='http://[x'>",
        'id="p',
        'id="p99999999999999999999999"',
        "&#0;",
        "\x00",
        "<!--",
    ]
) | st.text(max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(STYLES)), st.data())
def test_any_page_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Pages with pieces cut out and others put in, and text that is no page."""
    page = data.draw(st.sampled_from(SAMPLES[name]) | st.text(max_size=40))
    for _ in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(0, len(page)))
        end = data.draw(st.integers(start, min(len(page), start + 400)))
        page = page[:start] + data.draw(BITS) + page[end:]
    for url in (BASE + STYLES[name].forum(0), BASE + STYLES[name].topic(5, 0)):
        for read in (read_topics, read_posts):
            try:
                read(page, url, load_engine(name, None), dates_of(name))
            except NotAPage:
                continue
