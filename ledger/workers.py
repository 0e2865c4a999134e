"""Who holds leases: a worker is one process on one host, known by its start time.

1. register: a row with host, pid, process start time               -> worker id, renewed by a thread every 15 s
2. reap:     on the same host, a worker whose process is gone       -> its leases are free at once
             elsewhere, a worker not renewed for 60 s               -> its leases are free
             one that renews, or is reaped by another, meanwhile    -> left alone
3. a post leased alone when its worker died                         -> one death; the third quarantines it
   posts leased in a batch when their worker died                   -> each is retried alone
4. a worker that was reaped while it still lives                    -> its commits find the lease gone and are refused;
                                                                       it registers anew at its next claim
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import psutil
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.errors import LedgerError
from ledger.rows import Stage, State

LEASE = timedelta(seconds=60)
"""Unrenewed for so long, a worker on another host counts as dead (architecture, rule 9)."""
RENEW_SECONDS = 15
"""A quarter of the lease: three renewals may be lost before anyone takes over."""
INTERRUPTED = "interrupted"
"""Outcome of a poll whose worker died."""
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
        with self._ledger.write() as conn:
            self._insert(conn)

    def touch(self, conn: Connection) -> None:
        """Renews within the caller's transaction; registers anew where the row was reaped."""
        table = schema.worker
        now = self._ledger.now(conn)
        if conn.execute(table.update().where(table.c.id == self.id).values(renewed=now)).rowcount == 0:
            self._insert(conn)

    def _insert(self, conn: Connection) -> None:
        pid = os.getpid()
        row = {"host": host_name(), "pid": pid, "started": _started(pid), "renewed": self._ledger.now(conn)}
        self.id = conn.execute(schema.worker.insert().values(row).returning(schema.worker.c.id)).scalar_one()

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
        # If the database is away now, the end of this process frees them.
        with contextlib.suppress(LedgerError):
            self._give_all_back()

    @repeated
    def _give_all_back(self) -> None:
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
    """Host, process-id namespace and account: of two containers or accounts neither need see the other's processes."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = "-"
    return f"{socket.gethostname()}/{_machine_id()}/{namespace}/{os.getuid()}"


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
        row
        for row in conn.execute(sa.select(table)).all()
        if (not _alive(row.pid, row.started) if row.host == here else row.renewed < now - LEASE)
    ]
    taken = [row.id for row in dead if _take(conn, row)]
    for worker_id in taken:
        _count_deaths(ledger, conn, worker_id)
        _free(conn, worker_id)
    return len(taken)


def _take(conn: Connection, seen: sa.Row[Any]) -> bool:
    """Locks a worker as it was seen: not one that renews just now, nor one that another process is reaping."""
    table = schema.worker
    query = sa.select(table.c.id).where(table.c.id == seen.id, table.c.renewed == seen.renewed)
    return conn.execute(query.with_for_update(skip_locked=True)).scalar() is not None


def _alive(pid: int, started: float) -> bool:
    """Whether the process that registered still runs: process ids are given out again, start times are not."""
    now = _started(pid)
    return now is not None and abs(now - started) < 0.005


def _started(pid: int) -> float | None:
    """When a process started; None where there is none, or a zombie that only waits for its parent.

    On Linux in seconds since boot: psutil reckons from the wall clock, and a corrected clock would kill the living.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return _started_elsewhere(pid) if not Path("/proc/self/stat").exists() else None
    except ProcessLookupError:
        return None
    # The name in brackets can hold blanks and brackets; the fields after it cannot.
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _started_elsewhere(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


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
    post, state, poll, server = schema.post, schema.source_state, schema.poll, schema.server
    conn.execute(post.update().where(post.c.worker == worker_id).values(worker=None, lease_stage=None))
    conn.execute(schema.outbox.update().where(schema.outbox.c.worker == worker_id).values(worker=None))
    conn.execute(server.update().where(server.c.worker == worker_id).values(worker=None, source=None))
    conn.execute(state.update().where(state.c.worker == worker_id).values(worker=None))
    conn.execute(
        poll.update()
        .where(poll.c.worker == worker_id, poll.c.outcome.is_(None))
        .values(outcome=INTERRUPTED, finished=sa.func.coalesce(poll.c.finished, poll.c.started), worker=None)
    )
    conn.execute(schema.worker.delete().where(schema.worker.c.id == worker_id))
