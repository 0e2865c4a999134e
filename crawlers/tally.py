"""Counts of one run. Every item seen is counted once more under what became of it, so the numbers add up.

    seen = new + revised + unchanged + tombstoned + the sum of not_landed

Other counts (``future_date``, ``broken_xml``, ...) are remarks and stand beside that sum.
"""

from __future__ import annotations

from collections import Counter

from crawlers.errors import EndRun
from crawlers.outcome import Outcome

UNREADABLE = ("no_identity", "no_text", "invalid", "bad_shape", "not_storable")
"""Reasons under which an item is rejected with its raw bytes kept."""


class Tally:
    """The counts, and the first fault that makes the whole run a failure."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.not_landed: Counter[str] = Counter()
        self.fault: str | None = None
        self.backlog: set[str] = set()
        """Posts, by post_id, that the source showed before it was read at all: those of them that are new are counted so."""

    def see(self) -> None:
        """One more item that the source showed."""
        self.counts["seen"] += 1

    def remark(self, what: str, number: int = 1) -> None:
        """Something worth counting that does not decide what becomes of an item."""
        self.counts[what] += number

    def drop(self, reason: str) -> None:
        """An item seen and not landed, under its reason."""
        self.not_landed[reason] += 1

    def fail(self, message: str) -> None:
        """What makes the run a failure, e.g. the ledger's database went away; the first one is kept."""
        self.fault = self.fault or message

    @property
    def nothing_readable(self) -> bool:
        """Whether items were seen and every one was of a shape that we do not know: a changed layout, not a quiet day."""
        return 0 < self.counts["seen"] == sum(self.not_landed[reason] for reason in UNREADABLE)

    def check(self) -> None:
        """Ends the run when it has failed already. Raises EndRun."""
        if self.fault is not None:
            raise EndRun(Outcome.FAILED, self.fault)
