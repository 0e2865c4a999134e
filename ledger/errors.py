"""What can go wrong in the ledger, for cli.py to print as one line."""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger refuses: wrong key, newer schema, unknown post; the message says what to do."""


class LedgerUnavailable(LedgerError):
    """The database cannot be reached or written just now: try again; nothing was lost."""


class LedgerConflict(LedgerUnavailable):
    """The database broke a deadlock and undid this transaction: `database.repeated` does it again."""
