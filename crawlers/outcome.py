"""How a poll ended. One word each; the ledger, `status` and the coverage of trends use the same words."""

from __future__ import annotations

from enum import StrEnum

from ledger import ANSWERED

BELOW_MINIMUM, ABOVE_MAXIMUM = "below_min_posts", "above_max_posts"
"""Remarks on a volume out of the source's bounds; crawlers/signs.py makes events of them."""


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
        """Whether the source answered as it should; everything else makes the next poll come later.

        An empty answer is one, but covers no time: see `ledger.ANSWERED`.
        """
        return self.value in ANSWERED
