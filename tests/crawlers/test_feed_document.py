"""Feeds as bytes: every fault of tests/peers/hostile_feeds.py, and who wins where the parts of an answer disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.platforms.feeds import broken as feed_broken
from crawlers.platforms.feeds.document import FeedDocument, NotAFeed, parse_feed
from crawlers.texts import plain_text
from tests.crawlers.site import item, rss
from tests.peers.hostile_feeds import feeds

URL = "https://news.example/feed"


def read(name: str) -> FeedDocument:
    content_type, body = feeds()[name]
    return parse_feed(body, content_type, URL)


def test_a_good_feed_has_no_problems_and_each_entry_its_own_bytes() -> None:
    document = read("good")
    assert document.problems == ()
    assert [entry.title for entry in document.entries] == ["Item 1", "Item 2", "Item 3"]
    for number, entry in enumerate(document.entries, start=1):
        assert entry.raw.startswith(b"<item>")
        assert entry.raw.count(b"<title>") == 1
        assert f"Item {number}".encode() in entry.raw


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("html-as-feed", "a web page"),
        ("image-as-feed", "not readable"),
        ("empty", "empty"),
    ],
)
def test_what_is_no_feed_says_what_it_is(name: str, words: str) -> None:
    with pytest.raises(NotAFeed, match=words):
        read(name)


@pytest.mark.parametrize(
    "body", [b"{", b'{"items": 3}', b"[]", b"<opml/>", b"plain words", b"\xff\xfe\x00", b"{" * 90_000]
)
def test_other_bodies_are_refused_without_a_crash(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        parse_feed(body, "", URL)


def test_a_cut_feed_loses_its_half_entry_only() -> None:
    document = read("cut")
    assert "cut_entry" in document.problems
    assert [entry.summary for entry in document.entries] == ["Some words."]


def test_encodings() -> None:
    assert read("declared-encoding").entries[0].summary == "Граница закрыта"
    wrong = read("wrong-encoding")
    assert wrong.problems == ("wrong_encoding",)
    assert wrong.entries[0].summary == "Граница закрыта"
    lie = rss(item(1, summary="Überfahrt")).replace("UTF-8", "ISO-8859-1").encode("utf-8")
    document = parse_feed(lie, "application/rss+xml", URL)
    assert document.entries[0].summary == "Überfahrt"
    assert document.problems == ("wrong_encoding",)


def test_entities_neither_explode_nor_read_files() -> None:
    for name in ("laughs", "external-entity"):
        document = read(name)
        assert len(repr(document)) < 20_000
        assert "root:" not in repr(document)


def test_nul_bytes_are_taken_out_and_counted() -> None:
    document = read("nul")
    assert "nul_bytes" in document.problems
    assert len(document.entries) == 2
    assert "\x00" not in repr(document)


def test_the_content_type_is_only_a_hint() -> None:
    assert len(read("feed-as-html").entries) == 3


def test_a_broken_feed_that_is_huge_is_refused_before_the_slow_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_broken, "MAX_BROKEN", 1000)
    with pytest.raises(NotAFeed, match="broken XML of"):
        parse_feed(b"<rss><channel>" + b"<item>" * 1000, "", URL)


def test_a_body_is_never_taken_for_a_file_name(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(rss(item(1)))
    with pytest.raises(NotAFeed):
        parse_feed(str(secret).encode(), "", URL)


def test_links_that_are_no_addresses_identify_nothing() -> None:
    document = parse_feed(rss(item(1)).replace("https://news.example/1", "javascript:alert(1)").encode(), "", URL)
    assert document.entries[0].link is None
    assert document.entries[0].guid == "g1"
    relative = parse_feed(rss(item(1)).replace("<link>https://news.example/1", "<link>/a/1").encode(), "", URL)
    assert relative.entries[0].link == "https://news.example/a/1"


def test_plain_text_in_json_keeps_its_signs_and_lines() -> None:
    body = '{"items": [{"id": "1", "content_text": "if a<b then c>d &amp; so\\non"}]}'
    entry = parse_feed(body.encode(), "", URL).entries[0]
    assert plain_text(entry.content) == "if a<b then c>d &amp; so\non"


def test_archives_are_followed() -> None:
    head = '<atom:link rel="prev-archive" href="/archive/2026-02"/>'
    assert parse_feed(rss(item(1), head=head).encode(), "", URL).next_url == "https://news.example/archive/2026-02"


def test_dates_are_those_written_not_those_guessed() -> None:
    undated = rss(item(20260301)).replace("Mon, 02 Mar 2026 12:00:00 GMT", "soon").encode()
    entry = parse_feed(undated, "", URL).entries[0]
    assert entry.published is not None
    assert not entry.published.startswith("2026-03-01T")
