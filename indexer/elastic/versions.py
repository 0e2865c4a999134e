"""Whose schema the cluster's indices have. Another one's are neither read nor written: behind one alias, each post of both
would count twice.
"""

from __future__ import annotations

from elasticsearch import Elasticsearch, NotFoundError

from indexer.elastic.names import SCHEMA_VERSION, Names
from indexer.errors import IndexRejected


def find_indices(client: Elasticsearch, names: Names) -> list[str]:
    """The indices of every schema version, closed ones too."""
    there = client.indices.get_alias(index=names.all_versions, expand_wildcards="all")
    return sorted(name for name in there if names.version(name) is not None)


def find_templates(client: Elasticsearch, names: Names) -> list[str]:
    """The index templates of every schema version."""
    try:
        answer = client.indices.get_index_template(name=names.all_versions)
    except NotFoundError:
        return []
    return sorted(found["name"] for found in answer["index_templates"] if names.version(found["name"]) is not None)


def check_versions(client: Elasticsearch, names: Names, *, newer_only: bool = False) -> None:
    """Raises IndexRejected where a newer Daymark made indices, or, but for ``newer_only``, an older one."""
    found = {names.version(name) or 0 for name in (*find_indices(client, names), *find_templates(client, names))}
    if max(found, default=0) > SCHEMA_VERSION:
        raise IndexRejected(f"the index was made by a newer Daymark (schema {max(found)}): install that version")
    if not newer_only and found - {SCHEMA_VERSION}:
        raise IndexRejected(
            f"the index has schema {min(found)}, this Daymark needs {SCHEMA_VERSION}: run `daymark reindex` to rebuild it"
        )
