"""What the first reading of a list left unread below the pages it could have: later polls go on there.

The cursor holds, for each list: what the next page is asked by, and in how many polls it could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crawlers.errors import BudgetSpent, EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.items import is_token

TRIES = 3
"""Polls in which the next page may fail before the rest is given up, and counted."""


class PlaceLost(EndRun):
    """The platform no longer knows what the next page was to be asked by."""

    def __init__(self, message: str) -> None:
        super().__init__(Outcome.FAILED, message)


class AskedToWait(BudgetSpent):
    """The platform asks for a wait once the lists have been read: it stops the run like a cap, and fails nothing."""

    def __init__(self, message: str) -> None:
        super().__init__("wait", 0)
        self.message = message


@dataclass(frozen=True)
class Place:
    """Where a list is read on."""

    token: str
    tries: int = 0

    @classmethod
    def load(cls, stored: Any) -> Place:
        """From the cursor. Raises ValueError, TypeError or KeyError for another shape."""
        token, tries = stored["next"], stored["tries"]
        if not is_token(token):
            raise ValueError("a place that no run has written")
        if not isinstance(tries, int):
            raise TypeError("a number that no run has written")
        return cls(token, tries)

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        return {"next": self.token, "tries": self.tries}

    def after_fault(self, fault: Exception) -> Place | None:
        """The place to try next time; None where it is lost, or was tried often enough."""
        lost = isinstance(fault, PlaceLost) or self.tries + 1 >= TRIES
        return None if lost else Place(self.token, self.tries + 1)
