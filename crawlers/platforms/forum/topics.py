"""What a forum's cursor remembers of its topics: how far each was read.

topics   key -> [mark, page, last post, back, tries], the newest KEPT
         mark       of the row when the topic had been read to its end (16 hexadecimal digits); empty while it is unfinished
         page       the last page that was read; the next reading begins there
         last post  the highest id that was read
         back       the page from which the way back is still to be gone on, where a cap cut it off
         tries      polls in a row in which it could not be read
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass
from typing import Any

KEPT = 2000
"""Topics remembered: 80 list pages of 25. At about 100 bytes each the cursor stays near 200 KB."""


@dataclass(frozen=True)
class Progress:
    """How far one topic was read."""

    mark: str = ""
    page: str = ""
    last_post: int = 0
    back: str = ""
    tries: int = 0


def short(mark: str) -> str:
    """16 hexadecimal digits of a row's mark; never empty."""
    return hashlib.sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class TopicMemory:
    """The topics part of a forum's cursor."""

    def __init__(self, stored: Any) -> None:
        self._topics: dict[str, Progress] = {}
        for key, (mark, page, last_post, back, tries) in stored.items() if isinstance(stored, dict) else ():
            self._topics[str(key)] = Progress(str(mark), str(page), int(last_post), str(back), int(tries))

    def get(self, key: str) -> Progress | None:
        """How far the topic was read; None for one that never was."""
        return self._topics.get(key)

    def keep(self, key: str, progress: Progress) -> None:
        """Remembers; what was touched last is kept longest."""
        self._topics.pop(key, None)
        self._topics[key] = progress

    def dump(self) -> dict[str, list[Any]]:
        """The KEPT that were touched last, for the cursor."""
        newest = list(self._topics.items())[-KEPT:]
        return {key: list(astuple(known)) for key, known in newest}
