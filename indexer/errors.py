"""The small exception tree of the index. Adapters translate their vendor's errors into it; doors map it to exit codes."""

from __future__ import annotations


class IndexFault(Exception):
    """Something is wrong with the index or with what was asked of it; the message says what to do."""


class IndexUnavailable(IndexFault):
    """Retry later: refused connection, time-out, 429, 503, a locked file. Never counts against a post."""


class IndexRejected(IndexFault):
    """Never retry as it is: the index does not take this call (a wrong key, an unknown layout)."""


class IndexDamaged(IndexRejected):
    """What is stored cannot be read any more, or was no index: a rebuild replaces it."""


class QueryError(IndexFault):
    """A query that is not understood.

    ``position`` is the index of the first wrong character in the query, counted from 0; None where it has no place.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(message if position is None else f"query, character {position + 1}: {message}")
