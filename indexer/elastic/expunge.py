"""Taking the bytes of erased and replaced documents out of a cluster's files.

1. flush    a new translog is begun; the old one, which holds every write in clear, goes
2. merge    segments that hold erased documents are written anew without them
3. history  a shard keeps what was erased for its copies until each of them has moved on past it: 1 and 2 are repeated until
            all have, for every shard in which something was erased when we began
What is erased while this runs is not waited for: a month that is being written holds replaced documents at any moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

from indexer.errors import IndexUnavailable

TIMEOUT_SECONDS = 3600.0
"""A month of millions of posts is rewritten as a whole."""
HISTORY_SECONDS = 60.0
"""Copies of a shard say how far they are every 30 s; measured 33 s until the last trace is merged away on 9.4.3."""
LOOK_SECONDS = 5.0

Shard = tuple[str, str]
"""An index and a shard's number."""


def expunge(client: Elasticsearch, pattern: str) -> None:
    """Expunges the indices of a pattern. Raises IndexUnavailable where a copy of a shard does not move on."""
    patient = client.options(request_timeout=TIMEOUT_SECONDS)
    patient.indices.refresh(index=pattern)
    # Flushed all, since a document that was merged away already may still stand in a translog.
    patient.indices.flush(index=pattern, force=True)
    begun = {
        shard: max(int(copy["seq_no"]["max_seq_no"]) for copy in copies) for shard, copies in _holding(client, pattern)
    }
    until = time.monotonic() + HISTORY_SECONDS
    while begun:
        passed = _passed(client, pattern, begun)
        indices = sorted({index for index, _ in begun})
        for index in indices:
            patient.indices.flush(index=index, force=True)
            patient.indices.forcemerge(index=index, only_expunge_deletes=True)
            patient.indices.refresh(index=index)
        still = dict(_holding(client, pattern))
        begun = {shard: number for shard, number in begun.items() if shard in still and shard not in passed}
        if begun and time.monotonic() >= until:
            months = ", ".join(sorted({index for index, _ in begun}))
            raise IndexUnavailable(f"erased documents are still in the files of {months}: a copy of them lags behind")
        if begun:
            time.sleep(LOOK_SECONDS)


def _holding(client: Elasticsearch, pattern: str) -> Iterator[tuple[Shard, list[dict[str, Any]]]]:
    """The shards with erased documents in their segments, and the state of each copy."""
    stats = client.indices.stats(index=pattern, metric="docs", level="shards")["indices"]
    for index, found in stats.items():
        for number, copies in found["shards"].items():
            if any(copy["docs"]["deleted"] for copy in copies):
                yield (index, number), copies


def _passed(client: Elasticsearch, pattern: str, begun: dict[Shard, int]) -> set[Shard]:
    """The shards of which no copy keeps history from before we began."""
    return {
        shard
        for shard, copies in _holding(client, pattern)
        if shard in begun
        and all(
            lease["retaining_seq_no"] > begun[shard] for copy in copies for lease in copy["retention_leases"]["leases"]
        )
    }
