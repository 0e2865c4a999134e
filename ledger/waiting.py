"""Why digests cannot be made, by subscription, for `status`: the service's log alone would be read by nobody."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated

_PREFIX = "digest waits: "


def read_waiting(ledger: Ledger) -> dict[str, str]:
    """By subscription, why its digest could not be made when it was tried last; without those that were made since."""
    table = schema.meta
    query = sa.select(table.c.name, table.c.value).where(table.c.name.startswith(_PREFIX, autoescape=True))
    with ledger.read() as conn:
        return {row.name.removeprefix(_PREFIX): row.value for row in conn.execute(query.order_by(table.c.name))}


@repeated
def note_waiting(ledger: Ledger, found: Mapping[str, str | None]) -> None:
    """Notes of each subscription that was looked at why its digest cannot be made; None where there is nothing to wait for."""
    # A look first: the service asks twice a minute, and mostly nothing has changed.
    known = read_waiting(ledger)
    cut = {name: reason and reason[:500] for name, reason in found.items()}
    changed = {name: reason for name, reason in cut.items() if known.get(name) != reason}
    if not changed:
        return
    table = schema.meta
    with ledger.write() as conn:
        conn.execute(table.delete().where(table.c.name.in_([_PREFIX + name for name in sorted(changed)])))
        rows = [{"name": _PREFIX + name, "value": reason} for name, reason in sorted(changed.items()) if reason]
        if rows:
            conn.execute(ledger.insert(table).on_conflict_do_nothing(), rows)
