"""Which links lead to public places, and which could lead to a person and so to none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Source, load_catalogue
from crawlers.detect import detect_address
from crawlers.links import MOST, find_places
from crawlers.places import known_hosts, place_at, place_of
from ledger import CitedPlace
from tests.crawlers.conftest import make_source

HOSTS = {"fediverse": {"social.example"}, "lemmy": {"links.example"}, "organisations": {"news.example"}}
CHANNEL = CitedPlace("telegram", "https://t.me/invented_channel")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://t.me/s/Invented_Channel", "https://t.me/invented_channel"),
        ("http://telegram.me/invented_channel/17?single", "https://t.me/invented_channel"),
        ("https://t.me/invented_group/12/345", "https://t.me/invented_group"),
        ("https://old.reddit.com/r/Immigration/comments/abc/title/", "https://www.reddit.com/r/immigration"),
        ("https://vk.com/wall-123_456", "https://vk.com/public123"),
        ("https://m.vk.com/club123", "https://vk.com/public123"),
        ("https://bsky.app/hashtag/Boza", "https://bsky.app/hashtag/boza"),
        ("https://social.example/tags/G%C3%B6%C3%A7", "https://social.example/tags/g%C3%B6%C3%A7"),
        ("https://mastodon.invented.example/web/tags/boats", "https://mastodon.invented.example/tags/boats"),
        ("https://links.example/c/europe@other.example", "https://links.example/c/europe@other.example"),
        ("https://board.example/forum/viewforum.php?f=3&sid=0", "https://board.example/forum/viewforum.php?f=3"),
        ("http://board.example/viewtopic.php?t=9&f=3#p12", "https://board.example/viewforum.php?f=3"),
        ("https://board.example/forumdisplay.php?fid=4", "https://board.example/forumdisplay.php?fid=4"),
        ("https://board.example/index.php?board=12.20", "https://board.example/index.php?board=12.0"),
        ("https://board.example/forums/visas.12/page-3", "https://board.example/forums/visas.12/"),
        ("https://talk.example/t/which-route/123/4", "https://talk.example"),
        ("https://news.example/feed/?utm_source=x", "https://news.example/feed/"),
        ("https://news.example/migration.rss", "https://news.example/migration.rss"),
    ],
)
def test_links_into_one_place_are_one_address(url: str, address: str) -> None:
    place = place_at(url, HOSTS)
    assert place is not None
    assert place.address == address
    if place.platform not in (
        "telegram",
        "discourse",
    ):  # by those alone nobody can tell a place from a person or a site
        assert place_at(address, HOSTS) == place


@pytest.mark.parametrize(
    "url",
    [
        # Invitations are not public, and t.me has other pages
        "https://t.me/+AbCdEf123", "https://t.me/joinchat/AbCdEf", "https://t.me/joinchat/123", "https://t.me/c/123456/7",
        "https://t.me/addlist/123", "https://t.me/boost/12", "https://telegram.org/faq", "https://t.me/",
        # Each of these can be a person
        "https://t.me/somebody", "https://t.me/somebody?start=1", "https://t.me/somebody/s/3", "https://t.me/a_bot/app",
        "https://bsky.app/profile/somebody.example", "https://bsky.app/profile/somebody.example/rss",
        "https://social.example/@somebody", "https://social.example/@somebody.rss", "https://x.com/somebody",
        "https://social.example/users/somebody/feed", "https://www.youtube.com/@somebody",
        "https://www.youtube.com/channel/UC0123456789012345678901", "https://www.youtube.com/c/somebody",
        "https://vk.com/id123", "https://vk.com/somebody", "https://vk.com/wall123_4", "https://www.reddit.com/u/somebody",
        "https://www.reddit.com/r/u_somebody/", "https://www.reddit.com/user/somebody/.rss", "https://patreon.com/c/somebody",
        "https://medium.com/feed/@somebody", "https://nitter.example/somebody/rss", "https://blog.example/~ann/feed",
        "https://news.example/author/ann/feed/", "https://www.facebook.com/groups/1", "https://wa.me/447700900123",
        # Elsewhere the same path means something else
        "https://news.example/tags/boats", "https://video.example/c/somebody", "https://news.example/article-17",
        "https://board.example/viewtopic.php?t=9", "https://board.example/viewforum.php?f=x",
        # No address of a public place
        "https://user:secret@news.example/feed", "https://news.example:8443/feed", "http://localhost/feed", "ftp://n.example/feed",
        "https://[", "https://news.example/" + "x" * 400 + "/feed", "https://t.me/\u0661\u0662\u0663\u0664/\u0661", "",
    ],
)  # fmt: skip
def test_what_could_be_a_person_or_is_not_public_is_no_place(url: str) -> None:
    assert place_at(url, HOSTS) is None


def test_places_are_found_in_words_whatever_stands_around_them() -> None:
    words = (
        "Read (https://t.me/s/invented_channel).",
        "t.me/invented_channel/3, t.me/joinchat/x me@t.me/other/1 not-t.me/x/1",
    )
    assert find_places(words) == (CHANNEL,)
    assert find_places(("بوابة https://t.me/invented_channel/3؟ نعم",)) == (CHANNEL,)


FORWARD = (
    '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other_channel/99"><span>Other</span></a>'
)


@pytest.mark.parametrize(
    "raw",
    [
        FORWARD,
        json.dumps({"content": FORWARD}),
        json.dumps({"content": FORWARD}).replace("/", "\\/").replace("<", "\\u003c"),
        f"<entry><content>{FORWARD.replace('<', '&lt;').replace('>', '&gt;')}</content></entry>",
    ],
)
def test_forwards_and_words_that_are_links_are_read_from_the_raw_item(raw: str) -> None:
    assert find_places(("No address here.",), raw.encode()) == (CitedPlace("telegram", "https://t.me/other_channel"),)


def test_hashtags_that_the_fediverse_links_by_itself_are_no_evidence() -> None:
    raw = json.dumps({"content": '<a href="https://social.example/tags/boats" class="mention hashtag">#boats</a>'})
    assert find_places(("#boats",), raw.encode(), hosts=HOSTS) == ()
    assert len(find_places(("https://social.example/tags/boats",), hosts=HOSTS)) == 1


@pytest.mark.parametrize(
    ("own", "link"),
    [
        ("https://t.me/invented_channel/5", "https://t.me/s/Invented_channel"),
        ("https://www.reddit.com/r/immigration/comments/a/b/", "https://old.reddit.com/r/Immigration/"),
        ("https://news.example/article", "https://news.example/feed/"),
        ("https://board.example/viewtopic.php?f=3&t=1", "https://board.example/viewforum.php?f=9"),
    ],
)
def test_a_place_that_links_to_itself_is_no_evidence(own: str, link: str) -> None:
    assert find_places((link,), f'<a href="{link}">'.encode(), own=(own,)) == ()
    assert find_places((link,)) != ()


def test_a_list_of_links_does_not_fill_the_register() -> None:
    words = " ".join(f"https://t.me/channel_{number}/1" for number in range(100))
    assert len(find_places((words,))) == MOST


def test_what_the_register_reads_is_known_by_the_address_that_posts_link_to() -> None:
    channel = Source.model_validate({"id": "c", "kind": "telegram", "url": "https://t.me/Invented_Channel"})
    assert place_of(channel) == CHANNEL
    tag = make_source("https://social.example/", kind="mastodon", tag="Göç")
    assert place_of(tag) == place_at("https://social.example/tags/g%C3%B6%C3%A7", known_hosts([tag]))
    assert place_of(tag) is not None
    board = make_source("https://board.example/viewforum.php?f=3", kind="forum", engine="phpbb")
    assert place_of(board) == place_at("https://board.example/viewtopic.php?f=3&t=1")
    wall = Source.model_validate({"id": "w", "kind": "vk", "target": "wall:-123"})
    assert place_of(wall) == place_at("https://vk.com/wall-123_4")
    group = Source.model_validate({"id": "r", "kind": "reddit", "target": "Immigration"})
    assert place_of(group) == place_at("https://www.reddit.com/r/immigration/.rss")
    talk = make_source("https://talk.example", kind="discourse")
    assert place_of(talk) == place_at("https://talk.example/t/which-route/12")
    search = make_source("https://public.api.bsky.app", kind="bluesky", query="#Boza")
    assert place_of(search) == place_at("https://bsky.app/hashtag/boza")
    assert place_of(make_source("https://public.api.bsky.app", kind="bluesky", account="ann.example")) is None
    assert place_of(make_source("https://news.example/page", kind="import")) is None


def test_every_place_can_be_added_as_a_source() -> None:
    """What is accepted goes through the register's door: its address says there what it is, or is looked at."""
    reddit = detect_address("https://www.reddit.com/r/immigration")
    assert reddit is not None
    assert reddit.entry()["kind"] == "feeds"
    telegram = detect_address(CHANNEL.address)
    assert telegram is not None
    assert telegram.entry() == {"kind": "telegram", "url": CHANNEL.address}
    bluesky = detect_address("https://bsky.app/hashtag/boza")
    assert bluesky is not None
    assert bluesky.entry()["query"] == "#boza"


def test_the_catalogue_names_servers_of_the_fediverse() -> None:
    assert "piaille.fr" in known_hosts(load_catalogue().sources)["fediverse"]


PIECES = st.sampled_from(
    ["https://", "t.me/", "/s/", "name", "[", "]", "@", ":", "%", "%zz", "?f=", "?feed", "//", "\x00", "viewforum.php",
     "bsky.app/hashtag/", "{x}", "\ud800", "é", "123", "/tags/", "social.example", 'href="', "\\u003c", "&#0;", ".rss", "#",
     "bsky.app/profile/", "news.example", "social.bund.de/@", "/users/"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=20).map("".join)))
def test_no_text_breaks_the_search_for_places(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    for place in find_places((text,), raw, own=(text,), hosts=HOSTS):
        assert place.address.startswith("https://") or place.platform == "feeds"
