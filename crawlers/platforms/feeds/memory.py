"""What a feed's cursor remembers of its entries: which were read, in which wording, and under which identity.

entries      key -> [fingerprint, alias, tries] or [fingerprint, alias, tries, gone, page], the newest KEPT
             fingerprint  of the wording that was landed (or refused); empty while the article is still to be had
             alias        canonical URL that the article page gave at the first landing, where it is not the entry's link
             tries        polls in which the article could not be read
             gone         day (UTC) on which its page was last found to be gone, for one that is listed all the same:
                          it is asked for again every day
             page         1: what landed is its page's text, not the feed's
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from records import WEB, make_post_id

KEPT = 2000
"""Entries remembered: 200 pages of ten. At 70 bytes each the cursor stays near 140 KB."""
UNLANDED = "-"
"""Fingerprint of an entry whose page is still to be had, and of which nothing has landed meanwhile."""


@dataclass(frozen=True)
class Known:
    """What is known of one entry."""

    fingerprint: str = ""
    alias: str | None = None
    tries: int = 0
    gone: str = ""
    page: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether the entry was dealt with before, and so has the identity that it keeps."""
        return self.fingerprint != UNLANDED and (bool(self.fingerprint) or self.tries > 0)

    def is_due(self, today: str) -> bool:
        """Whether it was gone and is to be asked for again."""
        return bool(self.gone) and self.gone < today


class FeedMemory:
    """The entries part of a feed's cursor."""

    def __init__(self, stored: Any) -> None:
        self._entries: dict[str, Known] = {}
        for key, values in stored.items() if isinstance(stored, dict) else ():
            fingerprint, alias, tries, *rest = values
            gone, page = rest or ("", 0)
            self._entries[key] = Known(str(fingerprint), alias, int(tries), str(gone), bool(page))
        self._touched: dict[str, Known] = {}
        self._before = {key for key, known in self._entries.items() if known.fingerprint not in ("", UNLANDED)}
        self._settled = {key for key, known in self._entries.items() if known.is_settled}
        self._aliases = {known.alias for known in self._entries.values() if known.alias}

    @staticmethod
    def key(identity: str) -> str:
        """16 hexadecimal digits of an entry's identity as the feed states it."""
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def knew(self, key: str) -> bool:
        """Whether an earlier poll had read this entry."""
        return key in self._before

    def was_settled(self, key: str) -> bool:
        """Whether an earlier poll had dealt with this entry, be it without its page."""
        return key in self._settled

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

    def find(self, post_id: str, identities: Iterable[str]) -> tuple[str, Known] | None:
        """The entry, with its key, whose post it is; ``identities``: those that the entry may state."""
        for identity in identities:
            key = self.key(identity)
            known = self.get(key)
            if known != Known() and make_post_id(WEB, known.alias or identity) == post_id:
                return key, known
        both = {**self._entries, **self._touched}
        return next(
            ((key, known) for key, known in both.items() if known.alias and make_post_id(WEB, known.alias) == post_id),
            None,
        )

    def awaits(self, today: str) -> bool:
        """Whether any entry that was gone is to be asked for again, should the list still name it."""
        return any(known.is_due(today) for known in self._entries.values())

    def note_asked(self, today: str) -> None:
        """The list was read: what was gone, and does not stand in it any more, waits for the next day."""
        for key, known in self._entries.items():
            if key not in self._touched and known.is_due(today):
                self._entries[key] = replace(known, gone=today)

    def dump(self) -> dict[str, list[Any]]:
        """The newest KEPT entries, for the cursor."""
        older = [(key, known) for key, known in self._entries.items() if key not in self._touched]
        newest_last = [*older, *reversed(self._touched.items())]
        return {key: _dumped(known) for key, known in newest_last[-KEPT:]}


def _dumped(known: Known) -> list[Any]:
    rest = [known.gone, int(known.page)] if known.gone or known.page else []
    return [known.fingerprint, known.alias, known.tries, *rest]
