"""Notes kept beside the documents: each is the `_meta` of a component template of its own, which no index is made of.

Such a template outlives a rebuild and every schema version, is written by one atomic request, and can be written only if it
is not there yet; a document in an index could be none of that without being counted as one.
"""

from __future__ import annotations

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from indexer.backend import Note
from indexer.elastic.names import Names


def read_note(client: Elasticsearch, names: Names, note: Note) -> str:
    """A note; empty where there is none."""
    try:
        answer = client.cluster.get_component_template(name=names.note(note))
    except NotFoundError:
        return ""
    return str(answer["component_templates"][0]["component_template"].get("_meta", {}).get("value", ""))


def write_note(client: Elasticsearch, names: Names, note: Note, value: str, *, first: bool = False) -> None:
    """Writes a note; with ``first`` one that is there stays."""
    try:
        client.cluster.put_component_template(
            name=names.note(note), template={}, meta={"value": value}, create=True if first else None
        )
    except BadRequestError:
        # What ``create`` answers where the template is there already has no type of its own.
        if not first or not read_note(client, names, note):
            raise
