"""What statuses answer and quote. A server names them by ids of its own, which mean nothing anywhere else; the name that holds
everywhere (``uri``) is known of those that this run has read. What stands outside of it stays unknown, and is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crawlers.platforms.mastodon.statuses import Links, Status, quoted_part


class Threads:
    """The statuses of one run: by id their ``uri`` and the id of the status that each answers."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str | None]] = {}

    def learn(self, statuses: Iterable[Status | None]) -> None:
        """A page was read; to be called before its items are made, since what a status answers stands below it."""
        self._known |= {status.id: (status.uri, status.in_reply_to_id) for status in statuses if status is not None}

    def links(self, status: Status) -> Links:
        """What it answers, belongs to and quotes."""
        quoted = quoted_part(status)
        uri = quoted.get("uri")
        return Links(
            reply_to=self._uri(status.in_reply_to_id),
            thread=self._thread(status),
            quotes=uri if isinstance(uri, str) and uri else self._uri(quoted.get("id")),
        )

    def _thread(self, status: Status) -> str | None:
        """The status that opened its thread, its own name where it answers none."""
        name, above = status.uri, status.in_reply_to_id
        passed = {status.id}
        while above is not None:
            if above in passed or above not in self._known:
                return None
            passed.add(above)
            name, above = self._known[above]
        return name

    def _uri(self, status_id: Any) -> str | None:
        found = self._known.get(status_id) if isinstance(status_id, str) else None
        return found[0] if found is not None else None
