"""What a feed's cursor remembers of its entries: which were read, in which wording, and under which identity.

entries      key -> [fingerprint, alias, tries], the newest KEPT
             fingerprint  of the wording that was landed (or refused); empty while the article is still to be had
             alias        canonical URL that the article page gave at the first landing, where it is not the entry's link
             tries        polls in which the article could not be read
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

KEPT = 2000
"""Entries remembered: 200 pages of ten. At 60 bytes each the cursor stays near 120 KB."""


@dataclass(frozen=True)
class Known:
    """What is known of one entry."""

    fingerprint: str = ""
    alias: str | None = None
    tries: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether the entry was dealt with before, and so has the identity that it keeps."""
        return bool(self.fingerprint) or self.tries > 0


class FeedMemory:
    """The entries part of a feed's cursor."""

    def __init__(self, stored: Any) -> None:
        self._entries: dict[str, Known] = {}
        for key, values in stored.items() if isinstance(stored, dict) else ():
            fingerprint, alias, tries = values
            self._entries[key] = Known(str(fingerprint), alias, int(tries))
        self._touched: dict[str, Known] = {}
        self._before = {key for key, known in self._entries.items() if known.fingerprint}
        self._aliases = {known.alias for known in self._entries.values() if known.alias}

    @staticmethod
    def key(identity: str) -> str:
        """16 hexadecimal digits of an entry's identity as the feed states it."""
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def knew(self, key: str) -> bool:
        """Whether an earlier poll had read this entry."""
        return key in self._before

    def has(self, identity: str) -> bool:
        """Whether an entry states this identity, or took it from its article page."""
        key = self.key(identity)
        return key in self._touched or key in self._entries or identity in self._aliases

    def get(self, key: str) -> Known:
        """What is known of the entry; an empty Known for a new one."""
        return self._touched.get(key) or self._entries.get(key) or Known()

    def keep(self, key: str, known: Known) -> None:
        """Remembers the entry; entries are kept from the newest on."""
        self._touched[key] = known
        if known.alias:
            self._aliases.add(known.alias)

    def dump(self) -> dict[str, list[Any]]:
        """The newest KEPT entries, for the cursor."""
        older = [(key, known) for key, known in self._entries.items() if key not in self._touched]
        newest_last = [*older, *reversed(self._touched.items())]
        return {key: [known.fingerprint, known.alias, known.tries] for key, known in newest_last[-KEPT:]}
