"""Bulk indexing to Elasticsearch against a bare streaming_bulk loop with the same documents on the same node.

Prints documents per second of both and the ratio (asked: at least 0.8). Takes the server at the address in
DAYMARK_TEST_ELASTICSEARCH, else starts the node that the tests use.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from benchmarks.bars import Bars
from benchmarks.sqlite_queries import clear, make_posts
from indexer import ElasticIndex, Names
from indexer.stored import make_search_fields, make_source
from records import Document
from tests.peers.elasticsearch import elasticsearch
from tools.elasticsearch_node import running_server

DOCUMENTS = 20_000
ROUNDS = 3
RATIO = 0.8
"""Asked: making our documents and reading each answer may cost a fifth of a bare loop's speed."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of the server to measure on."""
    there = running_server()
    if there is not None:
        yield there
        return
    with elasticsearch(heap="1g") as node:
        yield node.address


def ready(document: Document, names: Names) -> dict[str, Any]:
    """A document of ours as users of the helper write it."""
    place = {"_op_type": "index", "_index": names.index(document.month), "_id": document.post_id}
    version = {"version": document.doc_version, "version_type": "external_gte"}
    return {**place, **version, "_source": {**make_source(document), **make_search_fields(document)}}


def write_ours(address: str, names: Names, documents: list[Document]) -> float:
    """Seconds of our writer."""
    index = ElasticIndex(address, names=names)
    began = time.perf_counter()
    assert sum(ack.settled for ack in index.write(documents)) == len(documents)
    took = time.perf_counter() - began
    index.close()
    return took


def write_bare(address: str, names: Names, documents: list[Document]) -> float:
    """Seconds of the bare loop. It sends ready dictionaries: making them is counted on our side only."""
    actions = [ready(document, names) for document in documents]
    index = ElasticIndex(address, names=names)
    list(index.write(documents[:1]))  # puts the template there
    index.close()
    began = time.perf_counter()
    with Elasticsearch(address) as client:
        assert sum(ok for ok, _ in streaming_bulk(client, actions, chunk_size=500)) == len(documents)
    return time.perf_counter() - began


def main() -> None:
    """Runs both in turn and prints the figures. Raises SystemExit with status 1 where the bar is missed."""
    documents = list(make_posts(DOCUMENTS))
    ours: list[float] = []
    bare: list[float] = []
    with server() as address:
        for number in range(ROUNDS):
            for write, times, letter in ((write_ours, ours, "a"), (write_bare, bare, "b")):
                names = Names(f"bench-{letter}{number}")
                try:
                    times.append(write(address, names, documents))
                finally:
                    clear(address, names)
    print(f"bare streaming_bulk: {DOCUMENTS / median(bare):8.0f} documents/s")
    print(f"daymark's writer:    {DOCUMENTS / median(ours):8.0f} documents/s")
    bars, ratio = Bars(), median(bare) / median(ours)
    print(f"ratio {ratio:.2f} ({bars.least('ratio', ratio, RATIO)})")
    bars.end()


if __name__ == "__main__":
    main()
