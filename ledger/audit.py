"""The append-only log of what people did with personal data. The database itself refuses changes to it (triggers)."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log. ``subject`` is a post id, a pseudonym or a keyed hash, never a name."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str


def write_audit(ledger: Ledger, conn: Connection, action: str, subject: str, reason: str) -> None:
    """Adds a line within the caller's transaction, so that the deed and its record commit together."""
    row = {"at": ledger.now(conn), "actor": _actor(), "action": action, "subject": subject, "reason": reason}
    conn.execute(schema.audit.insert().values(row))


def read_audit(ledger: Ledger) -> list[AuditEntry]:
    """The whole log, oldest first."""
    with ledger.read() as conn:
        rows = conn.execute(sa.select(schema.audit).order_by(schema.audit.c.seq)).all()
    return [AuditEntry(**row._mapping) for row in rows]


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container user without a passwd entry has no name.
        return "unknown"
