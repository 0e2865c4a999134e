"""Excerpts: the part of a post around a query's words, with their places. One code for both backends.

1. find:  read on until the first match, whole words of the text at a time, most of them from a cache
2. cut:   a window around it
3. mark:  all matches in the window, and nothing of the rest of a long article
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from indexer.grammar import Prefix, Query, Words
from indexer.normalise import Place, places, spans, words

EXCERPT = 240
"""Characters of an excerpt: two lines on a terminal, enough to judge a hit by."""
LEAD = 60
"""Characters shown before the first match."""

Span = tuple[int, int]


def make_excerpt(text: str, query: Query) -> tuple[str, tuple[Span, ...]]:
    """At most EXCERPT characters of the text around the first match, and the matches in it as (start, end)."""
    found = _first_match(text, query)
    begin, first = found or (0, 0)
    start, end = _window(text, first)
    before = "…" if start > 0 else ""
    after = "…" if end < len(text) else ""
    shift = len(before) - start
    matches = set(_matches(_read(text, begin, end), query)) if found else set()
    inside = [(a + shift, b + shift) for a, b in _merge(sorted(matches)) if a >= start and b <= end]
    # A line break is as wide as a space: places stay right.
    shown = "".join(" " if letter in "\r\n\t" else letter for letter in text[start:end])
    return before + shown + after, tuple(inside)


def _first_match(text: str, query: Query) -> Span | None:
    """Where the part of the text begins in which the first match is, and the match itself.

    None where the text has none: the words may stand in the title.
    """
    if not query.texts:
        return None
    starts = {term.tokens[0] for term in query.texts if isinstance(term, Words)}
    prefixes = tuple(term.token for term in query.texts if isinstance(term, Prefix))
    longest = max((len(term.tokens) for term in query.texts if isinstance(term, Words)), default=1)
    for word in words(text):
        held = places(word[0])
        for token, _, _ in held:
            if token in starts or (prefixes and token.startswith(prefixes)):
                break
        else:
            continue
        ahead = list(islice(spans(text, word.start()), len(held) + longest))
        found = min(_matches(ahead, query), default=None)
        if found is not None:
            return word.start(), found[0]
    return None


def _read(text: str, begin: int, end: int) -> list[Place]:
    return list(takewhile(lambda place: place[1] < end, spans(text, begin)))


def _matches(found: Sequence[Place], query: Query) -> Iterator[Span]:
    for term in query.texts:
        if isinstance(term, Prefix):
            yield from ((start, end) for token, start, end in found if token.startswith(term.token))
        else:
            yield from _sequences(found, term)


def _sequences(found: Sequence[Place], term: Words) -> Iterator[Span]:
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
