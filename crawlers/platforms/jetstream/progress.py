"""How far a stream has been read, and which time that covers.

position  server, seq and time of the last event whose posts have landed. Cursors of both dialects are inclusive, so the
          next connection begins with that very event, and what landed twice is one post. A seq means something to one
          instance only: another one is asked by time, a little earlier
reach     the covered time ends with the last event. Of few accounts, whose stream may rest, it goes on to the last answered
          ping once the stream is live: an event that was witnessed just now, or QUIET seconds without any. Never by the mere
          clock: a link that stalls is noticed late. Events that come late end that again, however long the connection stands
since     the start of the time that no finished poll has claimed yet, so that a killed run leaves no hole behind it
a gap     the server began later than it was asked to: it refused the cursor (`CursorTooOld`), said so (`OutdatedCursor`),
          or is of the kind that moves a cursor without a word, and the cursor was older than LOOKBACK, lay beyond its last
          event (an instance that began anew), or the first event of the whole network came JUMP later than asked
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from crawlers.platforms.jetstream.events import Event, time_us

LOOKBACK = timedelta(hours=36)
"""What instances keep by default, and all that their documentation promises."""
REWIND = timedelta(seconds=10)
"""Further back at another instance: each sees the network with a delay of its own."""
JUMP = timedelta(seconds=60)
"""The network has dozens of posts a second: its first event so much later than asked means that some are missing."""
LIVE = timedelta(seconds=10)
"""An event younger than this is not replayed; also how far the covered time stays behind the clock, for what is on its way."""
QUIET = 20.0
"""Seconds without an event, up to a ping that is answered, after which the replay of a narrow stream counts as done."""
OVERLAP = timedelta(seconds=60)
"""Further back than the time that a quiet stream was read to: more than twice PING (connection.py), after which a link that
stalled is given up at the latest. What comes again changes nothing."""
FIRST_TIME = 10**15
"""A cursor from here on is a time in microseconds, below it a seq."""
STALE = timedelta(hours=1)
"""A quiet stream is asked by the time it was read to, once that is so much later than its last event."""


class Dialect(StrEnum):
    """The two ways in which an instance can be asked."""

    NEW = "subscribeEvents"
    OLD = "subscribe"


@dataclass
class Progress:
    """Position and covered time. Copy it before a batch: only what has landed may count."""

    server: str
    is_whole: bool
    """Whether the stream is of the whole network, so that silence is no rest but a fault."""
    seq: int | None = None
    time: datetime | None = None
    covered_to: datetime | None = None
    since: datetime | None = None
    rewind: timedelta = timedelta()
    gap: tuple[datetime, datetime] | None = None
    """What this connection could not have: from where it was read before, to where it began."""
    is_live: bool = False
    _came: datetime | None = None
    """When the newest event was witnessed that came since what was taken last settled."""
    _asked: int | None = None
    _connected: datetime | None = None
    _begun: bool = False
    _is_lost: bool = False

    @classmethod
    def load(cls, stored: dict[str, Any], server: str, *, is_whole: bool) -> Progress:
        """From a cursor. Raises ValueError or TypeError for one of another shape."""
        time, covered, since = (_moment(stored.get(name)) for name in ("time", "covered_to", "since"))
        is_same = stored.get("server") == server
        seq = stored.get("seq") if is_same else None
        if seq is not None and not isinstance(seq, int):
            raise TypeError("seq is no number")
        return cls(server, is_whole, seq, time, covered, since or covered, timedelta() if is_same else REWIND)

    def dump(self, *, is_claimed: bool) -> dict[str, Any]:
        """As a cursor; ``is_claimed``: the poll that ends now covers what was read."""
        moments = {"time": self.time, "covered_to": self.covered_to, "since": None if is_claimed else self.since}
        plain = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
        return {"server": self.server, "seq": self.seq, **plain}

    @property
    def read_to(self) -> datetime | None:
        """The time that was read to, by the last event or by the clock; None before the first connection."""
        return max((moment for moment in (self.time, self.covered_to) if moment is not None), default=None)

    def cursor(self, dialect: Dialect) -> int | None:
        """What to ask for: the last event once more; None for what comes from now on."""
        read_to = self.read_to
        if read_to is None:
            return None
        is_stale = self.time is None or read_to - self.time > STALE
        if dialect is Dialect.NEW and self.seq is not None and not is_stale:
            return self.seq
        begin = read_to - OVERLAP
        return time_us((begin if self.time is None else max(begin, self.time)) - self.rewind)

    def connect(self, asked: int | None, now: datetime) -> None:
        """A connection stands that was asked for ``asked``."""
        self._asked, self._connected, self._begun, self.is_live, self._came = asked, now, False, False, None
        if asked is None:
            self.is_live, self._begun, self.since, self.time = True, True, now, now - REWIND
        elif self._is_by_time and self.read_to is not None and now - self.read_to > LOOKBACK:
            self.lose()

    def lose(self) -> None:
        """The server does not begin where it was asked to: the seq is void, and what comes first says what is missing."""
        self._is_lost, self.seq = True, None

    def take(self, event: Event) -> bool:
        """Moves on; False for an event that was handled before."""
        if not self._begun:
            self._begin(event)
        self._came = max(self._came or event.moment, event.moment)
        if event.seq is not None and self.seq is not None and event.seq <= self.seq:
            return False
        self.seq, self.time = event.seq, max(self.time or event.moment, event.moment)
        return True

    def settle(self, now: datetime, heard: datetime | None, quiet: float) -> None:
        """What was taken has landed.

        ``heard``: when the last ping was sent that was answered, with all that came before the answer taken. ``quiet``:
        seconds from the last frame to that ping.
        """
        if self._came is not None:
            self.is_live, self._came = now - self._came < LIVE, None
        elif quiet >= QUIET and not self.is_whole:
            self.is_live = True
            if not self._begun:
                self._start(self._connected or now)
        reached = min(self.time, now - LIVE) if self.time is not None else None
        if self.is_live and heard is not None and not self.is_whole:
            reached = max(heard - LIVE, reached or heard - LIVE)
        if self._begun and reached is not None and self.since is not None and reached > self.since:
            self.covered_to = max(reached, self.covered_to or reached)

    @property
    def is_first(self) -> bool:
        """Whether this is the first connection ever, which has no past to read."""
        return self._asked is None

    @property
    def _is_by_time(self) -> bool:
        return self._asked is not None and self._asked >= FIRST_TIME

    def _begin(self, event: Event) -> None:
        if not self._is_by_time and event.seq is not None and event.seq < (self._asked or 0):
            self.lose()
        if self.is_whole and self.read_to is not None and event.moment - self.read_to > JUMP:
            self.lose()
        self._start(event.moment)

    def _start(self, moment: datetime) -> None:
        self._begun = True
        if self._is_lost or self.since is None:
            if self.covered_to is not None and moment > self.covered_to:
                self.gap = (self.covered_to, moment)
            self.since, self._is_lost = moment, False


def _moment(stored: Any) -> datetime | None:
    if stored is None:
        return None
    moment = datetime.fromisoformat(stored)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC)
