"""Bulk writes and erasures, item by item.

| answer for an item            | means        |
|-------------------------------|--------------|
| 2xx                           | done         |
| 409 version conflict          | newer exists |
| 404 on an erasure             | done         |
| 400, the document cannot be read (AT_FAULT) | rejected |
| 400 for anything else         | refused: the month is closed, the cluster is full, the mapping is too old |
| 413, or 400 (AT_FAULT) of a whole chunk | halve the chunk and send again; a single document: rejected |
| 400 of a whole chunk for anything else, 401, 403 | IndexRejected: no document is at fault |
| 404 on a write                | unavailable: the month's index must be made first |
| everything else, no answer    | unavailable  |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from indexer.backend import Acknowledgement, Outcome
from indexer.elastic.client import REFUSED, error_type, from_status, how_to_open

NO_INDEX = "404"
"""What the reason begins with where the month's index is not there."""
CHUNK = 500
CHUNK_BYTES = 8 * 1024 * 1024
"""Five to ten megabytes a request keep a small node busy without filling its write queue."""

AT_FAULT = frozenset(
    {"document_parsing_exception", "mapper_parsing_exception", "x_content_parse_exception", "parsing_exception"}
)
"""What a server calls a document that it cannot read. Every other 400 is the index's own fault, and would blame every post."""
_TOO_LONG = "immense term"
"""Older servers answer a plain illegal_argument_exception to a word that is too long for the index."""

_FIELD = re.compile(r"\[([A-Za-z_][\w.]*)\]")


@dataclass(frozen=True, slots=True)
class Action:
    """One line of a bulk request; ``body`` is the document as JSON, None for an erasure."""

    operation: str
    index: str
    post_id: str
    version: int
    body: bytes | None = None

    def lines(self) -> tuple[dict[str, Any], bytes | None]:
        """Header and body of the bulk request."""
        header = {"_index": self.index, "_id": self.post_id, "version": self.version, "version_type": "external_gte"}
        return {self.operation: header}, self.body


def _expand(action: Any) -> Any:
    # The helper hands over what it was given and sends bytes as they are: no second trip through a JSON library.
    return action["lines"]


def send(client: Elasticsearch, actions: Iterable[Action], retries: int, backoff: float) -> Iterator[Acknowledgement]:
    """Sends bulk actions; one acknowledgement each. Items answered 429 are sent again ``retries`` times before that."""
    for chunk in _chunks(actions):
        yield from _send_chunk(client, chunk, retries, backoff)


def _chunks(actions: Iterable[Action]) -> Iterator[dict[str, Action]]:
    """Chunks by post id; a post that comes twice is never twice in one chunk, so that answers find their action."""
    chunk: dict[str, Action] = {}
    for action in actions:
        if len(chunk) >= CHUNK or action.post_id in chunk:
            yield chunk
            chunk = {}
        chunk[action.post_id] = action
    if chunk:
        yield chunk


def _send_chunk(
    client: Elasticsearch, chunk: dict[str, Action], retries: int, backoff: float
) -> Iterator[Acknowledgement]:
    open_items = dict(chunk)
    too_big: dict[str, Action] = {}
    try:
        for _, answer in streaming_bulk(
            client,
            ({"lines": action.lines()} for action in chunk.values()),
            expand_action_callback=_expand,
            chunk_size=CHUNK,
            max_chunk_bytes=CHUNK_BYTES,
            raise_on_error=False,
            raise_on_exception=False,
            max_retries=retries,
            initial_backoff=backoff,
            max_backoff=60,
        ):
            ((operation, item),) = answer.items()
            action = open_items.pop(item["_id"])
            if _is_whole_chunk(item) and _may_be_one(item) and len(chunk) > 1:
                too_big[item["_id"]] = action
            else:
                yield _acknowledge(action, operation, item)
    except TransportError as exc:
        for action in open_items.values():
            yield _answer(action, Outcome.UNAVAILABLE, f"no answer ({type(exc).__name__})")
    for half in _halves(too_big):
        yield from _send_chunk(client, half, retries, backoff)


def _halves(items: dict[str, Action]) -> Iterator[dict[str, Action]]:
    if items:
        names = list(items)
        middle = (len(names) + 1) // 2
        for part in (names[:middle], names[middle:]):
            if part:
                yield {name: items[name] for name in part}


def _is_whole_chunk(item: dict[str, Any]) -> bool:
    return isinstance(item.get("exception"), ApiError)


def _may_be_one(item: dict[str, Any]) -> bool:
    """Whether one document alone may have brought the whole chunk down."""
    return item["status"] == 413 or (item["status"] == 400 and error_type(item["exception"].body) in AT_FAULT)


def _acknowledge(action: Action, operation: str, item: dict[str, Any]) -> Acknowledgement:
    status = item["status"]
    if 200 <= status < 300 or (status == 404 and operation == "delete"):
        return _answer(action, Outcome.DONE)
    if status == 409:
        return _answer(action, Outcome.NEWER_EXISTS)
    if status == 413:
        return _answer(action, Outcome.REJECTED, "larger than the index takes in one request (413)")
    if _is_whole_chunk(item):
        if status in REFUSED or (status == 400 and not _may_be_one(item)):
            raise from_status(item["exception"])
        if status == 400:
            return _answer(action, Outcome.REJECTED, error_type(item["exception"].body))
    if status == 400:
        return _answer(action, *_blame(action, item.get("error")))
    return _answer(action, Outcome.UNAVAILABLE, f"{status} {_reason(item.get('error'))}")


def _blame(action: Action, error: Any) -> tuple[Outcome, str]:
    """Whose fault a 400 is, and what to do where it is the index's."""
    kind = error_type({"error": error})
    said = str(error.get("reason", "")) if isinstance(error, dict) else ""
    if kind in AT_FAULT or _TOO_LONG in said:
        return Outcome.REJECTED, _reason(error)
    if kind == "index_closed_exception":
        return Outcome.REFUSED, how_to_open(action.index)
    if "shards" in said and "open" in said:
        return Outcome.REFUSED, (
            f"the cluster has no room for the shards of {action.index}: raise cluster.max_shards_per_node, or add a node"
        )
    if kind == "strict_dynamic_mapping_exception":
        return Outcome.REFUSED, f"the mapping of {action.index} lacks a field of this Daymark's: run `daymark reindex`"
    return Outcome.REFUSED, f"Elasticsearch refuses documents of {action.index}: 400 {kind}; its own log says more"


def _reason(error: Any) -> str:
    """Type of the error and the field it names; the server's own words can quote the post."""
    if not isinstance(error, dict):
        return "the request was refused"
    field = _FIELD.search(str(error.get("reason", "")))
    return str(error.get("type", "error")) + (f" at field {field[1]}" if field else "")


def _answer(action: Action, outcome: Outcome, reason: str = "") -> Acknowledgement:
    return Acknowledgement(action.post_id, action.version, outcome, reason)
