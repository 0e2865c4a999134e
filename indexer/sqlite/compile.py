"""A query tree as SQL: conditions on `document d` with bound values, and FTS5 expressions made of quoted tokens only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from indexer.grammar import FieldIs, Prefix, Query, Term, Words
from indexer.queries import Span
from indexer.sqlite.schema import COVERED, LABEL_BITS, ON_TOPIC, REVIEWED
from indexer.stored import to_millis
from records import Label

_COLUMNS = {"id": "post_id"} | {
    name: name for name in ("lang", "platform", "source", "kind", "family", "author", "model", "service", "currency")
}
_FLAGS = {"on_topic": ON_TOPIC, "covered": COVERED, "reviewed": REVIEWED}


@dataclass
class Where:
    """A conjunction of SQL conditions and their values."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: Any) -> None:
        """One more condition that must hold."""
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        """The conditions joined; true where there is none."""
        return " AND ".join(self.conditions) or "1"


def compile_match(query: Query) -> str | None:
    """The FTS5 expression of the words that must stand in the text; None where the query has none."""
    return " AND ".join(_text(term) for term in query.texts) or None


def compile_fields(query: Query) -> Where:
    """All of the query but the words that must stand in the text."""
    where = Where()
    for term in query.required:
        if isinstance(term, FieldIs):
            condition, values = _field(term)
            where.add(condition, *values)
    for term in query.excluded:
        condition, values = _excluded(term)
        where.add(condition, *values)
    return where


def compile_all(query: Query) -> Where:
    """The whole query as conditions, for counting without ranking."""
    where = compile_fields(query)
    match = compile_match(query)
    if match is not None:
        where.add("d.id IN (SELECT rowid FROM words WHERE words MATCH ?)", match)
    return where


def compile_span(span: Span) -> Where:
    """The publication times of a span: no post without a date of its own is in it. True for an open span."""
    where = Where()
    if span.start is not None:
        where.add("d.published >= ?", to_millis(span.start))
    if span.end is not None:
        where.add("d.published < ?", to_millis(span.end))
    return where


def _text(term: Words | Prefix) -> str:
    # Tokens hold no quotation mark, see normalise.py; within quotes FTS5 knows no operators.
    if isinstance(term, Prefix):
        return f'"{term.token}"*'
    return f'"{" ".join(term.tokens)}"'


def _excluded(term: Term) -> tuple[str, list[Any]]:
    if isinstance(term, FieldIs):
        condition, values = _field(term)
        # An absent value (NULL) is not the excluded one.
        return f"NOT ifnull({condition}, 0)", values
    return "d.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)", [_text(term)]


def _field(term: FieldIs) -> tuple[str, list[Any]]:
    marks = ", ".join("?" * len(term.values))
    if term.field == "label":
        bits = sum(LABEL_BITS[Label(value)] for value in term.values)
        return "(d.flags & ?) <> 0", [bits]
    if term.field in _FLAGS:
        wanted = [f"(d.flags & {_FLAGS[term.field]}) {'<>' if value == 'true' else '='} 0" for value in term.values]
        return f"({' OR '.join(wanted)})", []
    if term.field in _COLUMNS:
        return f"d.{_COLUMNS[term.field]} IN ({marks})", list(term.values)
    return f"d.id IN (SELECT id FROM term WHERE field = ? AND value IN ({marks}))", [term.field, *term.values]
