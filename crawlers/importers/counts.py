"""Which cells of a file hold a count; crawlers/counts.py reads it."""

from __future__ import annotations

from crawlers.importers.paths import MISSING

UNREADABLE_COUNT = "unreadable_count"
"""Remark on a row with a count that is none, or could be two."""


def is_given(value: object) -> bool:
    """Whether a cell says anything at all."""
    return value is not MISSING and value is not None and not (isinstance(value, str) and not value.strip())
