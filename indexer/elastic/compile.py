"""A query tree as an Elasticsearch bool query, made of term, match_phrase and prefix on normalised tokens only."""

from __future__ import annotations

from indexer.elastic.asking import Clause
from indexer.fields import FIELDS
from indexer.grammar import FieldIs, Prefix, Query, Term
from indexer.queries import Span
from indexer.stored import write_time
from records import PROTECTED_KINDS

WITHHELD: Clause = {
    "bool": {
        "should": [{"terms": {"kind": sorted(PROTECTED_KINDS)}}, {"exists": {"field": "referral"}}],
        "minimum_should_match": 1,
    }
}
"""People who need help or give it, and posts for referral."""
DATED: Clause = {"term": {"published_estimated": False}}
UNDATED: Clause = {"term": {"published_estimated": True}}
ASSESSED: Clause = {"bool": {"filter": [{"term": {"on_topic": True}}, {"term": {"covered": True}}]}}


def compile_query(query: Query, *filters: Clause) -> Clause:
    """The whole query; words count for relevance, fields and further filters do not."""
    return {
        "bool": {
            "must": [_clause(term) for term in query.texts],
            "filter": [_clause(term) for term in query.required if isinstance(term, FieldIs)] + list(filters),
            "must_not": [_clause(term) for term in query.excluded],
        }
    }


def compile_span(span: Span) -> list[Clause]:
    """Published in the span: no post without a date of its own is in it; no clause for an open span."""
    limits: dict[str, str] = {}
    if span.start is not None:
        limits["gte"] = write_time(span.start)
    if span.end is not None:
        limits["lt"] = write_time(span.end)
    return [DATED, {"range": {"published_at": limits}}] if limits else []


def _clause(term: Term) -> Clause:
    if isinstance(term, FieldIs):
        return {"terms": {FIELDS[term.field].path: list(term.values)}}
    if isinstance(term, Prefix):
        return {"prefix": {"body": {"value": term.token}}}
    if len(term.tokens) == 1:
        return {"term": {"body": {"value": term.tokens[0]}}}
    return {"match_phrase": {"body": {"query": " ".join(term.tokens)}}}
