"""A PDS's firehose (com.atproto.sync.subscribeRepos) as Jetstream's events, decoded by the models of PyPI's `atproto`.

What Jetstream itself does with the network: each operation of a commit becomes an event of its own, with a number of the
instance's own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from atproto import CAR, CID, firehose_models, models, parse_subscribe_repos_message
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.crawlers.jetstream_server import Jetstream

_SYNC = models.ComAtprotoSyncSubscribeRepos


@contextmanager
def bridge(firehose_url: str, stream: Jetstream, after: int) -> Iterator[None]:
    """Fills the stream with what follows the firehose's event ``after``, until the end of the context."""
    with connect(f"{firehose_url}?cursor={after}", max_size=None, proxy=None) as socket:

        def run() -> None:
            try:
                for frame in socket:
                    assert isinstance(frame, bytes)
                    _translate(frame, stream)
            except ConnectionClosed:
                return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield
    thread.join(10)


def _translate(frame: bytes, stream: Jetstream) -> None:
    parsed = firehose_models.Frame.from_bytes(frame)
    assert isinstance(parsed, firehose_models.MessageFrame), parsed
    told = parse_subscribe_repos_message(parsed)
    if isinstance(told, _SYNC.Commit):
        _tell_commit(told, stream)
    elif isinstance(told, _SYNC.Account | _SYNC.Identity):
        kind = "account" if isinstance(told, _SYNC.Account) else "identity"
        stream.tell(told.did, kind, _as_json(told), _moment(told.time))


def _tell_commit(commit: Any, stream: Jetstream) -> None:
    blocks = CAR.from_bytes(commit.blocks).blocks
    for op in commit.ops:
        collection, _, rkey = op.path.partition("/")
        body = {"rev": commit.rev, "operation": op.action, "collection": collection, "rkey": rkey}
        if op.action != "delete":
            record = models.get_or_create(blocks[op.cid], strict=False)
            body |= {"cid": str(op.cid), "record": _as_json(record)}
        stream.tell(commit.repo, "commit", body, _moment(commit.time))


def _as_json(model: Any) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(models.utils.get_model_as_dict(model))
    return plain


def _plain(value: Any) -> Any:
    """The data model's JSON form: a link to a blob is an object."""
    if isinstance(value, bytes):
        return {"$link": str(CID.decode(value))}
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
