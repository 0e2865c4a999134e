"""What a feed's cursor remembers: which entries were read, in which wording, and how far back the reading went.

entries      key -> [fingerprint, alias, tries], the newest KEPT
             fingerprint  of the wording that was landed (or refused); empty while the article is still to be had
             alias        canonical URL that the article page gave, where it is not the entry's link
             tries        polls in which the article could not be read
covered_to   start of the last successful poll
backfill     {next, pages, since}: older pages still to be read, because a cap stopped the run
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KEPT = 2000
"""Entries remembered: 200 pages of ten. At 60 bytes each the cursor stays near 120 KB."""


@dataclass
class Known:
    """What is known of one entry."""

    fingerprint: str = ""
    alias: str | None = None
    tries: int = 0


class FeedMemory:
    """The entries part of a feed's cursor."""

    def __init__(self, stored: Any) -> None:
        self._entries: dict[str, Known] = {}
        for key, values in stored.items() if isinstance(stored, dict) else ():
            fingerprint, alias, tries = values
            self._entries[key] = Known(str(fingerprint), alias, int(tries))
        self._touched: dict[str, Known] = {}
        self._before = {key for key, known in self._entries.items() if known.fingerprint}

    @staticmethod
    def key(identity: str) -> str:
        """16 hexadecimal digits of an entry's identity as the feed states it."""
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def knew(self, key: str) -> bool:
        """Whether an earlier poll had read this entry."""
        return key in self._before

    def get(self, key: str) -> Known:
        """What is known of the entry; an empty Known for a new one."""
        return self._touched.get(key) or self._entries.get(key) or Known()

    def keep(self, key: str, known: Known) -> None:
        """Remembers the entry; entries are kept from the newest on."""
        self._touched[key] = known

    def dump(self) -> dict[str, list[Any]]:
        """The newest KEPT entries, for the cursor."""
        older = [(key, known) for key, known in self._entries.items() if key not in self._touched]
        newest_last = [*older, *reversed(self._touched.items())]
        return {key: [known.fingerprint, known.alias, known.tries] for key, known in newest_last[-KEPT:]}


@dataclass
class Backfill:
    """Older pages that are still to be read."""

    next_url: str
    pages: int
    since: datetime | None

    @classmethod
    def load(cls, stored: Any) -> Backfill | None:
        """From the cursor; None where nothing is left to do."""
        if not isinstance(stored, dict):
            return None
        since = stored.get("since")
        return cls(str(stored["next"]), int(stored["pages"]), datetime.fromisoformat(since) if since else None)

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        return {"next": self.next_url, "pages": self.pages, "since": self.since.isoformat() if self.since else None}
