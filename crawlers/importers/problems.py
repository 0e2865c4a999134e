"""Faults of an import: counted by reason, with the line where each was met first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One kind of fault in a file."""

    count: int
    first_line: int


class RowFault(Exception):
    """A row that cannot be landed. ``reason`` is one word, counted and shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Row:
    """One record of a file: its values, or the reason why it has none; its first line and its bytes."""

    line: int
    raw: bytes
    values: dict[str, object] | None = None
    fault: str | None = None
