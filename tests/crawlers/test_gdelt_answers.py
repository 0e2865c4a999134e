"""GDELT's answers as bytes: the addresses in them, the faults that its users report, and bytes of any kind.

The faults: errors as sentences under HTTP 200, control characters, lone backslashes.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.gdelt.answer import GdeltRefusal, parse_answer
from tests.crawlers.gdelt_index import SITE, answer, listed


def test_an_answer_gives_addresses() -> None:
    (entry,) = parse_answer(answer(listed(f"{SITE}/1")).encode())
    assert (entry.link, entry.title, entry.published) == (f"{SITE}/1", "A crossing", None), "seen is not published"
    assert b"seendate" in entry.raw
    assert parse_answer(b"{}") == ()
    assert parse_answer(b'\xef\xbb\xbf{"articles": []}') == ()


def test_control_characters_and_lone_backslashes_are_borne() -> None:
    title = r'"A \' crossing \x at \" sea \\ and \u00e9"'
    articles = f'{{"url": "{SITE}/1", "title": {title}}}, {{"url": "{SITE}/2\x0b", "title": "b\x1f\tc\nd"}}'
    body = f'\x01{{"articles":\x02 [{articles}]}}\x00'
    first, second = parse_answer(body.encode())
    assert first.title == "A \\' crossing \\x at \" sea \\ and \u00e9"
    assert (second.link, second.title) == (f"{SITE}/2", "b c d")


@pytest.mark.parametrize(
    ("body", "words", "too_fast"),
    [
        ("Your query was too short or too long.\n", "too short or too long", False),
        ("<html><body><b>Timespan is too short.</b></body></html>", "Timespan is too short.", False),
        ("Please limit requests to one every 5 seconds or contact us.", "one every 5 seconds", True),
        ("", "an empty answer", False),
        ("[1]", "[1]", False),
        ('{"articles": [', "broken JSON", False),
        ('{"articles": "none"}', "no list", False),
        ("{" * 50_000, "broken JSON", False),
    ],
)
def test_errors_under_http_200_are_errors(body: str, words: str, too_fast: bool) -> None:
    with pytest.raises(GdeltRefusal) as caught:
        parse_answer(body.encode())
    assert words in str(caught.value)
    assert caught.value.too_fast is too_fast


PARTS = st.sampled_from(
    [b"{", b"}", b'"articles"', b":", b"[", b"]", b",", b'"url"', b'"http://h/1"', b'"http://["', b"null", b"1e999", b"NaN",
     b"\\", b"\\u12", b'"', b"\x00", b"\x1f", b"\xff", b"<b>"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "title", "articles"]), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.lists(PARTS, max_size=25).map(b"".join),
        VALUES.map(lambda value: json.dumps({"articles": [value]}).encode()),
    )
)
def test_no_bytes_make_the_parser_crash(body: bytes) -> None:
    try:
        entries = parse_answer(body)
    except GdeltRefusal:
        return
    assert all(entry.link is None or entry.link.startswith("http") for entry in entries)
