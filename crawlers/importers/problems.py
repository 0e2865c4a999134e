"""Rows of a file and their faults: counted by reason, with the line where each was met first."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LINE = 16 * 1024 * 1024
"""Bytes (NDJSON) or characters (CSV) of one line. A post with all its metadata has kilobytes; a longer line is another
kind of file."""
KEPT_RAW = 65_536
"""Bytes kept of a line that is too long, to show what it was."""


class NotRowsError(Exception):
    """The file is of another kind; the message says what to do."""


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
    """One record of a file: its values, or the reason why it has none; its first line and its bytes.

    ``remark`` is one word about a row that can be read and may still not be what it was meant to be.
    """

    line: int
    raw: bytes
    values: dict[str, object] | None = None
    fault: str | None = None
    remark: str | None = None
