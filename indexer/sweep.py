"""What a drain tries next when the index does not take everything.

A sweep ends when nothing is left to claim. A month of which nothing was taken is left out until then: an index that cannot
take one month (closed, read only, a shard away) is asked for the others, and one that takes nothing is not asked for each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from indexer.backend import Acknowledgement, Outcome

PROBES = 2
"""Batches of which nothing was taken, in a row, before the run pauses: one may be a bad month, two are a bad index."""


@dataclass
class Round:
    """What a batch of erasures and one of writes came to; months are YYYY.MM, reasons are empty where there was none."""

    claimed: int = 0
    taken: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    trouble: str = ""
    refused: str = ""

    def note(self, acknowledgement: Acknowledgement) -> None:
        """Remembers why a document was not taken, where it was not the document's fault."""
        if acknowledgement.outcome is Outcome.UNAVAILABLE:
            self.trouble = acknowledgement.reason
        elif acknowledgement.outcome is Outcome.REFUSED:
            self.refused = acknowledgement.reason

    def count(self, months: Mapping[str, str], settled: Collection[str]) -> None:
        """Counts a batch, months by post id; ``settled``: those that the index took or rejected."""
        self.claimed += len(months)
        for post_id, month in months.items():
            (self.taken if post_id in settled else self.left).add(month)


@dataclass
class Sweep:
    """Months held back, and why; ``trouble`` passes by itself, what ``refused`` says does not."""

    held: set[str] = field(default_factory=set)
    trouble: str = ""
    refused: str = ""
    in_vain: int = 0

    def add(self, done: Round) -> None:
        """Takes a round into account."""
        self.held |= done.left - done.taken
        self.trouble = done.trouble or self.trouble
        self.refused = done.refused or self.refused
        self.in_vain = self.in_vain + 1 if done.trouble and not done.taken else 0

    @property
    def must_pause(self) -> bool:
        """Whether to pause before the next batch."""
        return self.in_vain >= PROBES
