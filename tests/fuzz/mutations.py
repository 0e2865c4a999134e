# ruff: noqa: E501  tables of words
"""Inputs that are nearly right: real shapes with a few things changed, so that a parser is met behind its first check.

`values` changes JSON values at any place, `texts` pages and words, `documents` bytes, encoded in one way or another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

SPECIAL_TEXTS = (
    "", " ", "\x00", "\ud800", "\u202e\u2066", "\ufeff", "ı", "ß" * 3, "٣٤", "٠١/٠٢/٢٠٢٦", "e\u0301" * 5, "👨‍👩‍👧‍👦",
    "0", "-1", "1e309", "9" * 30, "9" * 5000, "NaN", "null", "true", "2026-02-30", "0000-00-00T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T25:61:61Z", "24:00", "1970-01-01", "now",
    "http://", "http://[", "http://[::1", "//x", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "https://example.org:99999/", "https://user:pass@example.org/", "https://example.org/" + "a" * 3000, "https://é.example/\n",
    "at://did:plc:x/app.bsky.feed.post/3k", "did:plc:", "../..", "a" * 5000, "<", "<p", "</", "<b><i></b></i>", "&#0;", "&#xd800;",
    "&#99999999999;", "&amp;amp;", "<!--", "<![CDATA[", "]]>", "<svg><title>", "%00", "%zz", "{", "[", '"', "\\", "\\u", "\r\n",
)  # fmt: skip
"""Words at which readers of dates, numbers, links, markup and JSON have stumbled."""
SPECIAL_NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308, 253402300800)
PIECES = (
    *SPECIAL_TEXTS[:60], "<div>", "</div>", "<table><tr>", "</td>", "<a href='", "' class=\"", "<time datetime='", "<time>",
    "<img alt=", "<script>", "<style>", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "<item>", "</item>",
    "<entry>", "<url><loc>", "</loc>", "<link/>", "<pubDate>", "xmlns:x='y'", "<outline xmlUrl='", "=\"", "'", ",", ";", "\t", "\n",
    "\n\n", "#", "@", "+44 7700 900123", "1.234,56 €", "label:", "-", "*", '"', "(", "OR", "Sitemap:", "Disallow:",
)  # fmt: skip

LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1000, 1000),
    st.sampled_from(SPECIAL_NUMBERS),
    st.sampled_from([float("nan"), float("inf")]),
    st.sampled_from(SPECIAL_TEXTS),
    st.text(max_size=12),
)
ANYTHING = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
Place = tuple[Any, ...]


def places(value: Any, path: Place = ()) -> list[Place]:
    """Every place in a JSON value, itself included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


def at(value: Any, path: Place) -> Any:
    """What stands at a place."""
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Place, other: Any) -> Any:
    """The value with something else at a place."""
    if not path:
        return other
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], other)
    return changed


def without(value: Any, path: Place) -> Any:
    """The value without a place."""
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(path) > 1:
        changed[path[0]] = without(value[path[0]], path[1:])
    else:
        del changed[path[0]]
    return changed


@st.composite
def values(draw: st.DrawFn, seeds: Sequence[Any]) -> Any:
    """One of the seeds with up to four changes; now and then anything at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(ANYTHING)
    value = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        known = places(value)
        path = known[draw(st.integers(0, len(known) - 1))]
        change = draw(st.integers(0, 9))
        if change == 0 and path:
            value = without(value, path)
        elif change == 1:
            value = put(value, path, [at(value, path)] * draw(st.integers(0, 2)))
        elif change == 2:
            value = put(value, path, at(value, known[draw(st.integers(0, len(known) - 1))]))
        else:
            value = put(value, path, draw(ANYTHING))
    return value


@st.composite
def texts(draw: st.DrawFn, seeds: Sequence[str], pieces: Sequence[str] = PIECES) -> str:
    """One of the seeds with up to six pieces cut out, put in, or put elsewhere; now and then any text."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.text(max_size=80) | st.lists(st.sampled_from(pieces), max_size=20).map("".join))
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 3, 20, 200, 100_000])))
        change = draw(st.integers(0, 9))
        if change == 0:
            other = draw(st.sampled_from(seeds))
            other_start = draw(st.integers(0, len(other)))
            new = other[other_start : other_start + draw(st.integers(0, 200))]
        elif change == 1:
            new = draw(st.text(max_size=8))
        elif change == 2:
            new = text[start:end] * draw(st.integers(2, 3)) if end - start < 500 else ""
        else:
            new = draw(st.sampled_from(pieces))
        text = text[:start] + new + text[end:]
    return text


ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1251", "cp1256", "latin-1", "utf-32-be")


@st.composite
def documents(draw: st.DrawFn, seeds: Sequence[bytes], pieces: Sequence[str] = PIECES) -> bytes:
    """One of the seeds changed as text and encoded again, with up to two changes of bytes."""
    text = draw(texts([seed.decode("utf-8", "replace") for seed in seeds], pieces))
    body = text.encode(draw(st.sampled_from(ENCODINGS)), "xmlcharrefreplace" if draw(st.booleans()) else "replace")
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start = draw(st.integers(0, len(body)))
        body = body[:start] + draw(st.binary(max_size=4)) + body[start + draw(st.integers(0, 4)) :]
    return body


def raw_documents(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes that are no text (workbooks, gzip): the seeds with some of them changed."""

    @st.composite
    def changed(draw: st.DrawFn) -> bytes:
        body = draw(st.sampled_from(list(seeds)))
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(body)))
            body = body[:start] + draw(st.binary(max_size=8)) + body[start + draw(st.sampled_from([0, 1, 8, 100])) :]
        return body

    return changed()


def json_documents(seeds: Sequence[Any]) -> st.SearchStrategy[bytes]:
    """JSON with values changed, or with its text changed."""
    plain = [to_json(seed) for seed in seeds]
    changed = values(seeds).map(to_json)
    return st.one_of(changed, changed, changed, documents(plain))


def to_json(value: Any) -> bytes:
    """As servers write it, lone surrogates as escapes."""
    return json.dumps(value).encode()
