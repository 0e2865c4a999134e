"""What the ledger knows of each server that is read: who is asking it now, and when it may be asked again.

A server is ``host`` or ``host:port``; many sources can be on one, e.g. the hashtags of an instance.

1. claim    together with the source's lease, in one transaction: nobody else is asking it, the time it asked to be left
            alone is over, and its delay has passed since the last request
2. finish   with the end of the poll: last request, Crawl-delay and ban are written down, the lease is given back
3. a worker that dies, or a poll that was lost, gives its server back like its other leases
A server's row is locked before its sources' rows, else two claims could wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.workers import Worker, reap


class Verdict(StrEnum):
    """What became of a claim."""

    MINE = "mine"
    NOT_DUE = "not due"
    RETIRED = "retired"
    READ_ELSEWHERE = "another process is reading it"
    SERVER_BUSY = "another process is asking its server"
    BANNED = "the server asked to be left alone"
    TOO_SOON = "the server's delay has not passed"


@dataclass(frozen=True)
class Claim:
    """``until`` is the earliest moment for another try where the verdict is BANNED or TOO_SOON."""

    verdict: Verdict
    until: datetime | None = None


@dataclass(frozen=True)
class ServerFacts:
    """What one poll learned of a server; None is what it did not learn. ``crawl_delay`` in seconds."""

    not_before: datetime | None = None
    last_request: datetime | None = None
    crawl_delay: float | None = None


def judge_server(ledger: Ledger, conn: Connection, server: str, delay: float, now: datetime) -> Claim:
    """Whether the server may be asked at ``now`` with ``delay`` s between requests; its row stays locked."""
    table = schema.server
    row = {"server": server, "crawl_delay": 0.0}
    conn.execute(ledger.insert(table).values(row).on_conflict_do_nothing())
    known = conn.execute(sa.select(table).where(table.c.server == server).with_for_update()).one()
    if known.worker is not None:
        return Claim(Verdict.SERVER_BUSY)
    if known.not_before is not None and known.not_before > now:
        return Claim(Verdict.BANNED, known.not_before)
    pause = timedelta(seconds=max(delay, known.crawl_delay))
    # A last request that lies ahead comes from another host's clock: then the delay counts from now.
    if known.last_request is not None and pause and now - known.last_request < pause:
        return Claim(Verdict.TOO_SOON, min(known.last_request, now) + pause)
    return Claim(Verdict.MINE)


def take_server(conn: Connection, server: str, worker: int, source: str) -> None:
    """Leases a server that `judge_server` found free, for the poll of a source."""
    table = schema.server
    conn.execute(table.update().where(table.c.server == server).values(worker=worker, source=source))


def free_servers(conn: Connection, worker: int, source: str) -> None:
    """Gives back what the worker holds for a source."""
    table = schema.server
    mine = (table.c.worker == worker, table.c.source == source)
    conn.execute(table.update().where(*mine).values(worker=None, source=None))


def save_facts(ledger: Ledger, conn: Connection, learned: Mapping[str, ServerFacts], now: datetime) -> None:
    """Writes down what a poll learned of the servers it asked. Of one that nobody reads for itself only a ban is kept."""
    table = schema.server
    for server, facts in sorted(learned.items()):
        if facts.not_before is not None and facts.not_before > now:
            row = {"server": server, "crawl_delay": 0.0}
            conn.execute(ledger.insert(table).values(row).on_conflict_do_nothing())
        known = conn.execute(sa.select(table).where(table.c.server == server).with_for_update()).one_or_none()
        if known is None:
            continue
        changes: dict[str, Any] = {
            "not_before": _later(known.not_before, facts.not_before),
            "last_request": _later(known.last_request, facts.last_request),
        }
        if facts.crawl_delay is not None:
            changes["crawl_delay"] = facts.crawl_delay
        conn.execute(table.update().where(table.c.server == server).values(**changes))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def closed_servers(ledger: Ledger, now: datetime) -> dict[str, datetime]:
    """The servers that asked to be left alone beyond ``now``, and until when."""
    table = schema.server
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table.c.server, table.c.not_before).where(table.c.not_before > now))
        return {row.server: row.not_before for row in rows}


@repeated
def claim_server(
    ledger: Ledger, worker: Worker, server: str, source: str, now: datetime, *, delay: float = 0.0
) -> Claim:
    """Leases a server alone, for a look at a source that is no poll of it."""
    with ledger.write() as conn:
        worker.touch(conn)
        reap(ledger, conn)
        claim = judge_server(ledger, conn, server, delay, now)
        if claim.verdict is Verdict.MINE:
            take_server(conn, server, worker.id, source)
    return claim


@repeated
def release_server(
    ledger: Ledger, worker: Worker, source: str, learned: Mapping[str, ServerFacts], now: datetime
) -> None:
    """Gives back what `claim_server` leased, with what was learned meanwhile."""
    with ledger.write() as conn:
        save_facts(ledger, conn, learned, now)
        free_servers(conn, worker.id, source)
