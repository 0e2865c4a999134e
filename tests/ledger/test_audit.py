"""The audit log: it grows, and nothing in it is changed or taken out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ledger import Ledger, read_audit
from ledger.audit import write_audit


def test_the_audit_log_cannot_be_changed(ledger: Ledger) -> None:
    with ledger.write() as conn:
        write_audit(ledger, conn, "open", "subject", "reason")
    before = read_audit(ledger)
    statements = ["UPDATE audit SET reason = 'another'", "DELETE FROM audit"]
    if ledger.is_sqlite:
        statements += [
            "INSERT OR REPLACE INTO audit SELECT seq, at, actor, action, subject, 'another' FROM audit",
            "UPDATE OR REPLACE audit SET reason = 'another'",
        ]
    else:
        statements += [
            "TRUNCATE audit",
            "INSERT INTO audit SELECT seq, at, actor, action, subject, reason FROM audit "
            "ON CONFLICT (seq) DO UPDATE SET reason = 'another'",
        ]
    for statement in statements:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.write() as conn:
            conn.execute(sa.text(statement))
        assert read_audit(ledger) == before
