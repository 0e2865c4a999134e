"""Asking the cluster: whole answers or none, and several questions of one state of the index."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError

Clause = dict[str, Any]

KEEP_ALIVE = "2m"
"""How long a point in time lives after its last use; a page takes seconds at most."""


def ask(client: Elasticsearch, **body: Any) -> Any:
    """A search. A shard that does not answer makes it fail: counts of the rest would look like a fall in interest."""
    return client.search(allow_partial_search_results=False, **body)


def ask_alias(client: Elasticsearch, alias: str, **body: Any) -> Any:
    """A search of everything behind the alias; None where there is no index yet. A closed month makes it fail."""
    try:
        return ask(client, index=alias, **body)
    except NotFoundError as exc:
        # A month that another process dropped just now is no empty answer.
        if exc.body["error"].get("index") != alias:
            raise
        return None


@contextlib.contextmanager
def point_in_time(client: Elasticsearch, alias: str) -> Iterator[Clause | None]:
    """One state of everything behind the alias, to be given as ``pit``; None where there is no index yet."""
    if not client.indices.exists_alias(name=alias):
        yield None
        return
    point = client.open_point_in_time(index=alias, keep_alive=KEEP_ALIVE)["id"]
    try:
        yield {"id": point, "keep_alive": KEEP_ALIVE}
    finally:
        # A point in time that cannot be closed runs out by itself; the answer is already complete or already failed.
        with contextlib.suppress(ApiError):
            client.close_point_in_time(id=point)


def count(client: Elasticsearch, matching: Clause, point: Clause) -> int:
    """How many documents of a point in time match."""
    return total(ask(client, query=matching, size=0, track_total_hits=True, pit=point))


def total(answer: Any) -> int:
    """The number of matches in an answer."""
    found: int = answer["hits"]["total"]["value"]
    return found
