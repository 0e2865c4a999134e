"""Who answers for a decision."""

from __future__ import annotations

import getpass

from cli.faults import CommandFault


def who_decides(by: str) -> str:
    """The name given, or that of the account; a decision without a name is none. Raises CommandFault."""
    if by.strip():
        return by.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError) as exc:
        raise CommandFault("this account has no name: say who you are with --by") from exc
