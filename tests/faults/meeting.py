"""Kills a command at a moment at which it is at work for certain: the ledger says what its process holds.

1. ask     the ledger, every few milliseconds, until the process holds something
2. stop    it stands still (SIGSTOP), so that what is asked now is true still when it dies
3. ask     again: it holds something -> kill -9; it has just given it back -> it goes on, and so do we
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence

import psutil
import sqlalchemy as sa

from ledger import Ledger, Stage, schema, status_counts

PAUSE = 0.004
"""Seconds; a batch of the index takes some fifty times as long."""
Process = subprocess.Popen[bytes]
Holds = Callable[[Ledger, Process], int]


def holds_posts(stage: Stage) -> Holds:
    """How many posts the process has leased for a stage."""

    def count(ledger: Ledger, process: Process) -> int:
        return _count(ledger, schema.post, process, schema.post.c.lease_stage == stage.value)

    return count


def holds_polls(ledger: Ledger, process: Process) -> int:
    """How many polls of the process are under way, once any post has landed."""
    return _count(ledger, schema.poll, process, schema.poll.c.finished.is_(None)) if status_counts(ledger).seen else 0


def holds_deliveries(ledger: Ledger, process: Process) -> int:
    """How many deliveries of digests the process is making."""
    return _count(ledger, schema.outbox, process, sa.true())


def _count(ledger: Ledger, table: sa.Table, process: Process, which: sa.ColumnElement[bool]) -> int:
    owned = table.join(schema.worker, table.c.worker == schema.worker.c.id)
    query = sa.select(sa.func.count()).select_from(owned).where(schema.worker.c.pid == process.pid, which)
    with ledger.read() as conn:
        return int(conn.execute(query).scalar_one())


def kill_one_at_work(ledger: Ledger, processes: Sequence[Process], holds: Holds) -> Process:
    """Kills the first of the processes that is met holding something; returns it. Fails where all end before."""
    while True:
        running = [process for process in processes if process.poll() is None]
        assert running, "all ended before one was met at work"
        for process in running:
            if holds(ledger, process) and _stand_still(process):
                if holds(ledger, process):
                    process.kill()
                    assert process.wait() == -signal.SIGKILL
                    return process
                process.send_signal(signal.SIGCONT)
        time.sleep(PAUSE)


def _stand_still(process: Process) -> bool:
    process.send_signal(signal.SIGSTOP)
    while process.poll() is None:
        if psutil.Process(process.pid).status() == psutil.STATUS_STOPPED:
            return True
    return False
