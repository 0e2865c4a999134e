"""A stream behind a hostile server: its opening request and its look-ups are met like every other platform's requests.

The web socket is that of tests/crawlers/jetstream_server.py; the hostile server hands an honest opening request on to it.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config import SourceKind
from tests.crawlers.hostility.platform import Draw, Platform, in_json, path_of, words
from tests.crawlers.jetstream_people import ANA, PROFILES
from tests.crawlers.jetstream_server import Jetstream, running
from tests.peers.hostile import Reply, Seen

SOMEBODY = "did:plc:somebodyexample22222"
AT_ONCE = 100
"""Posts that a stream without end has ready at a time."""
BYTES = 2_000_000
"""Of all that a run reads: some 4,000 events of a stream without end."""


class Stream(Platform):
    """Bluesky's, of the whole network: there is always somebody who does something."""

    kind = SourceKind.JETSTREAM

    def __init__(self) -> None:
        super().__init__()
        self._stream = Jetstream()
        self._draw: Draw | None = None

    def begin(self, stack: ExitStack) -> dict[str, Any]:
        """Starts the web socket. A first run would have no past to read, so one is taken to have ended now."""
        self._stream = stack.enter_context(running())
        self._stream.more = self._go_on
        return {"server": urlsplit(self.base).netloc, "time": datetime.now(UTC).isoformat()}

    def entry(self) -> dict[str, Any]:
        """See Platform."""
        url = f"ws{self.base.removeprefix('http')}"
        return {**super().entry(), "url": url, "appview": self.base, "words": ["crossing"], "limits": {"bytes": BYTES}}

    def post(self, number: int) -> None:
        super().post(number)
        self._stream.post(ANA, f"3k{number}", words(number))

    def answer(self, seen: Seen) -> Reply | None:
        self._draw = None
        return self._reply(seen)

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        self._draw = draw
        return self._reply(seen)

    def _reply(self, seen: Seen) -> Reply | None:
        if seen.headers.get("Upgrade") == "websocket":
            return 101, {}, str(urlsplit(self._stream.url).port).encode()
        if path_of(seen) != PROFILES:
            return None
        shown = parse_qs(urlsplit(seen.path).query).get("actors", [])
        return in_json({"profiles": [{"did": did, "handle": "somebody.example"} for did in shown]})

    def _go_on(self) -> None:
        if self._draw is None:
            self._stream.account(SOMEBODY, active=True)
            return
        for number in self._draw.numbers(AT_ONCE):
            did = ANA if self._draw.same else f"did:plc:number{number}"
            self._stream.post(did, f"3k{number}", words(number))


STREAMS: tuple[type[Stream], ...] = (Stream,)
