"""What a source's cursor remembers of each sitemap document: {address: [read, since, newest, is_news]}.

read     when it was last read whole, with every article that it lists
since    from when on its articles were read without a gap and no poll has covered them yet; null where nothing says so
newest   the latest date in it; an old archive need not be asked for at every poll
A document whose reading is cut short is forgotten: what it listed may be gone before the next poll.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

ARCHIVE_SLEEP = timedelta(days=1)
"""Between two looks at a document that lists nothing recent; late corrections of its index are noticed within a day."""
KEPT = 1000
"""Documents remembered; with 100 bytes each the cursor stays near 100 KB."""


@dataclass(frozen=True)
class KnownMap:
    """What is known of one sitemap."""

    read: datetime
    since: datetime | None = None
    newest: datetime | None = None
    is_news: bool = False

    def sleeps(self, floor: datetime, now: datetime) -> bool:
        """Whether it listed nothing newer than ``floor`` and was asked for not long ago."""
        return self.newest is not None and self.newest < floor and now - self.read < ARCHIVE_SLEEP


class SitemapMemory:
    """The sitemaps part of the cursor, and which of them this poll has read whole."""

    def __init__(self, stored: Any) -> None:
        self._maps: dict[str, KnownMap] = {}
        for url, (read, since, newest, is_news) in stored.items() if isinstance(stored, dict) else ():
            self._maps[str(url)] = KnownMap(
                datetime.fromisoformat(read), _moment(since), _moment(newest), bool(is_news)
            )
        self._read: list[str] = []

    def get(self, url: str) -> KnownMap | None:
        """What is known of a document."""
        return self._maps.get(url)

    def begin(self, url: str) -> KnownMap | None:
        """Forgets a document that is about to be read, and returns what was known of it."""
        return self._maps.pop(url, None)

    def keep(self, url: str, known: KnownMap) -> None:
        """Remembers a document that was read whole."""
        self._maps[url] = known
        self._read.append(url)

    def since(self) -> list[datetime | None]:
        """From when on each document that this poll has read whole is covered."""
        return [self._maps[url].since for url in self._read]

    def cover(self, moment: datetime) -> None:
        """A poll has covered up to ``moment`` what was read in it."""
        for url in self._read:
            self._maps[url] = replace(self._maps[url], since=moment)

    def dump(self) -> dict[str, list[Any]]:
        """For the cursor."""
        newest_last = sorted(self._maps.items(), key=lambda item: item[1].read)[-KEPT:]
        return {url: [known.read.isoformat(), _text(known.since), _text(known.newest), known.is_news]
                for url, known in newest_last}  # fmt: skip


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
