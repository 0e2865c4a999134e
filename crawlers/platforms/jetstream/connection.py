"""One websocket to a Jetstream instance: public addresses only, TLS verified, our own name, no redirects, no proxy.

asked    by the new method; where the instance does not know it (404), or robots.txt forbids its address, by the older one
refused  401, 403, 451: blocked. 429 and 503 with a time: left alone until then. A cursor that is too old is asked for by time,
         which the server moves up to the oldest it has, and says so
lost     closed by the server, or silent: no answer to a ping within twice PING
heard    an answered ping says that nothing was lost up to when it was sent, once what came before the answer has been taken
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Response
from websockets.typing import Subprotocol

from config import Source
from crawlers.errors import EndRun, PrivateAddress, RateLimited, Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.bluesky.views import text_of
from crawlers.platforms.jetstream.events import POSTS
from crawlers.platforms.jetstream.progress import Dialect, Progress
from crawlers.politeness.addresses import is_public
from crawlers.politeness.gate import PATIENCE
from crawlers.politeness.waiting import DEFAULT_WAIT, parse_wait

PING = 20.0
"""Seconds between pings, and for an answer to one; servers and what stands before them close what is idle for a minute."""
BEAT = 5.0
"""Seconds between pings of our own on a link without frames: only what they prove is covered, so few seconds and few bytes."""
PAUSE = 0.25
"""Seconds without a frame after which what was gathered lands: nothing more is on its way."""
LARGEST = 4_000_000
"""Bytes of a frame: a record is at most 1 MB, as JSON perhaps three. Up to 16 wait to be taken, whoever sends them."""
HEAP = 16_000_000
"""Bytes gathered at a time; 500 honest posts are half a megabyte."""
TOO_LARGE = 1009
LONGEST_RETRY = timedelta(days=1)
_PATHS = {Dialect.NEW: "/xrpc/network.bsky.jetstream.subscribeEvents", Dialect.OLD: "/subscribe"}


class _DirectConnect(connect):
    """Follows no redirect: it would lead past the address check."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@dataclass
class Connection:
    """A connection that stands. ``lost``: why it stands no longer."""

    socket: ClientConnection
    url: str
    headers: dict[str, list[str]] = field(default_factory=dict)
    lost: str = ""
    framed: float = field(default_factory=monotonic)
    """The moment, by the monotonic clock, of the last frame, or of the connection."""
    heard: float | None = None
    """The moment at which the last ping was sent that was answered; None before there is one."""
    _pong: Awaitable[float] | None = None
    _pinged: float = -inf

    async def gather(self, most: int, seconds: float) -> list[bytes]:
        """The frames of the next ``seconds``, at most ``most`` or HEAP bytes, or those up to a PAUSE."""
        frames: list[bytes] = []
        size = 0
        await self._beat()
        is_answered = self._is_answered
        end = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(end) as patience:
                while len(frames) < most and size < HEAP:
                    if frames:
                        patience.reschedule(min(end, asyncio.get_running_loop().time() + PAUSE))
                    # As bytes: a frame that is no UTF-8 is garbage to be counted, not the end of the connection.
                    frame = await self.socket.recv(decode=False)
                    frames.append(frame)
                    size += len(frame)
        except TimeoutError:
            # Nothing was left to take, so neither of what came before the answer.
            if is_answered:
                self.heard, self._pong = self._pinged, None
        except ConnectionClosed as exc:
            is_ours = exc.sent is not None and exc.sent.code == TOO_LARGE
            code = exc.rcvd.code if exc.rcvd is not None else 0
            said = f"closed by the server ({code})" if code else "lost"
            self.lost = "a frame is larger than 4 MB or limits.body_bytes" if is_ours else f"the connection was {said}"
        if frames:
            self.framed = monotonic()
        return frames

    @property
    def quiet(self) -> float:
        """Seconds from the last frame to the last ping that was answered; below 0 where a frame came later."""
        return -inf if self.heard is None else self.heard - self.framed

    async def _beat(self) -> None:
        """Pings a link without frames; one ping at a time, the socket's own keep-alive gives up one that does not answer."""
        now = monotonic()
        if self._pong is None and now - max(self.framed, self._pinged) >= BEAT:
            with suppress(ConnectionClosed):
                self._pong, self._pinged = await self.socket.ping(), now

    @property
    def _is_answered(self) -> bool:
        pong = self._pong
        return isinstance(pong, asyncio.Future) and pong.done() and not pong.cancelled() and pong.exception() is None

    async def close(self) -> None:
        """Ends it."""
        await self.socket.close()


