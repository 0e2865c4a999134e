"""The query language: what it understands, what it says about the rest, and that it never breaks."""

from __future__ import annotations

import sqlite3
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer import EVERYTHING, FIELDS, Query, QueryError, parse_query, where
from indexer.elastic.compile import compile_query
from indexer.grammar import MAX_LENGTH, FieldIs, Prefix, Words
from indexer.sqlite.compile import compile_all, compile_match


def test_every_form_is_understood() -> None:
    found = parse_query('boat "to greece" -war -"fake news" smuggl* lang:ar,FA origin:tr -kind:news covered:yes')
    assert found.required == (
        Words(("boat",)),
        Words(("to", "greece")),
        Prefix("smuggl"),
        FieldIs("lang", ("ar", "fa")),
        FieldIs("origin", ("TR",)),
        FieldIs("covered", ("true",)),
    )
    assert found.excluded == (Words(("war",)), Words(("fake", "news")), FieldIs("kind", ("news",)))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("don't", '"don t"'),
        ("co-op", '"co op"'),
        ("  boat\t", "boat"),
        ("“safe route”", '"safe route"'),
        ("«safe route»", '"safe route"'),
        ("難民*", '"難 民"'),
        ("(boat)", "boat"),
        ('source:"herald"', "source:herald"),
        ("LANG:en", "lang:en"),
        ("hashtag:#Boat_People", "hashtag:boatpeople"),
        ("12:30", '"12 30"'),
    ],
)
def test_writings_of_one_query_are_one_tree(text: str, same: str) -> None:
    assert parse_query(text) == parse_query(same)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("boat *oat", 5, "cannot begin with \\*"),
        ("bo*t", 2, "only stand at the end"),
        ("a*", 0, "at least 2 letters"),
        ("co-op*", 0, "more than one word"),
        ('boat "to greece', 5, "never closed"),
        ('"boat*"', 0, "no meaning inside"),
        ("boat colour:red", 5, "no field 'colour'; fields are author, contact"),
        ("https://a.example", 0, "no field 'https'"),
        ("label:offer", 0, "label is one of smuggling_offer"),
        ("covered:maybe", 0, "covered is one of true, false"),
        ("lang:", 5, "value is missing"),
        ("lang:ar,", 8, "value is missing"),
        ("hashtag:!!!", 0, "needs a value"),
        ("boat -", 5, "nothing to exclude"),
        ("boat -(a b)", 5, "nothing to exclude"),
        ("boat !!!", 5, "no letter or digit"),
        ("boat OR ship", 5, "field:one,other"),
        ("boat AND ship", 5, "not needed"),
        ("NOT boat", 0, "-word"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "shorten"),
        ("a " * 40, 64, "more than 32 terms"),
        ('"' + "a " * 65 + '"', 0, "more than 64 words"),
        ("lang:" + ",".join("ab" for _ in range(65)), 0, "more than 64 values"),
        ("lang:\ud800", 0, "not valid text"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryError, match=says) as caught:
        parse_query(text)
    assert caught.value.position == position
    assert str(caught.value).startswith(f"query, character {position + 1}: ")


@pytest.mark.parametrize("text", ["", "   ", "-war", "-war -lang:ar"])
def test_a_query_must_ask_for_something(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(text)


def test_where_builds_the_same_tree_and_refuses_the_same() -> None:
    assert where("lang", "ar", "fa") == parse_query("lang:ar,fa")
    assert where("lang", "ar") & parse_query("boat") == parse_query("lang:ar boat")
    assert EVERYTHING & where("lang", "ar") == where("lang", "ar")
    with pytest.raises(QueryError, match="no field"):
        where("colour", "red")


SPICE = st.sampled_from([*'"*-:,()\\/^~\x00', "AND", "OR", "NOT", "NEAR(", *(f"{word}:" for word in FIELDS)])
QUERIES = st.lists(st.one_of(SPICE, st.text(max_size=8), st.sampled_from([" ", "boat", "ab*", "難"])), max_size=25).map(
    "".join
)


def parsed(text: str) -> Query | None:
    try:
        return parse_query(text)
    except QueryError as exc:
        told = exc
    assert str(told)
    assert told.position is None or 0 <= told.position <= len(text)
    return None


@settings(max_examples=600)
@given(QUERIES)
@example('"')
@example('-"')
@example("label:")
@example("\x00*")
def test_any_text_parses_or_raises_query_error(text: str) -> None:
    parsed(text)


@pytest.fixture(scope="module")
def words() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE VIRTUAL TABLE words USING fts5 (body, tokenize='ascii')")
    return connection


@settings(max_examples=600)
@given(QUERIES)
def test_what_parses_never_reaches_an_engine_as_syntax(words: sqlite3.Connection, text: str) -> None:
    query = parsed(text)
    if query is None:
        return
    match = compile_match(query)
    if match is not None:
        words.execute("SELECT count(*) FROM words WHERE words MATCH ?", (match,)).fetchone()
        assert set(match) & set(string.punctuation) <= set('"*')
    assert all(isinstance(value, (str, int)) for value in compile_all(query).values)
    for clause in compile_query(query)["bool"].values():
        assert all(len(part) == 1 and part.keys() <= {"term", "terms", "prefix", "match_phrase"} for part in clause)
