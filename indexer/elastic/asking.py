"""Asking the cluster: whole answers or none, and several questions of one state of the index."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from elasticsearch import ApiError, Elasticsearch

Clause = dict[str, Any]

KEEP_ALIVE = "2m"
"""How long a point in time lives after its last use; a page takes seconds at most."""


def ask(client: Elasticsearch, **body: Any) -> Any:
    """A search. A shard that does not answer makes it fail: counts of the rest would look like a fall in interest."""
    return client.search(allow_partial_search_results=False, **body)


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


def count(client: Elasticsearch, matching: Clause, **where: Any) -> int:
    """How many documents match; ``where`` is a ``pit``, or an ``index``."""
    answer = ask(client, query=matching, size=0, track_total_hits=True, **where)
    found: int = answer["hits"]["total"]["value"]
    return found
