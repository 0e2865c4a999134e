"""What a run of the index stage did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class IndexReport:
    """What one run did. ``superseded``: written, but the post had moved on and is due again. ``complete``: all is done."""

    indexed: int = 0
    superseded: int = 0
    erased: int = 0
    rejected: int = 0
    quarantined: int = 0
    pauses: int = 0
    complete: bool = False

    def __add__(self, later: IndexReport) -> IndexReport:
        """Both runs as one; complete if the later is."""
        sums = {name: getattr(self, name) + getattr(later, name) for name in _COUNTS}
        return IndexReport(**sums, complete=later.complete)


_COUNTS = ("indexed", "superseded", "erased", "rejected", "quarantined", "pauses")
