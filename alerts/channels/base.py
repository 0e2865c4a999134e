"""The port: one letter to one recipient, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from alerts.render import Rendered


class Outcome(Enum):
    """What became of a letter."""

    SENT = "sent"
    """The other side has taken responsibility for it."""
    RETRY = "retry"
    """Not now, for this recipient: try again later."""
    DOWN = "down"
    """Not now, for anyone on this channel: the others need not be tried in this round."""
    DEAD = "dead"
    """Never, for this recipient."""


@dataclass(frozen=True)
class Letter:
    """A rendered digest for one recipient. ``key`` names the delivery; the same key always makes the same letter's id."""

    key: str
    subscription: str
    recipient: str
    end: datetime
    content: Rendered


@dataclass(frozen=True)
class Delivery:
    """The outcome, with the receipt or the reason in the other side's words; it holds no password.

    ``within_reach``: what was delivered lies where we can write it anew when a post of it goes.
    """

    outcome: Outcome
    detail: str
    within_reach: bool = False


class Channel(Protocol):
    """Delivers letters. Raises nothing but programming errors: every fault of the world is an outcome."""

    def deliver(self, letter: Letter, now: datetime) -> Delivery:
        """Delivers one letter."""
