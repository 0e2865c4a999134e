"""Pages of forum engines -> topics and posts: the shipped selectors on hand-made pages, dates, and pages of any shape.

phpBB and SMF pages are written after the templates in their repositories, MyBB, XenForo and vBulletin from memory
of their usual markup (forum_pages.py, forum_vbulletin.py); none of the six was tested against a running board.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ConfigError
from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.forum.engine import SHIPPED, Engine, cut, load_engine
from crawlers.platforms.forum.page import NotAPage, board_of, clean_link, read_posts, read_topics
from tests.crawlers.forum_board import STYLES, Board
from tests.crawlers.forum_pages import BASE, Entry, Row, Sheet

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATES = DateRule(NOW)
NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def dates_of(name: str) -> DateRule:
    return DateRule(NOW, formats=load_engine(name, None).formats)


def when(name: str, day: int, hour: int, minute: int = 5) -> str:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC).strftime(STYLES[name].when)


def test_the_seven_engines_are_there() -> None:
    assert NAMES == ["machina", "mybb", "phpbb", "smf", "vbulletin", "vbulletin3", "xenforo"]
    for name in NAMES:
        head = (SHIPPED / f"{name}.yaml").read_text().partition("sign:")[0]
        assert "hecked against" in head, "each says what it was checked against"


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
    emptied = read_posts(html, BASE + "/viewtopic.php?t=5&start=10", engine, DATES).posts[0]
    assert (emptied.has_body, emptied.says_something) == (True, False)
    other = read_posts(html.replace('class="content"', ""), BASE + "/viewtopic.php?t=5&start=10", engine, DATES).posts[
        0
    ]
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


@pytest.mark.parametrize(
    ("url", "name", "board"),
    [
        ("https://a.example/b/viewforum.php?f=3", "phpbb", "https://a.example/b/"),
        ("https://a.example/index.php?board=3.0", "smf", "https://a.example/"),
        ("https://a.example/forumdisplay.php?fid=3", "mybb", "https://a.example/"),
        ("https://a.example/c/forums/x.3/?order=post_date", "xenforo", "https://a.example/c/"),
        ("https://a.example/vb/forumdisplay.php/3-x", "vbulletin", "https://a.example/vb/"),
        ("https://a.example/vb/forums/3-x", "vbulletin", "https://a.example/vb/"),
        ("https://a.example/vb3/forumdisplay.php?f=3", "vbulletin3", "https://a.example/vb3/"),
        ("https://a.example/s/index.php/board,3.0.html", "smf", "https://a.example/s/"),
        ("https://a.example/forum/forum/x-1/", "machina", "https://a.example/forum/"),
        ("https://a.example/other", "phpbb", "https://a.example/"),
    ],
)
def test_the_boards_address_is_found_in_that_of_a_forum(url: str, name: str, board: str) -> None:
    assert board_of(url, load_engine(name, None)) == board


@pytest.mark.parametrize(
    ("name", "url", "board", "topic", "page"),
    [
        ("smf", "https://b.example/f/index.php?topic=55.20", "https://b.example/f/", "55", "20"),
        ("smf", "https://b.example/f/index.php/topic,55.20.html", "https://b.example/f/", "55", "20"),
        ("vbulletin", "https://b.example/f/showthread.php?55-road/page2", "https://b.example/f/", "55", "2"),
        ("vbulletin", "https://b.example/f/threads/55-road/page2", "https://b.example/f/", "55", "2"),
        ("mybb", "https://b.example/f/thread-55-page-2.html", "https://b.example/f/", "55", "2"),
        ("xenforo", "https://b.example/f/threads/road.55/page-2", "https://b.example/f/", "55", "2"),
    ],
)
def test_addresses_that_a_board_writes_for_search_engines_are_known(
    name: str, url: str, board: str, topic: str, page: str
) -> None:
    engine = load_engine(name, None)
    assert (cut(url, engine.topics.id), cut(url, engine.pages.number)) == (topic, page)
    assert board_of(url, engine) == board


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("viewtopic.php?sid=abc&t=5#p7", "https://b.example/f/viewtopic.php?t=5"),
        ("viewtopic.php?t=5&sid=abc", "https://b.example/f/viewtopic.php?t=5"),
        ("viewtopic.php?sid=abc", "https://b.example/f/viewtopic.php"),
        ("index.php?PHPSESSID=x;topic=5.0;sid=1", "https://b.example/f/index.php?PHPSESSID=x;topic=5.0"),
        ("showthread.php?5-side&side=1", "https://b.example/f/showthread.php?5-side&side=1"),
        ("javascript:void(0)", None),
        ("mailto:a@b.example", None),
        ("http://[bad", None),
        ("", "https://b.example/f/x"),
    ],
)
def test_links_lose_the_visitors_session(href: str, found: str | None) -> None:
    assert clean_link("https://b.example/f/x", href, ("sid",)) == found


@pytest.mark.parametrize(
    ("text", "languages", "zone", "moment"),
    [
        ("2026-11-20T10:05:00+02:00", (), "UTC", "2026-11-20T08:05"),
        ("2026-11-20 10:05", (), "Europe/Istanbul", "2026-11-20T07:05"),
        ("1763633100", (), "Europe/Istanbul", "2025-11-20T10:05"),
        ("Thu Nov 20, 2025 10:05 am", (), "UTC", "2025-11-20T10:05"),
        ("20 Kas 2026, 10:05", ("tr",), "Europe/Istanbul", "2026-11-20T07:05"),
        ("Fr 20. Nov 2026, 10:05", ("de",), "Europe/Berlin", "2026-11-20T09:05"),
        ("20 نوفمبر 2026 10:05", ("ar",), "UTC", "2026-11-20T10:05"),
        ("Today, 10:05 AM", (), "UTC", "2026-11-22T10:05"),
        ("Yesterday, 11:30 PM", (), "UTC", "2026-11-21T23:30"),
        ("Yesterday at 11:30 PM", (), "Europe/Istanbul", "2026-11-21T20:30"),
        ("5 minutes ago", (), "Europe/Istanbul", "2026-11-22T11:55"),
        ("vor 3 Stunden", ("de",), "UTC", "2026-11-22T09:00"),
        ("gestern 20:11", ("de",), "Europe/Berlin", "2026-11-21T19:11"),
        ("dün 20:11", ("tr",), "Europe/Istanbul", "2026-11-21T17:11"),
        ("2 saat önce", ("tr",), "UTC", "2026-11-22T10:00"),
        ("Dün saat 20:11", ("tr",), "UTC", "2026-11-21T20:11"),
        ("22 Kasım 2026 saat 10:05", ("tr",), "UTC", "2026-11-22T10:05"),
        ("Pzr Kas 22, 2026 4:27 am", ("tr",), "UTC", "2026-11-22T04:27"),
        ("Pzr 05.03.2026", ("tr",), "UTC", "2026-03-05T00:00"),
        ("Pzr 05.03.2026", (), "UTC", None),
        ("Χθες στις 20:11", ("el",), "UTC", "2026-11-21T20:11"),
        ("الأحد 22 تشرين الثاني 2026, 10:05", ("ar",), "UTC", "2026-11-22T10:05"),
        ("Dün saat civarı 20:11", ("tr",), "UTC", None),
        ("منذ ساعتين", ("ar",), "UTC", "2026-11-22T10:00"),
        ("dün 20:11", (), "UTC", None),
        ("05.03.2026", (), "UTC", None),
        ("soon", (), "UTC", None),
    ],
)
def test_dates_are_read_in_the_boards_language_and_zone(
    text: str, languages: tuple[str, ...], zone: str, moment: str | None
) -> None:
    found, _ = DateRule(NOW, languages, ZoneInfo(zone)).read(text)
    assert found == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)


@pytest.mark.parametrize("text", ["2031-01-01", "1969-12-31T00:00:00Z"])
def test_a_date_that_cannot_be_is_counted(text: str) -> None:
    assert DATES.read(text)[0] is None
    assert DATES.read(text)[1] is not None


# An operator's own engine


def own(tmp_path: Path, change: str = "", to: str = "") -> Path:
    (tmp_path / "forums").mkdir()
    text = (SHIPPED / "phpbb.yaml").read_text()
    assert change in text
    (tmp_path / "forums" / "mine.yaml").write_text(text.replace(change, to, 1))
    return tmp_path


def test_an_engine_of_the_data_folder_is_read(tmp_path: Path) -> None:
    engine = load_engine("mine", own(tmp_path, "a.topictitle", "a.topic-link"))
    assert isinstance(engine, Engine)
    assert engine.topics.link.at == ("a.topic-link",)


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("a.topictitle", "a[[", "is no selector"),
        ("'[?&]t=(\\d+)'", "'[?&]t='", "has no group"),
        ("'[?&]t=(\\d+)'", "'[?&]t=('", "is no pattern"),
        ("{id}", "{post}", "may hold"),
        ("{board}viewtopic.php?p={id}", "{board}", "does not hold {id}"),
        ("session:", "sessions:", "sessions"),
    ],
)
def test_a_wrong_engine_is_named_with_its_line(tmp_path: Path, change: str, to: str, says: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml, line") as raised:
        load_engine("mine", own(tmp_path, change, to))
    assert says in str(raised.value)


@pytest.mark.parametrize("name", ["nobody", "../phpbb", "", "A"])
def test_an_engine_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        load_engine(name, tmp_path)


# Any page


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


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=70), st.sampled_from([(), ("tr",), ("ar", "en"), ("xx",)]))
def test_any_text_is_a_date_or_unknown(text: str, languages: tuple[str, ...]) -> None:
    found, fault = DateRule(NOW, languages, ZoneInfo("Europe/Istanbul")).read(text)
    assert found is None or (fault is None and found.tzinfo is UTC)