async def open_stream(
    source: Source, url: str, user_agent: str, progress: Progress, may_open: Callable[[str], Awaitable[None]]
) -> Connection:
    """Connects from where ``progress`` stands, and tells it.

    ``may_open`` is asked for each address before it is opened, and raises Refused for one that robots.txt forbids. Raises
    Refused where no other is left, EndRun where the server refuses us, BudgetSpent, RateLimited, PrivateAddress or Unreachable.
    """
    forbidden: Refused | None = None
    for dialect in Dialect:
        asked = progress.cursor(dialect)
        for _ in range(2):
            address = _address(source, url, dialect, asked)
            try:
                await may_open(address)
            except Refused as exc:
                if exc.outcome is not Outcome.ROBOTS_DENIED:
                    raise
                forbidden = exc
                break
            try:
                connection = await _connect(source, address, user_agent, dialect)
            except InvalidStatus as exc:
                error = _error(exc.response)
                if dialect is Dialect.NEW and error == "CursorTooOld":
                    progress.lose()
                    asked = progress.cursor(dialect)
                    continue
                if exc.response.status_code == 404:
                    break
                raise _judge(exc.response, urlsplit(url).netloc, error) from exc
            progress.connect(asked, datetime.now(UTC))
            return connection
    if forbidden is not None:
        raise forbidden
    raise Unreachable(f"{url} is no Jetstream: it knows neither method")


def _address(source: Source, url: str, dialect: Dialect, cursor: int | None) -> str:
    names = ("collections", "dids") if dialect is Dialect.NEW else ("wantedCollections", "wantedDids")
    params = [(names[0], POSTS), *((names[1], did) for did in source.accounts)]
    if dialect is Dialect.NEW:
        params += [("kinds", "commit"), ("kinds", "account")]
    if cursor is not None:
        params.append(("cursor", str(cursor)))
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{_PATHS[dialect]}?{urlencode(params)}"


async def _connect(source: Source, address: str, user_agent: str, dialect: Dialect) -> Connection:
    """Raises InvalidStatus for an answer that is no connection, PrivateAddress or Unreachable."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        opened = await _DirectConnect(
            address,
            host=await resolve(parts.hostname or "", port, is_own=source.allow_private),
            port=port,
            user_agent_header=user_agent,
            subprotocols=[Subprotocol("xrpc.v1.json")] if dialect is Dialect.NEW else None,
            # What is unpacked can be a thousand times what came; instances do not offer it.
            compression=None,
            proxy=None,
            open_timeout=PATIENCE,
            ping_interval=PING,
            ping_timeout=PING,
            close_timeout=1,
            max_size=min(LARGEST, source.limits.body_bytes),
        )
    except InvalidStatus:
        raise
    except TimeoutError as exc:
        raise Unreachable(f"{parts.netloc} does not answer", timed_out=True) from exc
    except (OSError, UnicodeError, WebSocketException) as exc:
        raise Unreachable(f"{parts.netloc} cannot be connected to: {type(exc).__name__}") from exc
    headers = opened.response.headers if opened.response is not None else Headers()
    named: dict[str, list[str]] = {}
    for name, value in headers.raw_items():
        named.setdefault(name.lower(), []).append(value)
    return Connection(opened, f"{parts.scheme}://{parts.netloc}{parts.path}", named)


async def resolve(host: str, port: int, *, is_own: bool) -> str:
    """The address to connect to, and no other: what a name means can change between check and connection."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(item[4][0]) for item in found]
    allowed = [address for address in addresses if is_own or is_public(address)]
    if not allowed:
        raise PrivateAddress(f"{host}:{port}")
    return allowed[0]


def _error(response: Response) -> str:
    try:
        return text_of(json.loads(response.body or b""), "error") or ""
    except (ValueError, RecursionError):
        return ""


def _judge(response: Response, server: str, error: str) -> Exception:
    status, now = response.status_code, datetime.now(UTC)
    wait = _retry_after(response, now)
    if status in (401, 403, 407, 451):
        return EndRun(Outcome.BLOCKED, f"the server refuses us (HTTP {status}); it is not read")
    if status == 410:
        return EndRun(Outcome.GONE, "the server says it is gone for good (410): retired", retired=True)
    if status in (429, 503) and wait is not None:
        return RateLimited(server, now + min(timedelta(seconds=wait), LONGEST_RETRY))
    return Unreachable(f"{server} does not open the stream: HTTP {status} {error[:60]}".rstrip())


def _retry_after(response: Response, now: datetime) -> float | None:
    """Seconds that the server asks to be left alone for, or None."""
    try:
        return parse_wait(response.headers.get("Retry-After", ""), now)
    except ValueError:
        return DEFAULT_WAIT if response.status_code == 429 else None
