"""Families in a query: an id that was merged into another stands for that one, in whatever answer it was read."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from indexer.grammar import FieldIs, Query, Term
from ledger import Ledger, resolve_families

_FIELD = "family"


def follow_families(ledger: Ledger, query: Query) -> Query:
    """The query with each family's id of today; one that the ledger does not know stays as it is."""
    asked = {value for term in query.required + query.excluded if _is_family(term) for value in term.values}
    if not asked:
        return query
    today = resolve_families(ledger, asked)

    def follow(term: Term) -> Term:
        return (
            replace(term, values=tuple(dict.fromkeys(map(today.__getitem__, term.values))))
            if _is_family(term)
            else term
        )

    return Query(tuple(map(follow, query.required)), tuple(map(follow, query.excluded)))


def _is_family(term: Term) -> TypeGuard[FieldIs]:
    return isinstance(term, FieldIs) and term.field == _FIELD
