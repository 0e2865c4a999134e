"""Responses that posts were read from, and which posts stood in each: what erasure needs to find every copy.

A response is landed in several calls where it holds many posts. Its row is written with the first new post; the posts
before that, and those after it that were not new, are linked to it all the same, because its body holds them too. Until
then they are remembered by the process that landed them, which is the one that fetched the response.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger
from records import Capture, Landing

REMEMBERED = 64
"""Responses; a crawling process lands them one after the other."""


@dataclass
class Response:
    """What this process knows of a response: ``posts`` seen in it so far, ``kept`` once its row is written."""

    posts: set[str] = field(default_factory=set)
    kept: bool = False
    tainted: bool = False


class CaptureWriter:
    """The captures of one landing transaction."""

    def __init__(self, ledger: Ledger, conn: Connection, landings: Sequence[Landing]) -> None:
        self._ledger = ledger
        self._conn = conn
        self._captures: dict[str, Capture] = {landing.capture.capture_id: landing.capture for landing in landings}
        self._sources: dict[str, str] = {}
        before = ledger.responses
        # Copies: what a transaction that fails has done must not be remembered.
        self._now = {
            capture_id: Response(set(known.posts), known.kept, known.tainted)
            for capture_id in self._captures
            for known in (before.get(capture_id, Response()),)
        }

    def waiting(self) -> set[str]:
        """Posts that earlier calls saw in these responses."""
        return {post_id for known in self._now.values() for post_id in known.posts}

    def add(self, landing: Landing) -> None:
        """A post that stands in a response."""
        self._sources.setdefault(landing.capture.capture_id, landing.post.source)
        self._now[landing.capture.capture_id].posts.add(landing.post.post_id)

    def taint(self, capture: Capture) -> None:
        """A response that holds an erased post: its body is not kept."""
        self._now[capture.capture_id].tainted = True

    def write(self, bringing: set[str], buried: set[str]) -> None:
        """Writes rows and links. ``bringing``: responses with new raw items; ``buried``: waiting posts erased meanwhile."""
        rows: list[dict[str, Any]] = []
        items: list[dict[str, str]] = []
        for capture_id, known in sorted(self._now.items()):
            known.tainted = known.tainted or bool(known.posts & buried)
            known.posts -= buried
            if known.posts and (capture_id in bringing or known.kept):
                # Where an earlier call wrote it and it is gone, an erasure was there in between: not its body again.
                rows.append(self._row(capture_id, with_body=not (known.tainted or known.kept)))
                known.kept = True
                items += [{"capture_id": capture_id, "post_id": post_id} for post_id in sorted(known.posts)]
                known.posts = set()
        if rows:
            self._conn.execute(self._ledger.insert(schema.capture).on_conflict_do_nothing(), rows)
        if items:
            self._conn.execute(self._ledger.insert(schema.capture_item).on_conflict_do_nothing(), items)
        tainted = [capture_id for capture_id, known in self._now.items() if known.tainted]
        if tainted:
            table = schema.capture
            self._conn.execute(table.update().where(table.c.capture_id.in_(tainted)).values(body=None))

    def _row(self, capture_id: str, *, with_body: bool) -> dict[str, Any]:
        capture = self._captures[capture_id]
        return {
            **capture.model_dump(exclude={"body"}),
            "source": self._sources[capture_id],
            "body": zlib.compress(capture.body, 6) if with_body and capture.body else None,
        }

    def remember(self) -> None:
        """To be called once the transaction is committed."""
        memory = self._ledger.responses
        for capture_id, known in self._now.items():
            memory.pop(capture_id, None)
            memory[capture_id] = known
        for capture_id in list(memory)[:-REMEMBERED]:
            memory.pop(capture_id, None)
