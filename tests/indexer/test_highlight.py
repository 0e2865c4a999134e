"""Excerpts: what is shown and marked of a hit, and how much of a long article is read for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import Index, Query, SearchQuery, highlight, parse_query
from indexer.highlight import EXCERPT, make_excerpt
from indexer.normalise import Place, _stretch, places, spans, tokens
from tests.indexer.documents import make, put

normalise_module = sys.modules["indexer.normalise"]
"""`indexer.normalise` itself is the function of that name."""
WORDS = (
    "safe",
    "SÁFE",
    "routes",
    "(route)",
    "safe-route",
    "難民",
    "難",
    "民が",
    "قارب",
    "boat_people",
    "x" * 300,
    "\n",
    " ",
)


def test_excerpts_show_and_mark_the_words(index: Index) -> None:
    put(index, make(1, text="lorem ipsum " * 40 + "the SÁFE routes to Kreta, very safe " + "dolor " * 60))
    (hit,) = index.search(SearchQuery(parse_query('"safe routes" kret*'))).hits
    marked = [hit.excerpt[start:end] for start, end in hit.highlights]
    assert marked == ["SÁFE routes", "Kreta"]
    assert len(hit.excerpt) <= 242
    assert hit.excerpt.startswith("…")
    assert hit.excerpt.endswith("…")


def read_whole(text: str, query: Query) -> tuple[str, list[str]]:
    """The excerpt by its definition: all matches of the whole text, then those in the window of the first."""
    found = sorted(set(highlight._matches(list(spans(text)), query)))
    start, end = highlight._window(text, found[0][0] if found else 0)
    shown = "…" * (start > 0) + text[start:end].replace("\n", " ") + "…" * (end < len(text))
    return shown, [text[a:b].replace("\n", " ") for a, b in highlight._merge(found) if a >= start and b <= end]


@pytest.mark.parametrize("asked", ["safe", '"safe route"', "rou*", "難民", '"民 safe"', "boat* -safe", '"x route"'])
@given(text=st.lists(st.sampled_from(WORDS), max_size=120).map(" ".join))
def test_reading_on_until_the_first_match_shows_what_reading_all_would(asked: str, text: str) -> None:
    query = parse_query(asked)
    excerpt, places_marked = make_excerpt(text, query)
    assert (excerpt, [excerpt[start:end] for start, end in places_marked]) == read_whole(text, query)
    assert len(excerpt) <= EXCERPT + 2


@given(st.text())
def test_the_parts_of_a_text_give_the_tokens_of_the_whole(text: str) -> None:
    whole = [token for found in _stretch().finditer(text) for token in tokens(found[0])]
    assert [token for token, _, _ in spans(text)] == whole


@pytest.mark.parametrize("filler", ["lorem ", "難民が海を渡る"])
def test_nothing_is_read_behind_the_excerpt(filler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def watched(word: str) -> Sequence[Place]:
        read.append(word)
        return places(word)

    monkeypatch.setattr(normalise_module, "places", watched)
    monkeypatch.setattr(highlight, "places", watched)
    excerpt, marked = make_excerpt("the safe route " + filler * 20_000, parse_query("safe"))
    assert excerpt[slice(*marked[0])] == "safe"
    assert sum(map(len, read)) < 2 * EXCERPT
