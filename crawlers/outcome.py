"""How a poll ended. One word each; the ledger, `status` and the coverage of trends use the same words."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The end of one poll."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    EMPTY = "empty"
    FAILED = "failed"
    RATE_LIMITED = "rate_limited"
    ROBOTS_DENIED = "robots_denied"
    BLOCKED = "blocked"
    GONE = "gone"
    PRIVATE_ADDRESS = "private_address"
    TIMEOUT = "timeout"
    KILLED = "killed"

    @property
    def is_success(self) -> bool:
        """Whether the source answered as it should; everything else makes the next poll come later."""
        return self in (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.EMPTY)
