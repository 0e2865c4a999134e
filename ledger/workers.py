"""Who holds leases: a worker is one process on one host, known by its start time.

1. register: a row with host, pid, process start time               -> worker id, renewed by a thread every 15 s
2. reap:     on the same host, a worker whose process is gone       -> its leases are free at once
             elsewhere, a worker not renewed for 60 s               -> its leases are free
3. a post leased alone when its worker died                         -> one death; the third quarantines it
   posts leased in a batch when their worker died                   -> each is retried alone
4. a worker that was reaped while it still lives                    -> its commits find the lease gone and are refused;
                                                                       it registers anew at its next claim
"""

from __future__ import annotations

import os
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import Self

import psutil
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger
from ledger.errors import LedgerError
from ledger.rows import Stage, State

LEASE = timedelta(seconds=60)
"""Unrenewed for so long, a worker on another host counts as dead (architecture, rule 9)."""
RENEW_SECONDS = 15
"""A quarter of the lease: three renewals may be lost before anyone takes over."""
MAX_DEATHS = 3
"""A post that was alone in the hands of three workers that died is itself the likely cause."""


class Worker:
    """The owner of leases that this process takes. Close it to give back what it still holds."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stop = threading.Event()
        self.id = 0
        self.register()
        self._thread = threading.Thread(target=self._renew, name="lease-renewal", daemon=True)
        self._thread.start()

    def register(self) -> None:
        """Takes a fresh worker row."""
        me = psutil.Process()
        with self._ledger.write() as conn:
            row = {
                "host": host_name(),
                "pid": os.getpid(),
                "started": me.create_time(),
                "renewed": self._ledger.now(conn),
            }
            self.id = conn.execute(schema.worker.insert().values(row).returning(schema.worker.c.id)).scalar_one()

    def touch(self, conn: Connection) -> None:
        """Renews within the caller's transaction; registers anew where the row was reaped."""
        table = schema.worker
        now = self._ledger.now(conn)
        if conn.execute(table.update().where(table.c.id == self.id).values(renewed=now)).rowcount == 0:
            row = {"host": host_name(), "pid": os.getpid(), "started": psutil.Process().create_time(), "renewed": now}
            self.id = conn.execute(table.insert().values(row).returning(table.c.id)).scalar_one()

    def _renew(self) -> None:
        table = schema.worker
        while not self._stop.wait(RENEW_SECONDS):
            try:
                with self._ledger.write() as conn:
                    now = self._ledger.now(conn)
                    conn.execute(table.update().where(table.c.id == self.id).values(renewed=now))
            except LedgerError:
                # The database is away: the next claim or commit will say so; a lost lease is noticed at commit.
                continue

    def close(self) -> None:
        """Gives everything back; the posts are due again, nothing is counted against them."""
        self._stop.set()
        self._thread.join(timeout=RENEW_SECONDS)
        with self._ledger.write() as conn:
            _free(conn, self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def make_worker(ledger: Ledger) -> Worker:
    """Registers this process as an owner of leases."""
    return Worker(ledger)


def host_name() -> str:
    """Host and process-id namespace: two containers on one host cannot see each other's processes."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = "-"
    return f"{socket.gethostname()}/{_machine_id()}/{namespace}"


def _machine_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "-"


def reap(ledger: Ledger, conn: Connection) -> int:
    """Frees the leases of dead workers; returns how many workers were found dead."""
    table = schema.worker
    now, here = ledger.now(conn), host_name()
    dead = [
        row.id
        for row in conn.execute(sa.select(table))
        if (not _alive(row.pid, row.started) if row.host == here else row.renewed < now - LEASE)
    ]
    for worker_id in dead:
        _count_deaths(ledger, conn, worker_id)
        _free(conn, worker_id)
    return len(dead)


def _alive(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        # Process ids are reused; the start time is not. A zombie has died and only waits for its parent.
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _count_deaths(ledger: Ledger, conn: Connection, worker_id: int) -> None:
    post = schema.post
    mine = post.c.worker == worker_id
    conn.execute(post.update().where(mine, post.c.alone).values(deaths=post.c.deaths + 1))
    conn.execute(post.update().where(mine).values(alone=True))
    fatal = conn.execute(sa.select(post.c.post_id, post.c.lease_stage).where(mine, post.c.deaths >= MAX_DEATHS)).all()
    for row in fatal:
        quarantine(ledger, conn, row.post_id, Stage(row.lease_stage), f"{MAX_DEATHS} workers died with this post alone")


def quarantine(ledger: Ledger, conn: Connection, post_id: str, stage: Stage, reason: str) -> None:
    """Puts a post aside with stage and reason; `quarantine replay` brings it back."""
    post = schema.post
    conn.execute(
        post.update()
        .where(post.c.post_id == post_id)
        .values(
            state=State.QUARANTINED.value,
            doc_version=post.c.doc_version + 1,
            failed_stage=stage.value,
            failed_reason=reason[:500],
            failed_at=ledger.now(conn),
            worker=None,
            lease_stage=None,
            retag=False,
        )
    )


def _free(conn: Connection, worker_id: int) -> None:
    post, state, poll = schema.post, schema.source_state, schema.poll
    conn.execute(post.update().where(post.c.worker == worker_id).values(worker=None, lease_stage=None))
    conn.execute(schema.outbox.update().where(schema.outbox.c.worker == worker_id).values(worker=None))
    conn.execute(state.update().where(state.c.worker == worker_id).values(worker=None))
    conn.execute(
        poll.update()
        .where(poll.c.worker == worker_id, poll.c.outcome.is_(None))
        .values(outcome="interrupted", finished=sa.func.coalesce(poll.c.finished, poll.c.started), worker=None)
    )
    conn.execute(schema.worker.delete().where(schema.worker.c.id == worker_id))
