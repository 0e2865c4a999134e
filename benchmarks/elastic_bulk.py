"""Bulk indexing to Elasticsearch against a bare streaming_bulk loop with the same documents on the same node.

Prints documents per second of both and the ratio (asked: at least 0.8). Takes the node that the tests use, or the address in
DAYMARK_TEST_ELASTICSEARCH.
"""

from __future__ import annotations

import json
import os
import time
from statistics import median
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from benchmarks.sqlite_queries import make_posts
from indexer import ElasticIndex, Names
from tests.peers.elasticsearch import elasticsearch

DOCUMENTS = 20_000
ROUNDS = 3


def ready(action: Any) -> dict[str, Any]:
    """An action of ours as users of the helper write it."""
    place = {"_op_type": action.operation, "_index": action.index, "_id": action.post_id}
    return {**place, "version": action.version, "version_type": "external_gte", "_source": json.loads(action.body)}


def main() -> None:
    """Runs both in turn and prints the figures."""
    documents = list(make_posts(DOCUMENTS))
    with elasticsearch(heap="1g") as node:
        address = os.environ.get("DAYMARK_TEST_ELASTICSEARCH") or node.address
        ours, bare = [], []
        for number in range(ROUNDS):
            index = ElasticIndex(address, names=Names(f"bench-a{number}"))
            began = time.perf_counter()
            assert sum(ack.settled for ack in index.write(documents)) == DOCUMENTS
            ours.append(time.perf_counter() - began)
            other = ElasticIndex(address, names=Names(f"bench-b{number}"))
            # The bare loop sends ready dictionaries; making them is counted on our side only.
            actions = [ready(other._write_action(document)) for document in documents]
            list(other.write(documents[:1]))
            began = time.perf_counter()
            with Elasticsearch(address) as client:
                assert sum(ok for ok, _ in streaming_bulk(client, actions, chunk_size=500)) == DOCUMENTS
            bare.append(time.perf_counter() - began)
            for done in (index, other):
                done.drop()
                done.close()
    print(f"bare streaming_bulk: {DOCUMENTS / median(bare):8.0f} documents/s")
    print(f"daymark's writer:    {DOCUMENTS / median(ours):8.0f} documents/s")
    print(f"ratio {median(bare) / median(ours):.2f} (asked: 0.8)")


if __name__ == "__main__":
    main()
