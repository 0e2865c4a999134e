"""A small Jetstream after its lexicon and documentation (bluesky-social/jetstream, August 2026), over real websockets.

Both dialects over one list of events: subscribeEvents (seq cursors, `CursorTooOld`, `OutdatedCursor`) and the older subscribe
(time cursors, moved up without a word). Cursors are inclusive. Accounts, texts and times are invented.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

NEW, OLD = "/xrpc/network.bsky.jetstream.subscribeEvents", "/subscribe"
POST = "app.bsky.feed.post"
FIRST_TIME = 10**15


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Happening:
    """One event, as both dialects tell it."""

    seq: int
    moment: datetime
    did: str
    kind: str
    body: dict[str, Any]

    def new(self) -> str:
        time = f"{self.moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        inner = self.body if self.kind == "commit" else {self.kind: self.body}
        payload = {"$type": f"network.bsky.jetstream.subscribeEvents#{self.kind}", "seq": self.seq, "did": self.did,
                   "time": time, **inner}  # fmt: skip
        return json.dumps({"$type": "message", "payload": payload})

    def old(self) -> str:
        plain = {"did": self.did, "time_us": micros(self.moment), "kind": self.kind, self.kind: self.body}
        return json.dumps(plain)


@dataclass
class Jetstream:
    """A running instance; what is changed here holds for the next connection, events reach those that stand."""

    url: str = ""
    events: list[Happening | str | bytes] = field(default_factory=list)
    """A text or bytes among them is sent as it stands."""
    dialects: tuple[str, ...] = (NEW, OLD)
    floor: int = 0
    """The oldest seq that is still kept."""
    refuse: tuple[int, dict[str, str], bytes] | None = None
    robots: tuple[int, bytes] = (404, b"")
    drop_after: int | None = None
    """Events after which a connection is dropped."""
    is_stalled: bool = False
    """Nothing is read any more, so no ping is answered, and nothing said: a link that is dead without a word."""
    gate: Callable[[int], None] | None = None
    """Called in the server's thread before each event, with its place."""
    more: Callable[[], None] | None = None
    """Called in the server's thread, some fifty times a second, while a connection has been told everything."""
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    """The paths that were asked for, robots.txt apart."""
    connections: int = 0
    last_seq: int = 0

    # What happens in the network

    def tell(self, did: str, kind: str, body: dict[str, Any], moment: datetime | None = None) -> Happening:
        self.last_seq += 1
        made = Happening(self.last_seq, moment or datetime.now(UTC), did, kind, body)
        self.events.append(made)
        return made

    def post(self, did: str, rkey: str, text: str, moment: datetime | None = None, **record: Any) -> Happening:
        return self._commit("create", did, rkey, text, moment, record)

    def edit(self, did: str, rkey: str, text: str, moment: datetime | None = None, **record: Any) -> Happening:
        return self._commit("update", did, rkey, text, moment, record)

    def _commit(
        self, operation: str, did: str, rkey: str, text: str, moment: datetime | None, more: dict[str, Any]
    ) -> Happening:
        record = {"$type": POST, "text": text, "createdAt": "2026-11-22T10:00:00.000Z", "langs": ["tr"], **more}
        rest = {"cid": f"bafy{self.last_seq + 1}", "record": record}
        return self.tell(did, "commit", {**_op(operation, rkey), **rest}, moment)

    def delete(self, did: str, rkey: str, moment: datetime | None = None) -> Happening:
        return self.tell(did, "commit", _op("delete", rkey), moment)

    def account(self, did: str, *, active: bool, status: str | None = None) -> Happening:
        told = {"did": did, "active": active, "seq": 1, "time": "2026-11-22T10:00:00.000Z"}
        return self.tell(did, "account", {**told, **({"status": status} if status else {})})

    # How it is served

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        asked = parse_qs(parts.query)
        if parts.path == "/robots.txt":
            return _respond(self.robots[0], {}, self.robots[1])
        self.agents.append(request.headers.get("User-Agent", ""))
        self.opened.append(parts.path)
        if self.refuse is not None:
            return _respond(*self.refuse)
        if parts.path not in self.dialects:
            return _respond(404, {}, b"404 page not found")
        self.asked.append((parts.path, asked))
        cursor = int(asked.get("cursor", ["0"])[0])
        if parts.path == NEW and 0 < cursor < FIRST_TIME and cursor < self.floor:
            return _refuse("CursorTooOld", f"cursor {cursor} below lookback floor {self.floor}")
        if parts.path == NEW and {"wantedDids", "wantedCollections"} & asked.keys():
            return _refuse("InvalidRequest", "legacy parameter")
        return None

    async def speak(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.connections += 1
        parts = urlsplit(connection.request.path)
        asked, is_new = parse_qs(parts.query), parts.path == NEW
        place, moved = self._start(asked)
        try:
            if moved and is_new:
                info = {"$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor"}
                await connection.send(json.dumps({"$type": "message", "payload": info}))
            sent = 0
            while True:
                if self.is_stalled:
                    connection.transport.pause_reading()
                while not self.is_stalled and place < len(self.events):
                    if self.gate is not None:
                        await asyncio.get_running_loop().run_in_executor(None, self.gate, place)
                    if self.drop_after is not None and sent >= self.drop_after:
                        connection.transport.abort()
                        return
                    event = self.events[place]
                    place += 1
                    if not isinstance(event, Happening):
                        await connection.send(event)
                    elif _wants(asked, event, is_new=is_new):
                        await connection.send(event.new() if is_new else event.old())
                        sent += 1
                await asyncio.sleep(0.02)
                if connection.state.name != "OPEN":
                    return
                if self.more is not None:
                    self.more()
        except ConnectionClosed:
            return

    def _start(self, asked: dict[str, list[str]]) -> tuple[int, bool]:
        """The place to begin at, and whether that is later than asked."""
        if "cursor" not in asked:
            return len(self.events), False
        cursor = int(asked["cursor"][0])
        kept = [n for n, event in enumerate(self.events) if isinstance(event, Happening) and event.seq >= self.floor]
        if cursor < FIRST_TIME:
            later = [n for n in kept if _seq(self.events[n]) >= cursor]
            return (later[0] if later else len(self.events)), False
        later = [n for n in range(len(self.events)) if (e := self.events[n]) and isinstance(e, Happening)
                 and micros(e.moment) >= cursor]  # fmt: skip
        if later and kept and later[0] < kept[0]:
            return kept[0], True
        return (later[0] if later else len(self.events)), False


def _seq(event: Happening | str | bytes) -> int:
    return event.seq if isinstance(event, Happening) else 0


def _op(operation: str, rkey: str) -> dict[str, Any]:
    return {"rev": "3kaaaaaaaaa2a", "operation": operation, "collection": POST, "rkey": rkey}


def _wants(asked: dict[str, list[str]], event: Happening, *, is_new: bool) -> bool:
    dids = asked.get("dids" if is_new else "wantedDids")
    if dids is not None and event.did not in dids:
        return False
    if is_new and event.kind not in asked.get("kinds", [event.kind]):
        return False
    collections = asked.get("collections" if is_new else "wantedCollections")
    return event.kind != "commit" or collections is None or event.body["collection"] in collections


def _respond(status: int, headers: dict[str, str], body: bytes) -> Response:
    named = Headers({"Content-Length": str(len(body)), "Connection": "close", **headers})
    return Response(status, HTTPStatus(status).phrase, named, body)


def _refuse(error: str, message: str) -> Response:
    body = json.dumps({"error": error, "message": message}).encode()
    return _respond(400, {"Content-Type": "application/json"}, body)


@contextmanager
def running(tls: SSLContext | None = None) -> Iterator[Jetstream]:
    """A running instance on loopback."""
    stream = Jetstream()
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with serve(
            stream.speak, "127.0.0.1", 0, process_request=stream.answer, ssl=tls, compression=None, close_timeout=0.1
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            stream.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{port}"
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield stream
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
