"""The addresses of a board: of its parts, as it writes them for search engines, and without a visitor's session."""

from __future__ import annotations

import pytest

from crawlers.platforms.forum.engine import cut, load_engine
from crawlers.platforms.forum.page import board_of, clean_link


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
