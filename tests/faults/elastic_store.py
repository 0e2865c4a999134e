"""Everything that an Elasticsearch holds of Daymark's indices, read past Daymark: documents, fields, terms, files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from indexer import Names
from tools.elasticsearch_node import Node

OURS = Names().all_versions
TERMS_AT_A_TIME = 200


def read_back(client: Elasticsearch) -> str:
    """Every document with its source, the value of every field, and every term that it is found by; the notes too."""
    client.indices.refresh(index=OURS)
    hits = list(scan(client, index=OURS, query={"query": {"match_all": {}}, "fields": ["*"], "version": True}))
    notes = client.cluster.get_component_template(name=f"{Names().prefix}-*").body
    return "\n".join(json.dumps(part, ensure_ascii=False) for part in (*hits, *_terms(client, hits), notes))


def _terms(client: Elasticsearch, hits: list[Any]) -> Iterator[Any]:
    only_words = {"positions": False, "offsets": False, "field_statistics": False}
    for start in range(0, len(hits), TERMS_AT_A_TIME):
        docs = [
            {"_index": hit["_index"], "_id": hit["_id"], "fields": ["*"], **only_words}
            for hit in hits[start : start + TERMS_AT_A_TIME]
        ]
        yield from client.mtermvectors(docs=docs).body["docs"]


def bytes_on_disk(client: Elasticsearch, node: Node) -> bytes:
    """The files of the node's Daymark indices: segments, which are compressed, and translogs, which are not."""
    found = client.indices.get_settings(index=OURS, flat_settings=True)
    folders = [node.folder / "data" / "indices" / one["settings"]["index.uuid"] for one in found.body.values()]
    assert folders
    return b"\n".join(path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())


def in_segments(client: Elasticsearch) -> int:
    """Documents that are erased or replaced and still in segments."""
    stats = client.indices.stats(index=OURS, metric="docs")["_all"]["primaries"]
    number: int = stats["docs"]["deleted"]
    return number
