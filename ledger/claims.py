"""Leases on sources, each taken together with the lease on its server (ledger/servers.py)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.servers import Claim, Verdict, judge_server, take_server
from ledger.sources import ensure_source
from ledger.workers import INTERRUPTED, Worker, reap


@repeated
def claim_source(
    ledger: Ledger,
    worker: Worker,
    source: str,
    server: str,
    now: datetime,
    *,
    delay: float = 0.0,
    force: bool = False,
) -> Claim:
    """Leases a source and the server it is on (``host`` or ``host:port``), both or neither.

    ``delay``: seconds that the source leaves between requests; the server's Crawl-delay can raise it. ``force`` leaves out
    the source's own clock, but nothing that the server asked for. A retired source (410) is never due.
    """
    table = schema.source_state
    with ledger.write() as conn:
        worker.touch(conn)
        reap(ledger, conn)
        on_server = judge_server(ledger, conn, server, delay, now)
        ensure_source(ledger, conn, source)
        state = conn.execute(sa.select(table).where(table.c.source == source).with_for_update()).one()
        claim = _judge_source(state, now, force=force) or on_server
        if claim.verdict is Verdict.MINE:
            conn.execute(table.update().where(table.c.source == source).values(worker=worker.id))
            take_server(conn, server, worker.id, source)
        return claim


def _judge_source(state: sa.Row[Any], now: datetime, *, force: bool) -> Claim | None:
    """Why the source itself cannot be read now, or None."""
    if state.retired:
        return Claim(Verdict.RETIRED)
    if state.worker is not None:
        return Claim(Verdict.READ_ELSEWHERE)
    if state.not_before is not None and state.not_before > now:
        return Claim(Verdict.BANNED, state.not_before)
    if not force and state.next_due is not None and state.next_due > now:
        return Claim(Verdict.NOT_DUE)
    return None


@repeated
def give_back(ledger: Ledger, worker: Worker, keep: Collection[str]) -> list[str]:
    """Gives back the sources and servers that this worker holds, but for the sources it still polls; returns which.

    The worker is a service that lives on, so nobody else would ever free what a fault left in its hands. A poll that was
    begun stays as interrupted.
    """
    # A look first: a fault is rare, and this is asked before every turn.
    with ledger.read() as conn:
        if not _stale(conn, worker, keep):
            return []
    with ledger.write() as conn:
        stale = _stale(conn, worker, keep)
        if stale:
            _free(conn, worker, stale)
    return stale


def _stale(conn: Connection, worker: Worker, keep: Collection[str]) -> list[str]:
    found: set[str] = set()
    for table in (schema.server, schema.source_state):
        found.update(conn.execute(sa.select(table.c.source).where(table.c.worker == worker.id)).scalars())
    return sorted(found - set(keep))


def _free(conn: Connection, worker: Worker, sources: list[str]) -> None:
    server, state, poll = schema.server, schema.source_state, schema.poll
    mine = (server.c.worker == worker.id, server.c.source.in_(sources))
    conn.execute(server.update().where(*mine).values(worker=None, source=None))
    conn.execute(state.update().where(state.c.worker == worker.id, state.c.source.in_(sources)).values(worker=None))
    begun = (poll.c.worker == worker.id, poll.c.source.in_(sources), poll.c.outcome.is_(None))
    conn.execute(poll.update().where(*begun).values(outcome=INTERRUPTED, finished=poll.c.started, worker=None))
