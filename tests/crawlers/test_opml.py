"""Lists of feeds in and out: what is in the register is not written twice, and nothing that comes in runs by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Source, SourceRegister, add_entries, load_sources
from crawlers.opml import LARGEST, NotOpmlError, Outline, make_entries, parse_opml, write_opml

LIST = b"""<?xml version="1.0"?><opml version="1.0"><head><title>Mine</title></head><body>
<outline text="Folder"><outline text="Daily" type="rss" xmlUrl="https://daily.example/feed" htmlUrl="https://daily.example/"/>
<outline title="Second" text="x" xmlurl=" https://second.example/rss " language="tr-TR"/></outline>
<outline text="No feed" url="https://x.example/"/><outline text="Bad" xmlUrl="javascript:x"/>
<outline text="Daily again" xmlUrl="http://daily.example/feed?utm_source=reader"/></body></opml>"""
EMPTY = SourceRegister()


def test_folders_are_flattened_and_spellings_forgiven() -> None:
    assert parse_opml(LIST)[:2] == (
        Outline("https://daily.example/feed", "Daily", ""),
        Outline("https://second.example/rss", "Second", "tr-TR"),
    )


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("FEED://https://a.example/rss", "https://a.example/rss"),
        ("https://a.example/feed:1", "https://a.example/feed:1"),
    ],
)
def test_addresses_that_open_a_reader_are_read(written: str, address: str) -> None:
    (outline,) = parse_opml(f'<opml><body><outline text="A" xmlUrl="{written}"/></body></opml>'.encode())
    assert outline.url == address


def test_entries_are_off_and_none_stands_twice(tmp_path: Path) -> None:
    made = make_entries(parse_opml(LIST), EMPTY, {"author_kind": "outlet"})
    assert [(entry["id"], entry["enabled"]) for entry in made.entries] == [("daily", False), ("second", False)]
    assert made.entries[1]["languages"] == ["tr"]
    assert sum(made.skipped.values()) == 2
    assert made.skipped["already there"] == 1
    sources = add_entries(tmp_path, made.entries)
    assert all(source.why_off for source in sources)
    again = make_entries(parse_opml(LIST), load_sources(tmp_path), {})
    assert (again.entries, again.skipped["already there"]) == ((), 3)


def test_what_goes_out_comes_in_again() -> None:
    stated = {"kind": "feeds", "languages": ["ar"]}
    sources = [
        Source.model_validate({"id": f"s{n}", "url": f"https://s{n}.example/?a=1&b=<>\"'é", **stated}) for n in range(3)
    ]
    other = Source.model_validate({"id": "m", "kind": "mastodon", "url": "https://social.example"})
    outlines = parse_opml(write_opml([*sources, other], "A & B"))
    assert [outline.url for outline in outlines] == [source.url for source in sources]
    made = make_entries(outlines, EMPTY, {})
    assert [(entry["id"], entry["languages"]) for entry in made.entries] == [(f"s{n}", ["ar"]) for n in range(3)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not readable"),
        (b"<rss/>", "not <opml>"),
        (b"<opml><body>", "not readable"),
        (b'<!DOCTYPE opml [<!ENTITY a "aaaa">]><opml/>', "entities"),
        (b" " * (LARGEST + 1), "too large"),
    ],
)
def test_what_is_no_list_says_so(body: bytes, words: str) -> None:
    with pytest.raises(NotOpmlError, match=words):
        parse_opml(body)


PIECES = st.sampled_from(
    ["<outline ", "xmlUrl='", "http://[", "'/>", "<opml>", "</opml>", "text='é", "\x00", "&amp;", ">"]
)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=20).map(lambda parts: "".join(parts).encode())))
def test_no_list_breaks_the_reader(body: bytes) -> None:
    try:
        outlines = parse_opml(body)
    except NotOpmlError:
        return
    make_entries(outlines, EMPTY, {})


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40), st.text(max_size=5)), max_size=5))
def test_every_entry_that_is_made_can_be_written(parts: list[tuple[str, str, str]]) -> None:
    outlines = [Outline(f"https://h.example/{path}", title, language) for path, title, language in parts]
    for entry in make_entries(outlines, EMPTY, {}).entries:
        assert Source.model_validate(entry).why_off
