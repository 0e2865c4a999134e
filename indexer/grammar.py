"""The query language: words, "a phrase", -not, prefix*, field:value, field:one,other. Everything given must hold.

A query is parsed once into a small tree of normalised tokens and known fields. Adapters build their engine's query from
the tree alone: what a user typed never reaches an engine. Every text either parses or raises QueryError; both are quick.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.errors import QueryError
from indexer.fields import FIELDS
from indexer.normalise import is_spaceless, tokens

MAX_LENGTH = 1000
"""Characters of a query. The longest pasted advert sentence that made sense to search for was under 300."""
MAX_TERMS = 32
"""Terms of a query; each costs an index look-up."""
MAX_TOKENS = 64
"""Tokens of one phrase."""
MAX_VALUES = 64
"""Values after one field."""
MIN_PREFIX = 2
"""Letters before a *: one letter would match a large part of all words."""


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens that stand next to each other; one token is a word."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A token that begins so."""

    token: str


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field that has one of the values."""

    field: str
    values: tuple[str, ...]


Term = Words | Prefix | FieldIs


@dataclass(frozen=True, slots=True)
class Query:
    """All of ``required`` and none of ``excluded``; empty matches everything."""

    required: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()

    def __and__(self, other: Query) -> Query:
        return Query(self.required + other.required, self.excluded + other.excluded)

    @property
    def texts(self) -> tuple[Words | Prefix, ...]:
        """The required terms that stand in the text: what a hit is highlighted by."""
        return tuple(term for term in self.required if not isinstance(term, FieldIs))


EVERYTHING = Query()

_QUOTES = str.maketrans("\u201c\u201d\u201e\u00ab\u00bb\uff02", '""""""')
_FIELD = re.compile(r"([A-Za-z_]+):")
_OPERATORS = {
    "OR": "OR is not part of the language: ask twice, or give values of one field as field:one,other",
    "AND": "AND is not needed: everything given must hold",
    "NOT": "write -word for what must not stand there",
}


def where(field: str, *values: str) -> Query:
    """A query for posts whose field has one of the values. Raises QueryError for an unknown field or value."""
    return Query((_field_term(field, values, None),))


def parse_query(text: str) -> Query:
    """The tree of a query. Raises QueryError, with the place and what to do, for all that is not understood."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"longer than {MAX_LENGTH} characters: shorten it", MAX_LENGTH)
    required: list[Term] = []
    excluded: list[Term] = []
    for negated, term, position in _Reader(text.translate(_QUOTES)).terms():
        (excluded if negated else required).append(term)
        if len(required) + len(excluded) > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} terms: shorten it", position)
    if not required and not excluded:
        raise QueryError("empty: give a word, a phrase in quotes or field:value")
    if not required:
        raise QueryError("says only what must not be there: add a word or a field that must")
    return Query(tuple(required), tuple(excluded))


class _Reader:
    """Reads terms off a query from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def terms(self) -> Iterator[tuple[bool, Term, int]]:
        """(negated, term, position of the term)."""
        while self._skip_spaces():
            start = self._at
            negated = self._text[start] == "-"
            if negated:
                self._at += 1
                if not self._more() or self._text[self._at] in " (":
                    raise QueryError('nothing to exclude after -: write -word, -"a phrase" or -field:value', start)
            yield negated, self._term(), start

    def _more(self) -> bool:
        return self._at < len(self._text)

    def _skip_spaces(self) -> bool:
        while self._more() and self._text[self._at].isspace():
            self._at += 1
        return self._more()

    def _term(self) -> Term:
        start = self._at
        if self._text[start] == '"':
            return _phrase(self._quoted(), start)
        field = _FIELD.match(self._text, start)
        if field is not None:
            self._at = field.end()
            return _field_term(field[1], tuple(self._values()), start)
        return _word(self._bare('"'), start)

    def _quoted(self) -> str:
        start = self._at
        end = self._text.find('"', start + 1)
        if end < 0:
            raise QueryError('this quotation mark is never closed: add the second " or take it out', start)
        self._at = end + 1
        return self._text[start + 1 : end]

    def _bare(self, stops: str) -> str:
        start = self._at
        while self._more() and not self._text[self._at].isspace() and self._text[self._at] not in stops:
            self._at += 1
        return self._text[start : self._at]

    def _values(self) -> Iterator[str]:
        while True:
            start = self._at
            quoted = self._more() and self._text[start] == '"'
            value = self._quoted() if quoted else self._bare('",')
            if not value.strip():
                raise QueryError("a value is missing: write field:value, without a space after the colon", start)
            yield value.strip()
            if not self._more() or self._text[self._at] != ",":
                return
            self._at += 1


def _field_term(word: str, values: tuple[str, ...], position: int | None) -> FieldIs:
    field = FIELDS.get(word.lower())
    if field is None:
        known = ", ".join(sorted(FIELDS))
        raise QueryError(
            f"there is no field {word[:40]!r}; fields are {known}. To search for the text, quote it", position
        )
    if len(values) > MAX_VALUES:
        raise QueryError(f"more than {MAX_VALUES} values after {word}:", position)
    try:
        "".join(values).encode("utf-8")
        return FieldIs(field.word, tuple(dict.fromkeys(field.read_value(value) for value in values)))
    except UnicodeEncodeError as exc:
        raise QueryError(f"the value after {word}: is not valid text", position) from exc
    except ValueError as exc:
        raise QueryError(str(exc), position) from exc


def _phrase(text: str, position: int) -> Words:
    if "*" in text:
        raise QueryError(
            "* has no meaning inside quotation marks: take it out, or write prefix* without them", position
        )
    return _words(text, position)


def _words(text: str, position: int) -> Words:
    found = tokens(text)
    if not found:
        raise QueryError(f"nothing to search for in {text[:40]!r}: it has no letter or digit", position)
    if len(found) > MAX_TOKENS:
        raise QueryError(f"a phrase of more than {MAX_TOKENS} words: shorten it", position)
    return Words(tuple(found))


def _word(text: str, position: int) -> Term:
    if text in _OPERATORS:
        raise QueryError(f"{_OPERATORS[text]}. To search for the word itself, quote it", position)
    if text.startswith("*"):
        raise QueryError("a word cannot begin with *: write the beginning and then *, like smuggl*", position)
    body = text.removesuffix("*")
    if "*" in body:
        raise QueryError("* can only stand at the end of a word, like smuggl*", position + text.index("*"))
    words = _words(body, position)
    if body == text or is_spaceless(words.tokens[-1]):
        return words
    if len(words.tokens) > 1:
        raise QueryError(
            f"{text[:40]!r} is more than one word: write prefix* for one word, or a phrase in quotes", position
        )
    if len(words.tokens[0]) < MIN_PREFIX:
        raise QueryError(f"give at least {MIN_PREFIX} letters before *", position)
    return Prefix(words.tokens[0])
