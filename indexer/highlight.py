"""Excerpts: the part of a post around a query's words, with their places. One code for both backends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from indexer.grammar import Prefix, Query, Words
from indexer.normalise import spans

EXCERPT = 240
"""Characters of an excerpt: two lines on a terminal, enough to judge a hit by."""
LEAD = 60
"""Characters shown before the first match."""

Span = tuple[int, int]


def make_excerpt(text: str, query: Query) -> tuple[str, tuple[Span, ...]]:
    """At most EXCERPT characters of the text around the first match, and the matches in it as (start, end)."""
    found = sorted(set(_matches(text, query)))
    start, end = _window(text, found[0][0] if found else 0)
    before = "…" if start > 0 else ""
    after = "…" if end < len(text) else ""
    shift = len(before) - start
    inside = [(a + shift, b + shift) for a, b in _merge(found) if a >= start and b <= end]
    # A line break is as wide as a space: places stay right.
    shown = "".join(" " if letter in "\r\n\t" else letter for letter in text[start:end])
    return before + shown + after, tuple(inside)


def _matches(text: str, query: Query) -> Iterator[Span]:
    if not query.texts:
        return
    found = list(spans(text))
    for term in query.texts:
        if isinstance(term, Prefix):
            yield from ((start, end) for token, start, end in found if token.startswith(term.token))
        else:
            yield from _sequences(found, term)


def _sequences(found: Sequence[tuple[str, int, int]], term: Words) -> Iterator[Span]:
    length = len(term.tokens)
    first = term.tokens[0]
    for at, (token, start, _) in enumerate(found):
        if token == first and tuple(item[0] for item in found[at : at + length]) == term.tokens:
            yield start, found[at + length - 1][2]


def _merge(found: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, first: int) -> Span:
    start = 0 if first <= LEAD else _word_start(text, first - LEAD, first)
    end = min(len(text), start + EXCERPT)
    if end < len(text):
        space = text.rfind(" ", start + EXCERPT // 2, end)
        end = space if space > 0 else end
    return start, end


def _word_start(text: str, at: int, limit: int) -> int:
    space = text.find(" ", at, limit)
    return space + 1 if space >= 0 else at
