"""What an import counted, and how its poll says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crawlers.importers.identities import way_out
from crawlers.importers.problems import Problem
from crawlers.outcome import Outcome
from ledger import LandReport, PollResult

SPREAD = "dates are spread, not real"

Window = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class ImportReport:
    """What became of the rows of a file: landed + problems = rows.

    ``remarks`` are of rows that landed: texts that had to be repaired, cells that look as if they held other rows.
    """

    source: str
    file: str
    poll_id: int
    rows: int = 0
    landed: LandReport = field(default_factory=LandReport)
    problems: dict[str, Problem] = field(default_factory=dict)
    remarks: dict[str, Problem] = field(default_factory=dict)
    dates_unknown: int = 0
    date_faults: dict[str, int] = field(default_factory=dict)
    dates_spread: int = 0

    @property
    def message(self) -> str:
        """All of it in one line."""
        parts = [f"import of {self.file}"]
        if self.dates_spread:
            parts.append(f"{SPREAD}: {self.dates_spread} rows without date")
        if self.dates_unknown:
            parts.append(f"{self.dates_unknown} rows of unknown date")
        ways = [way for reason in sorted(self.problems) if (way := way_out(reason)) is not None]
        for found in (self.problems, self.remarks):
            parts += [f"{one.count} rows {word}, first in line {one.first_line}" for word, one in sorted(found.items())]
        return "; ".join(parts + ways)

    @property
    def outcome(self) -> Outcome:
        """How the poll ended; a file of which no row could be read is a failure."""
        if not self.rows:
            return Outcome.EMPTY
        unread = sum(problem.count for problem in self.problems.values())
        return Outcome.FAILED if unread == self.rows else Outcome.OK

    def poll_result(self, window: Window, finished: datetime, fault: str | None = None) -> PollResult:
        """The poll of this import. ``fault`` is what broke it off; the window counts only for an import that went well."""
        outcome = Outcome.FAILED if fault else self.outcome
        counts = {
            "seen": self.rows,
            "new": self.landed.new,
            "revised": self.landed.revised,
            "unchanged": self.landed.unchanged,
            "tombstoned": self.landed.tombstoned,
            **self.date_faults,
            **{word: remark.count for word, remark in self.remarks.items()},
        }
        if self.dates_spread:
            counts["dates_spread"] = self.dates_spread
        if self.dates_unknown:
            counts["dates_unknown"] = self.dates_unknown
        covered = window if outcome is Outcome.OK else (None, None)
        return PollResult(
            outcome=outcome.value,
            finished=finished,
            counts=counts,
            not_landed={reason: problem.count for reason, problem in self.problems.items()},
            window_from=covered[0],
            window_to=covered[1],
            message=fault or self.message,
        )
