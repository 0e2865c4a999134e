"""What commands say of the robots.txt of sources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ledger import SourceState

SAID_FOR = timedelta(days=14)
"""How long `status` says that a robots.txt changed: two weeks of somebody's holidays."""


def robots_of(state: SourceState) -> dict[str, str | None] | None:
    """``sha256`` and ``read_at`` are of the last robots.txt that could be read; ``changed_at``: when it was another than before.

    None where no poll read any.
    """
    if state.robots_verdict is None:
        return None
    return {
        "verdict": state.robots_verdict,
        "sha256": state.robots_sha256,
        "read_at": _time(state.robots_read_at),
        "changed_at": _time(state.robots_changed_at),
    }


def robots_changes(states: Iterable[SourceState], now: datetime) -> list[dict[str, Any]]:
    """The sources whose robots.txt changed lately, the last change first."""
    changed = [
        (state.robots_changed_at, state)
        for state in states
        if state.robots_changed_at is not None and now - state.robots_changed_at <= SAID_FOR
    ]
    return [
        {"source": state.source, "at": _time(at), "verdict": state.robots_verdict}
        for at, state in sorted(changed, key=lambda item: item[0], reverse=True)
    ]


def change_line(change: dict[str, Any]) -> str:
    """One change as a line for people."""
    return f"robots.txt of {change['source']} changed by {change['at']}; verdict for what we ask: {change['verdict']}"


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
